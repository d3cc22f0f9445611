"""Weather of Seattle: a source, and what is made of it. An asset's event carries the commit; what is unchanged sends none."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from doltflow import Database

Rows = Iterable[dict[str, Any]]

weather, days, kinds, months = (Asset(f"doltflow://seattle/{table}") for table in ("weather", "days", "kinds", "months"))

HOME = Path(__file__).resolve().parents[1]
db = Database(HOME / "doltflow.db")


def run() -> str:
    return os.environ.get("DOLTFLOW_RUN") or get_current_context()["run_id"]


def tell(asset: Asset) -> None:
    """Sends an event with the commit, unless the last one told of the same rows."""
    context = get_current_context()
    handle = db.pin(asset.uri.rpartition("/")[2])
    if any(event.extra.get("hash") == handle["hash"] for event in context["inlet_events"][asset][-1:]):
        raise AirflowSkipException(f"{handle['table']} is the same")
    context["outlet_events"][asset].extra = handle


@task(inlets=[days], outlets=[days], trigger_rule="none_failed")  # it starts after a task that was skipped, too
def clean() -> None:
    db.step(
        "days",
        lambda step: {"days": (row for row in step.rows("weather") if row["precipitation"] >= 0)},
        inputs=["weather"],
        outputs={"days": {"key": "date"}},
        code=[__file__],
        run=run(),
    )
    tell(days)


@task(inlets=[weather], outlets=[weather])
def read() -> None:
    db.save("weather", HOME / "seattle-weather.csv", key="date", run=run(), step="read")
    tell(weather)


@task(inlets=[kinds], outlets=[kinds], trigger_rule="none_failed")
def count() -> None:
    def counted(step: Any) -> dict[str, Rows]:
        found = Counter(row["weather"] for row in step.rows("days"))
        return {"kinds": ({"weather": kind, "days": number} for kind, number in found.items())}

    # A change in another column is none.
    reads, makes = {"days": {"columns": ["weather"]}}, {"kinds": {"key": "weather"}}
    db.step("kinds", counted, inputs=reads, outputs=makes, code=[__file__], run=run())
    tell(kinds)


@task(inlets=[months], outlets=[months], trigger_rule="none_failed")
def rain() -> None:
    def summed(step: Any) -> dict[str, Rows]:
        found = Counter()
        for row in step.rows("days"):
            found[str(row["date"])[:7]] += float(row["precipitation"])
        return {"months": ({"month": month, "rain": round(total, 1)} for month, total in found.items())}

    reads, makes = {"days": {"columns": ["date", "precipitation"]}}, {"months": {"key": "month"}}
    db.step("months", summed, inputs=reads, outputs=makes, code=[__file__], run=run())
    tell(months)


@task(inlets=[months])
def wettest(*, inlet_events=None) -> None:
    commit = inlet_events[months][-1].extra["commit"]
    rows = db.load("months", frame="rows", at=commit, run=run(), step="wettest")
    top = sorted(rows, key=lambda row: -row["rain"])[:3]
    (HOME / "wettest.txt").write_text(" ".join(row["month"] for row in top))


@dag(schedule=None)
def seattle() -> None:
    read() >> clean() >> [count(), rain()]


@dag(schedule=[months])  # runs when other months were made
def report() -> None:
    wettest()


seattle()
report()
