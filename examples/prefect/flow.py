"""Weather of Seattle: a source, and what is made of it. Each task starts; its work is done only if something that it reads changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pandas as pd
from doltflow import Database
from prefect import flow, runtime, task
from prefect.assets import add_asset_metadata, materialize
from prefect.cache_policies import INPUTS, NO_CACHE, TASK_SOURCE, CachePolicy

Handle = dict[str, Any]
Work = Callable[[pd.DataFrame], pd.DataFrame]

db = Database("doltflow.db")


def run() -> str:
    return os.environ.get("DOLTFLOW_RUN") or runtime.flow_run.id


def made(table: str, work: Work, *, of: str, key: str, columns: list[str] | None = None) -> Handle:
    done = db.step(
        table,
        lambda step: {table: work(step.load(of))},
        inputs={of: {"columns": columns} if columns else {}},  # a change in another column is none
        outputs={table: {"key": key}},
        code=[__file__],
        run=run(),
    )
    handle = db.pin(table)
    add_asset_metadata(f"doltflow://seattle/{table}", {**handle, "step": done.status})
    return handle


@materialize("doltflow://seattle/days", cache_policy=NO_CACHE)  # whether there is something to do is the step's question
def days(weather: Handle) -> Handle:
    return made("days", lambda frame: frame[frame["precipitation"] >= 0], of="weather", key="date")


@materialize("doltflow://seattle/weather", cache_policy=NO_CACHE)
def weather(source: str) -> Handle:
    saved = db.save("weather", source, key="date", run=run(), step="weather")
    add_asset_metadata("doltflow://seattle/weather", saved.summary())
    return db.pin("weather")


@materialize("doltflow://seattle/kinds", cache_policy=NO_CACHE)
def kinds(days: Handle) -> Handle:
    def count(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.groupby("weather", as_index=False).size()

    return made("kinds", count, of="days", key="weather", columns=["weather"])


@materialize("doltflow://seattle/months", cache_policy=NO_CACHE)
def months(days: Handle) -> Handle:
    def rain(frame: pd.DataFrame) -> pd.DataFrame:
        month = frame["date"].astype(str).str[:7].rename("month")
        return frame["precipitation"].astype(float).groupby(month).sum().round(1).reset_index(name="rain")

    return made("months", rain, of="days", key="month", columns=["date", "precipitation"])


class TableHashes(CachePolicy):
    """Of a handle its content counts, not which commit has it."""

    def compute_key(self, task_ctx, inputs, flow_parameters, **kwargs):
        content = {name: value["hash"] if isinstance(value, dict) else value for name, value in inputs.items()}
        return INPUTS.compute_key(task_ctx, content, flow_parameters, **kwargs)


@task(cache_policy=TableHashes() + TASK_SOURCE)
def wettest(months: Handle) -> list[str]:
    frame = db.load(months["table"], at=months["commit"], run=run(), step="wettest")
    return frame.nlargest(3, "rain")["month"].tolist()


@flow(log_prints=True)
def seattle(source: str = "seattle-weather.csv") -> None:
    cleaned = days(weather(source))
    counted, rain = kinds.submit(cleaned), months.submit(cleaned)
    print(wettest(rain.result()), counted.result()["rows"], "run", run())


if __name__ == "__main__":
    seattle()
