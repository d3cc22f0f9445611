"""What a run read and wrote, and the very same again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaflow import Run

from .._api.calls import named
from ..database import Database
from ..errors import NotFoundError, UsageError
from ..frames import FrameKind
from ..results import Diff, Record, Records

_RECORD = "doltflow"


class TaskTables(Record):
    """What one task read and wrote."""

    pathspec: str
    step: str
    db: str
    reads: list[dict[str, Any]]
    writes: list[dict[str, Any]]


class TableUse(Record):
    """One read, of a table or by a query; or one write, which has `branch` and counts of rows, too."""

    table: str | None
    branch: str
    commit: str
    hash: str | None
    rows: int | None
    step: str
    task: str
    db: str


class Audit:
    """Reads again what a run of Metaflow read and wrote.

    Args:
        run: its pathspec, such as `Train/1795646455017889`, or a `Run` of Metaflow's client.
        db: where the database is now. Default: where it was.
    """

    def __init__(self, run: str | Run, *, db: str | None = None) -> None:
        self._run = Run(run) if isinstance(run, str) else run
        self._db = db
        self.tasks: Records[TaskTables] = Records(TaskTables(one) for one in _records(self._run))
        if not self.tasks:
            raise NotFoundError(
                "RUN_NOT_FOUND",
                f"The run {self._run.pathspec} has no record of tables: none of its steps that are done has @tables.",
                data={"run": self._run.pathspec},
            )

    def __repr__(self) -> str:
        return f"Audit({self._run.pathspec!r})"

    @property
    def reads(self) -> Records[TableUse]:
        """Each read: table or query, the ref that was asked for, commit, hash, rows, step and task."""
        return self._all("reads")

    @property
    def writes(self) -> Records[TableUse]:
        """Each write, alike."""
        return self._all("writes")

    @property
    def runs(self) -> list[str]:
        """The runs that did the work: this one, and those whose tasks a `resume` took over. doltflow's records go by these names."""
        return list(dict.fromkeys("/".join(task.pathspec.split("/")[:2]) for task in self.tasks))

    def read(self, table: str, *, step: str | None = None, frame: FrameKind | None = None) -> Any:
        """A table as the run read it. `step` says in which step, if they read different versions."""
        return self.load(self._one(table, self.reads, step, "read"), frame=frame)

    def written(self, table: str, *, step: str | None = None, frame: FrameKind | None = None) -> Any:
        """A table as the run, or one of its steps, left it."""
        return self.load(self._last(table, step), frame=frame)

    def load(self, record: Mapping[str, Any], *, frame: FrameKind | None = None) -> Any:
        """The rows of one of `reads` or `writes` again, those of a query, too."""
        what = record["table"] or named(sql=record["sql"], parameters=record.get("parameters"))
        return self._database(record).load(what, at=record["commit"], frame=frame)

    def diff(self, table: str, other: str | Run | Audit, *, step: str | None = None) -> Diff:
        """From what another run had of a table to what this one has: what it wrote, else what it read."""
        before = (other if isinstance(other, Audit) else Audit(other, db=self._db))._had(table, step)
        after = self._had(table, step)
        return self._database(after).diff(table, before.commit, after.commit)

    def _had(self, table: str, step: str | None) -> TableUse:
        if any(one.table == table and step in (None, one.step) for one in self.writes):
            return self._last(table, step)
        return self._one(table, self.reads, step, "read or write")

    def _last(self, table: str, step: str | None) -> TableUse:
        """Of several writes, as of a foreach, the one that the branch's history has last: it has the others, too."""
        found = self._of(table, self.writes, step, "write")
        branches = {one.branch for one in found}
        if len({one.commit for one in found}) == 1:
            return found[-1]
        if len(branches) > 1:
            self._refuse(table, found, "wrote it to several branches")
        try:
            order = [one.hash for one in self._database(found[0]).log(branch=branches.pop())]
        except NotFoundError:
            # The branch is gone.
            order = []
        return min(reversed(found), key=lambda one: order.index(one.commit) if one.commit in order else len(order))

    def _one(self, table: str, records: Records[TableUse], step: str | None, verb: str) -> TableUse:
        found = self._of(table, records, step, verb)
        if len({one.hash for one in found}) > 1:
            self._refuse(table, found, "read several versions of it")
        return found[0]

    def _of(self, table: str, records: Records[TableUse], step: str | None, verb: str) -> list[TableUse]:
        found = [one for one in records if one.table == table and step in (None, one.step)]
        if found:
            return found
        where = f"the step {step} of the run" if step else "the run"
        raise NotFoundError(
            "TABLE_NOT_FOUND",
            f"In {self._run.pathspec}, {where} did not {verb} {table}; it has {', '.join(sorted({one.table for one in records if one.table})) or 'no table'}.",
            data={"table": table, "run": self._run.pathspec},
        )

    def _refuse(self, table: str, found: list[TableUse], what: str) -> None:
        said = ", ".join(f"{one.task} ({str(one.commit)[:10]})" for one in found)
        raise UsageError(
            "OPTION_INVALID",
            f"The run {self._run.pathspec} {what}: {table} in {said}. Name the step, or give load one of these.",
            data={"table": table, "tasks": [one.task for one in found]},
        )

    def _all(self, name: str) -> Records[TableUse]:
        return Records(
            TableUse({**one, "step": task.step, "task": task.pathspec, "db": task.db})
            for task in self.tasks
            for one in task[name]
        )

    def _database(self, record: Mapping[str, Any]) -> Database:
        return Database(self._db or record["db"], create=False)


def _records(run: Run) -> list[dict[str, Any]]:
    """The record of each task that has one of its own: a step without @tables has that of a step before it."""
    found = []
    for step in run:
        for task in step:
            if not task.successful or _RECORD not in task:
                continue
            record = task[_RECORD].data
            if record["step"] == step.id:
                found.append(record)
    return sorted(found, key=lambda record: str(record["began"]))
