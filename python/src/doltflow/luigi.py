"""Luigi: a task's work is a step, and a task is complete if its step need not be done again.

from doltflow.luigi import TableTask

class Clean(TableTask):
    inputs, outputs = ["raw"], {"clean": {"key": "id"}}

    def work(self, step):
        return {"clean": (row for row in step.rows("raw") if row["price"] > 0)}
"""

from __future__ import annotations

import functools
import inspect
import os
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import luigi

from ._api.steps import StepWork
from .database import Database

__all__ = ["TableTask", "run_id"]

# Workers are forked: all have the same.
_RUN = "DOLTFLOW_LUIGI_RUN"


def run_id() -> str:
    """The run that this process and its workers are: `doltflow run`'s, that of DOLTFLOW_LUIGI_RUN, or one that is made."""
    return os.environ.get("DOLTFLOW_RUN") or os.environ.setdefault(_RUN, str(uuid.uuid4()))


class TableTask(luigi.Task):  # type: ignore[misc]
    """A task that reads and makes tables, told as `Database.step` is told it; `work` makes what it makes.

    It is complete if the step would be skipped, its tables are as it left them, and what it requires is complete. Its significant
    parameters are the step's, and its code is the file of its class.
    """

    db: str | None = None
    inputs: Sequence[str] | Mapping[str, Any] = ()
    files: Sequence[str] = ()
    outputs: Sequence[str] | Mapping[str, Any] = ()
    out_files: Sequence[str] = ()

    def work(self, step: StepWork) -> Mapping[str, Any] | None:
        """A source for each of `outputs`: a frame, rows or a path."""
        raise NotImplementedError

    def complete(self) -> bool:
        if not all(task.complete() for task in self.deps()):
            return False
        database = _opened(self.db)
        plan = database.plan_step(self.task_family, **self._step())
        if plan["runs"]:
            return False
        executions = database.steps(step=self.task_family)
        result = next((one for one in executions if one["execution"] == plan["of"]["execution"]), None)
        there = {table.name: table.hash for table in database.tables()}
        return result is not None and all(there.get(made["table"]) == made["hash"] for made in result["outputs"])

    def run(self) -> None:
        _opened(self.db).step(self.task_family, self.work, run=run_id(), **self._step())

    def _step(self) -> dict[str, Any]:
        return {
            "inputs": self.inputs,
            "files": list(self.files),
            "outputs": self.outputs,
            "out_files": list(self.out_files),
            "params": self.to_str_params(only_significant=True),
            "code": [inspect.getfile(type(self))],
        }


@functools.cache
def _opened(db: str | None) -> Database:
    return Database(db)


# Before workers are forked.
run_id()
