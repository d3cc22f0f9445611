"""Weather of Seattle: a source, and what is made of it. A task is complete if doltflow need not do its work again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import luigi
from doltflow.luigi import TableTask


class Weather(TableTask):
    files = ["seattle-weather.csv"]
    outputs = {"weather": {"key": "date"}}

    def work(self, step: Any) -> dict[str, Any]:
        return {"weather": "seattle-weather.csv"}


class Days(TableTask):
    inputs = ["weather"]
    outputs = {"days": {"key": "date"}}

    def requires(self) -> luigi.Task:
        return Weather()

    def work(self, step: Any) -> dict[str, Any]:
        return {"days": (row for row in step.rows("weather") if row["precipitation"] >= 0)}


class Kinds(TableTask):
    inputs = {"days": {"columns": ["weather"]}}  # a change in another column is none
    outputs = {"kinds": {"key": "weather"}}

    def requires(self) -> luigi.Task:
        return Days()

    def work(self, step: Any) -> dict[str, Any]:
        found = Counter(row["weather"] for row in step.rows("days"))
        return {"kinds": ({"weather": kind, "days": number} for kind, number in found.items())}


class Months(TableTask):
    inputs = {"days": {"columns": ["date", "precipitation"]}}
    outputs = {"months": {"key": "month"}}

    def requires(self) -> luigi.Task:
        return Days()

    def work(self, step: Any) -> dict[str, Any]:
        found: Counter[str] = Counter()
        for row in step.rows("days"):
            found[str(row["date"])[:7]] += float(row["precipitation"])
        return {"months": ({"month": month, "rain": round(total, 1)} for month, total in found.items())}


class Report(TableTask):
    inputs = ["months", "kinds"]
    out_files = ["wettest.txt"]

    def requires(self) -> list[luigi.Task]:
        return [Months(), Kinds()]

    def work(self, step: Any) -> dict[str, Any]:
        top = sorted(step.rows("months"), key=lambda row: -row["rain"])[:3]
        kinds = sum(1 for _ in step.rows("kinds"))
        Path("wettest.txt").write_text(f"{' '.join(row['month'] for row in top)} {kinds}")
        return {}
