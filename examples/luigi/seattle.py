"""Weather of Seattle: a source, and what is made of it. A task is complete if doltflow need not do its work again."""

from __future__ import annotations

import os
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import luigi
from doltflow import Database

db = Database("doltflow.db")
# Workers are forked: all have the same.
RUN = os.environ.setdefault("SEATTLE_RUN", os.environ.get("DOLTFLOW_RUN") or str(uuid.uuid4()))


class Step(luigi.Task):
    """What it reads and makes, as `db.step` is told; `work` makes it."""

    reads: dict[str, Any] = {}

    def options(self) -> dict[str, Any]:
        return {**self.reads, "code": [__file__]}

    def complete(self) -> bool:
        if not all(task.complete() for task in self.deps()):
            return False
        plan = db.plan_step(self.task_family, **self.options())
        if plan.runs:
            return False
        result = next((one for one in db.steps(step=self.task_family) if one.execution == plan.of["execution"]), None)
        there = {table.name: table.hash for table in db.tables()}
        return result is not None and all(there.get(made["table"]) == made["hash"] for made in result.outputs)

    def run(self) -> None:
        db.step(self.task_family, self.work, run=RUN, **self.options())


class Weather(Step):
    reads = {"files": ["seattle-weather.csv"], "outputs": {"weather": {"key": "date"}}}

    def work(self, step: Any) -> dict[str, Any]:
        return {"weather": "seattle-weather.csv"}


class Days(Step):
    reads = {"inputs": ["weather"], "outputs": {"days": {"key": "date"}}}

    def requires(self) -> luigi.Task:
        return Weather()

    def work(self, step: Any) -> dict[str, Any]:
        return {"days": (row for row in step.rows("weather") if row["precipitation"] >= 0)}


class Kinds(Step):
    reads = {"inputs": {"days": {"columns": ["weather"]}}, "outputs": {"kinds": {"key": "weather"}}}

    def requires(self) -> luigi.Task:
        return Days()

    def work(self, step: Any) -> dict[str, Any]:
        found = Counter(row["weather"] for row in step.rows("days"))
        return {"kinds": ({"weather": kind, "days": number} for kind, number in found.items())}


class Months(Step):
    reads = {"inputs": {"days": {"columns": ["date", "precipitation"]}}, "outputs": {"months": {"key": "month"}}}

    def requires(self) -> luigi.Task:
        return Days()

    def work(self, step: Any) -> dict[str, Any]:
        found: Counter[str] = Counter()
        for row in step.rows("days"):
            found[str(row["date"])[:7]] += float(row["precipitation"])
        return {"months": ({"month": month, "rain": round(total, 1)} for month, total in found.items())}


class Report(Step):
    reads = {"inputs": ["months", "kinds"], "out_files": ["wettest.txt"]}

    def requires(self) -> list[luigi.Task]:
        return [Months(), Kinds()]

    def work(self, step: Any) -> dict[str, Any]:
        top = sorted(step.rows("months"), key=lambda row: -row["rain"])[:3]
        kinds = sum(1 for _ in step.rows("kinds"))
        Path("wettest.txt").write_text(f"{' '.join(row['month'] for row in top)} {kinds}")
        return {}
