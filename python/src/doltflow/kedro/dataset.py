"""The dataset: a versioned table."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NewType

from kedro.io.core import AbstractVersionedDataset, Version

from .._api.calls import named
from .._places import without_password
from ..database import Database
from ..errors import NotFoundError, UsageError
from .context import node_name
from .held import NotDone, held_step

if TYPE_CHECKING:
    from ..results import Action

# What kedro-viz shows of a dataset; it goes by the name of the type.
TablePreview = NewType("TablePreview", dict)  # type: ignore[type-arg]

_UNSET: Any = object()


class TableDataset(AbstractVersionedDataset[Any, Any]):
    """A table, loaded and saved as a frame. Each save is a commit, unless nothing changed; each load is recorded.

    Args:
        table: the table's name.
        db: a path or URL. Default: DOLTFLOW_DB, else the nearest doltflow.db.
        key: the columns that identify a row; the first save pins them.
        branch: what is loaded from and saved to. Default: DOLTFLOW_BRANCH, else main.
        branch_from, merge_to: a save builds on the first, and is merged into the second.
        new_branch: a save makes this branch (at `branch_from`), if it isn't there.
        at: what is loaded: a branch, tag, commit, date or `run:<id>`. `--load-versions` goes before it.
        load_args: `frame` (pandas, polars, pyarrow or rows) and the options of `Database.load`.
        save_args: the options of `Database.save`, such as `mode` and `schema`.
        credentials: `password`, `tls`.
    """

    # Kedro then always says the run's id, and what `--load-versions` names.
    versioned = True

    def __init__(
        self,
        *,
        table: str,
        db: str | None = None,
        key: str | Sequence[str] | None = _UNSET,
        branch: str | None = None,
        branch_from: str | None = None,
        merge_to: str | None = None,
        new_branch: str | None = None,
        at: str | None = None,
        load_args: Mapping[str, Any] | None = None,
        save_args: Mapping[str, Any] | None = None,
        credentials: Mapping[str, Any] | None = None,
        version: Version | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=PurePosixPath(f"doltflow/{table}"), version=version)
        if merge_to is not None and (branch is not None or new_branch is not None):
            raise UsageError("OPTION_INVALID", "A save goes to one branch: give branch, new_branch or merge_to.")
        self._table = table
        self._db = db
        self._branch = branch
        self._branch_from = branch_from
        self._merge_to = merge_to
        self._new_branch = new_branch
        self._at = at
        self._load_args = dict(load_args or {})
        self._save_args = dict(save_args or {}) if key is _UNSET else {"key": key, **(save_args or {})}
        self._credentials = json.dumps(dict(credentials or {}), sort_keys=True)
        self.metadata = metadata
        # What the hooks know of it in a run.
        self._name: str | None = None
        self._step: str | None = None
        self._run_ref: str | None = None
        self._transaction: dict[str, str] | None = None

    def load(self) -> Any:
        held = held_step(node_name.get())
        if held is not None and held.is_skipped:
            return NotDone(self._table)
        options = {name: value for name, value in self._load_args.items() if name != "frame"}
        ref = (held.commit_of(self) if held is not None else None) or self._ref
        place = {"at": ref} if ref is not None else self._reading_branch()
        return self._database.load(
            self._table,
            frame=self._load_args.get("frame"),
            source=f"kedro:{self._name or self._table}",
            **{**options, **place, **self._recorded(node_name.get())},
        )

    def save(self, data: Any) -> None:
        held = held_step(self._step or node_name.get())
        if held is not None:
            held.give(self, data)
            return
        plan = self._plan()
        self.last_action: Action = self._database.save(
            self._table,
            data,
            source=f"kedro:{self._name or self._table}",
            **{
                **self._save_args,
                **({} if plan is None else {"branch": plan}),
                **self._recorded(self._step or node_name.get()),
            },
        )

    def resolve_load_version(self) -> str | None:
        """What was saved is what is loaded: Kedro compares both."""
        if not self._version:
            return None
        return self._version.load or self.resolve_save_version()

    def list_versions(self, full_path: bool = True) -> list[str]:
        """The commits that changed the table, newest first: each can be loaded."""
        commits = self._database.log(self._table, **self._reading_branch())
        return [commit.hash for commit in commits]

    def preview(self, nrows: int = 5) -> TablePreview:
        """The first rows, for kedro-viz."""
        rows = list(itertools.islice(self._database.rows(self._table, **self._reading_branch()), nrows))
        columns = list(rows[0]) if rows else []
        data = [[row[name] for name in columns] for row in rows]
        return TablePreview({"index": list(range(len(rows))), "columns": columns, "data": data})

    def _exists(self) -> bool:
        at = self._reading_branch().get("branch")
        try:
            return self._database.schema(self._table, at=at) is not None
        except NotFoundError:
            return False

    def _describe(self) -> dict[str, Any]:
        described = {
            "table": self._table,
            "db": None if self._db is None else without_password(self._db),
            "branch": self._branch or self._new_branch or self._merge_to,
            "at": self._at,
            "version": self._version,
        }
        return {name: value for name, value in described.items() if value is not None}

    @property
    def _database(self) -> Database:
        """The database, in the run's transaction if it is one."""
        return _database(self._db, self._credentials, tuple((self._transaction or {}).items()))

    @property
    def _ref(self) -> str | None:
        """What is loaded, if that is said."""
        return (self._version.load if self._version else None) or self._run_ref or self._at

    @property
    def _target(self) -> str:
        """The branch that a save goes to."""
        return self._merge_to or self._new_branch or self._branch or _database(self._db, self._credentials).default_branch

    def _recorded(self, step: str | None) -> dict[str, Any]:
        run = self._version.save if self._version else None
        if self._database.into is None:
            return named(run=run, step=step)
        # The database knows the run. Kedro's own id is told, if something else began it: `doltflow run -- kedro run`.
        return named(step=step, data={"session": run} if run and self._transaction is None else None)

    def _reading_branch(self) -> dict[str, Any]:
        # In a run, the branch that it is published to is the run's own.
        own = (self._database.default_branch, self._database.into)
        return {} if self._target in own else {"branch": self._target}

    def _plan(self) -> Any:
        """The branch that a save goes to, as `Database.save` is told."""
        begun = {} if self._branch_from is None else {"from": self._branch_from}
        if self._merge_to is not None:
            return {"merge_to": self._merge_to, **begun}
        if self._new_branch is not None and self._new_branch != self._database.into:
            return {"new": self._new_branch, **begun}
        return self._new_branch or self._branch


@functools.lru_cache(maxsize=64)
def _database(url: str | None, credentials: str, transaction: tuple[tuple[str, str], ...] = ()) -> Database:
    known = json.loads(credentials)
    unknown = set(known) - {"password", "tls", "author"}
    if unknown:
        raise UsageError(
            "OPTION_INVALID",
            f"The credentials have {', '.join(sorted(unknown))}; doltflow knows password, tls and author.",
        )
    return Database(url, **{**known, **dict(transaction)})
