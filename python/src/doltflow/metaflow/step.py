"""What a step has as `self.tables`."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from metaflow import current

from .. import frames
from .._api.calls import named
from .._places import without_password
from .._wire import encode
from ..database import Database
from ..errors import UsageError
from ..options import TableOptions, Value

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..results import Action, Diff


class StepTables:
    """Tables as one step reads and writes them: reads are of one commit, and writes become one when the step succeeds."""

    def __init__(
        self,
        db: str | None = None,
        branch: str | None = None,
        at: str | None = None,
        frame: frames.FrameKind | None = None,
        author: str | None = None,
        **saving: Any,
    ) -> None:
        self.database = Database(db, author=author)
        # In a run of doltflow, the branch that it is published to is the run's own.
        own = (None, self.database.into, self.database.default_branch)
        if branch not in own:
            self.database = Database(db, branch=branch, author=author)
        self.branch = (
            self.database.default_branch if branch not in own else self.database.into or self.database.default_branch
        )
        self._at = None if at in own or at == branch else at
        self._frame = frame
        self._saving = saving
        self._pathspec = str(current.pathspec)
        self._commit: str | None = None
        self._process = os.getpid()
        self._began = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        self._pending: dict[str, tuple[str, dict[str, Any]]] = {}
        self._files = contextlib.ExitStack()
        self._written: list[Action] = []
        # A file, so that what forked children read is on record, too.
        self._reads = frames.temporary(".jsonl")

    @property
    def commit(self) -> str:
        """The commit that the step reads; the first call looks it up."""
        if self._commit is None:
            self._commit = self._of_first_try() or self.database.resolve(self._at or self.database.default_branch)
        return self._commit

    def read(self, table: str, at: str | None = None, *, frame: frames.FrameKind | None = None) -> Any:
        """A table as a frame, at the step's commit, or `at` a branch, tag, commit, date or `run:<id>`."""
        self._require_not_written([table])
        return self._load(table, at, frame)

    def sql(
        self,
        query: str,
        parameters: Sequence[Value] | Mapping[str, Value] | None = None,
        at: str | None = None,
        *,
        frame: frames.FrameKind | None = None,
    ) -> Any:
        """The rows of one SELECT as a frame. Its placeholders are `?`, or `:name`."""
        return self._load(named(sql=query, parameters=parameters), at, frame)

    def write(self, table: str, source: Any, /, **options: Unpack[TableOptions]) -> None:
        """Saves a frame, rows (mappings) or a file into a table, when the step has succeeded; with the options of `Database.save` for a
        table, such as `key`, `mode` and `schema`.

        A frame is kept as it is now. A file must be there until the step ends.
        """
        if os.getpid() != self._process:
            raise UsageError(
                "USAGE",
                f"A child process of the step {current.step_name} writes {table}, and its step would not know of it. "
                "Give the frame back to the step, and write it there.",
                data={"table": table},
            )
        unknown = sorted(set(options) - set(TableOptions.__annotations__))
        if unknown:
            raise UsageError(
                "OPTION_INVALID",
                f"tables.write knows no {', '.join(unknown)}; it has {', '.join(sorted(TableOptions.__annotations__))}.",
                data={"options": unknown},
            )
        if table in self._pending:
            raise UsageError(
                "OPTION_INVALID",
                f"The step {current.step_name} writes {table} twice, and all of its writes are one commit. Put the rows together first.",
                data={"table": table},
            )
        crossing, own = self._files.enter_context(self.database._as_source(source))
        label = {} if "inProcess" not in own else {**own, "source": f"metaflow:{current.flow_name}/{current.step_name}"}
        self._pending[table] = crossing, {**label, **options}

    def diff(self, table: str, from_: str | None = None, to: str | None = None) -> Diff:
        """The rows that differ between two refs. `to` is the step's commit; without `from_` it is what the table's last change was."""
        until = self.commit if to is None else self.database.resolve(to, table=table)
        if from_ is not None:
            return self.database.diff(table, self.database.resolve(from_, table=table), until)
        changes = self.database.log(table, at=until, limit=1)
        if not changes:
            return self.database.diff(table, until, until)
        return self.database.diff(table, f"{changes[0].hash}~1", changes[0].hash)

    def save(self) -> None:
        """Saves what the step wrote, as one commit. A task does this once, whichever of its tries comes so far."""
        if not self._pending:
            return
        sources = {table: source for table, (source, _) in self._pending.items()}
        options: dict[str, Any] = {table: own for table, (_, own) in self._pending.items()}
        told = {**self._saving, "message": self._saving.get("message") or self._message()}
        self._written = self.database.save_all(
            sources, tables=options, id=f"metaflow/{self._pathspec}", branch=self._plan(), **self._recorded(), **told
        )

    def record(self) -> dict[str, Any]:
        """What the step read and wrote: plain data."""
        return {
            "pathspec": self._pathspec,
            "step": self._pathspec.split("/")[2],
            "began": self._began,
            "db": without_password(self.database.url),
            "branch": self.branch,
            "at": self._at or self.branch,
            "commit": self._commit,
            "reads": self._read(),
            "writes": [{**_written(action), "branch": self.branch} for action in self._written],
        }

    @property
    def written(self) -> list[Action]:
        """The actions of what was saved, once the step is done."""
        return self._written

    def close(self) -> None:
        self._files.close()
        self._reads.unlink(missing_ok=True)
        self.database.close()

    def _load(self, what: Any, at: str | None, frame: frames.FrameKind | None) -> Any:
        done: list[Action] = []
        found = self.database.load(
            what,
            frame=frame or self._frame,
            at=self.commit if at is None else at,
            source=f"metaflow:{current.flow_name}/{current.step_name}",
            meta=done.append,
            **self._recorded(),
        )
        [action] = done
        self._require_not_written(action.tables or [])
        read = {
            "table": action.table,
            **({} if action.sql is None else {"sql": action.sql, "tables": action.tables}),
            **({} if action.parameters is None else {"parameters": encode(action.parameters)}),
            "at": at or self._at or self.branch,
            "commit": action.from_commit,
            "hash": action.table_hash,
            "rows": action.rows,
        }
        with open(self._reads, "a", encoding="utf-8") as lines:
            lines.write(json.dumps(read) + "\n")
        return found

    def _read(self) -> list[dict[str, Any]]:
        if not self._reads.exists():
            return []
        with open(self._reads, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def _require_not_written(self, tables: Sequence[str]) -> None:
        for table in tables:
            if table in self._pending:
                raise UsageError(
                    "USAGE",
                    f"The step {current.step_name} reads {table} after it wrote it, and what it wrote is saved when it ends. "
                    "Use the frame, read the table before, or read it in the next step.",
                    data={"table": table},
                )

    def _plan(self) -> Any:
        """Who replaces a table that it has read builds on what it read, so that rows which others saved since stay."""
        seen = {one["table"] for one in self._read() if one["commit"] == self._commit}
        if self._at is None and any(table in seen for table in self._pending):
            return {"from": self._commit, "merge_to": self.branch}
        return self.branch

    def _recorded(self) -> dict[str, Any]:
        """What each action tells of its task."""
        task = named(
            pathspec=self._pathspec, attempt=current.retry_count, origin=current.origin_run_id, commit=self._commit
        )
        # A run of doltflow, such as `doltflow run -- python flow.py run`, has an id of its own.
        run = None if self.database.into else f"{current.flow_name}/{current.run_id}"
        return {**named(run=run, step=current.step_name), "data": {"metaflow": task}}

    def _of_first_try(self) -> str | None:
        """What an earlier try of this task read, if it got as far as saving: the same rows then come again."""
        if not current.retry_count:
            return None
        run = self.database._options["run"] if self.database.into else f"{current.flow_name}/{current.run_id}"
        for action in self.database.actions(run=run):
            if action.id == f"metaflow/{self._pathspec}":
                commit: str | None = action.data["metaflow"].get("commit")
                return commit
        return None

    def _message(self) -> str:
        return f"{self._pathspec}: {', '.join(self._pending)}"


def _written(action: Action) -> dict[str, Any]:
    handle = action.handle or {}
    return {
        "table": action.table,
        "from": action.from_commit,
        "commit": handle.get("commit") or action.to_commit,
        "hash": action.table_hash,
        "rows": handle.get("rows"),
        **{name: action[name] for name in ("changed", "merged", "added", "modified", "removed")},
        "action": action.id,
    }
