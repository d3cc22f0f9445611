"""Weather of Seattle: a source, and what is made of it. An asset's event carries the commit; what is unchanged sends none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, dag, task
from doltflow import Database
from doltflow.airflow import run_id, tell

Rows = Iterable[dict[str, Any]]

weather, days, kinds, months = (Asset(f"doltflow://seattle/{table}") for table in ("weather", "days", "kinds", "months"))

HOME = Path(__file__).resolve().parents[1]
db = Database(HOME / "doltflow.db")


@task(inlets=[days], outlets=[days], trigger_rule="none_failed")  # it starts after a task that was skipped, too
def clean() -> None:
    db.step(
        "days",
        lambda step: {"days": (row for row in step.rows("weather") if row["precipitation"] >= 0)},
        inputs=["weather"],
        outputs={"days": {"key": "date"}},
        code=[__file__],
        run=run_id(),
    )
    tell(db, days)


@task(inlets=[weather], outlets=[weather])
def read() -> None:
    db.save("weather", HOME / "seattle-weather.csv", key="date", run=run_id(), step="read")
    tell(db, weather)


@task(inlets=[kinds], outlets=[kinds], trigger_rule="none_failed")
def count() -> None:
    def counted(step: Any) -> dict[str, Rows]:
        found = Counter(row["weather"] for row in step.rows("days"))
        return {"kinds": ({"weather": kind, "days": number} for kind, number in found.items())}

    # A change in another column is none.
    reads, makes = {"days": {"columns": ["weather"]}}, {"kinds": {"key": "weather"}}
    db.step("kinds", counted, inputs=reads, outputs=makes, code=[__file__], run=run_id())
    tell(db, kinds)


@task(inlets=[months], outlets=[months], trigger_rule="none_failed")
def rain() -> None:
    def summed(step: Any) -> dict[str, Rows]:
        found = Counter()
        for row in step.rows("days"):
            found[str(row["date"])[:7]] += float(row["precipitation"])
        return {"months": ({"month": month, "rain": round(total, 1)} for month, total in found.items())}

    reads, makes = {"days": {"columns": ["date", "precipitation"]}}, {"months": {"key": "month"}}
    db.step("months", summed, inputs=reads, outputs=makes, code=[__file__], run=run_id())
    tell(db, months)


@task(inlets=[months])
def wettest(*, inlet_events=None) -> None:
    commit = inlet_events[months][-1].extra["commit"]
    rows = db.load("months", frame="rows", at=commit, run=run_id(), step="wettest")
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
