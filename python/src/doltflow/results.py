"""What doltflow gives, with its names in snake_case; in a notebook, each is a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from ._html import html_table
from ._wire import in_snake

# How many rows of a table a notebook shows.
SHOWN = 20


class Record(Mapping[str, Any]):
    """Named values, as attributes and as a mapping."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.__dict__.update(in_snake(dict(document)))

    def __getitem__(self, name: str) -> Any:
        return self.__dict__[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.items())
        return f"{type(self).__name__}({inside})"

    def __hash__(self) -> int:
        return hash(repr(self))

    def _repr_html_(self) -> str:
        return html_table(["", ""], [[name, value] for name, value in self.items() if value is not None])


class Notice(Record):
    """Something to be known of an action that was done."""

    code: str
    message: str


class Action(Record):
    """The record of one load or save: what it read or wrote, exactly."""

    id: str
    kind: str
    table: str | None
    sql: str | None
    file: str | None
    source_hash: str | None
    branch: str | None
    from_commit: str | None
    file_commit: str | None
    to_commit: str | None
    changed: bool
    merged: bool
    repeated: bool
    table_hash: str | None
    rows: int | None
    added: int | None
    modified: int | None
    removed: int | None
    run: str | None
    step: str | None
    author: str | None
    started_at: str
    duration_ms: int
    data: Any
    tables: list[str] | None
    parameters: Any
    notices: list[Any]
    handle: dict[str, Any] | None

    @property
    def commit(self) -> str | None:
        """The commit that was read, or the branch's head after a save."""
        return self.from_commit if self.kind == "load" else self.to_commit

    def summary(self) -> dict[str, Any]:
        """What a workflow manager shows of it: plain data."""
        names = ("kind", "table", "branch", "rows", "added", "modified", "removed", "changed", "run", "step")
        found = {name: self[name] for name in names if self.get(name) is not None}
        return {**found, "commit": self.commit, "hash": self.table_hash}


class Commit(Record):
    """One commit."""

    hash: str
    parents: list[str]
    author: str
    date: str
    message: str
    trailers: dict[str, str]


class Branch(Record):
    name: str
    hash: str
    created_at: str | None
    author: str | None
    message: str | None


class Tag(Record):
    name: str
    hash: str
    created_at: str | None
    author: str | None
    message: str | None


class Remote(Record):
    name: str
    url: str


class TableInfo(Record):
    """A table at a commit."""

    name: str
    rows: int
    hash: str
    key: list[str]


class Schema(Record):
    """A table's columns and key."""

    columns: list[dict[str, Any]]
    key: list[str]


class Status(Record):
    """What is not pushed, in conflict, or uncommitted."""


class RowDiff(Record):
    """One row's change; `before` and `after` are None if the row is not there."""

    kind: str
    key: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class TableDiff(Record):
    """A table that differs between two commits."""

    table: str
    change: str
    added: int
    modified: int
    removed: int
    schema_changed: bool


class BlameRow(Record):
    """Who last changed a row."""

    key: dict[str, Any]
    commit: dict[str, Any]


class RowChange(Record):
    """A commit that changed a row."""


R = TypeVar("R", bound=Record)


class Records(list[R], Generic[R]):
    """A list that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        columns = [name for name in (self[0] if self else ()) if any(record[name] not in (None, []) for record in self)]
        rows = [[_short(name, record.get(name)) for name in columns] for record in self[:SHOWN]]
        more = len(self) - len(rows)
        return html_table(columns, rows, note=f"… and {more} more" if more > 0 else "")


class Diff:
    """The rows that differ between two refs. Each time it is read, they are fetched again, in parts."""

    def __init__(self, rows: Callable[[], Iterator[RowDiff]], counts: Callable[[], TableDiff | None]) -> None:
        self._rows = rows
        self._counts = counts

    def __iter__(self) -> Iterator[RowDiff]:
        return self._rows()

    @property
    def counts(self) -> TableDiff | None:
        """How many rows differ, by kind; None if none does."""
        return self._counts()

    def to_rows(self) -> list[dict[str, Any]]:
        """A mapping for each row: `_change`, then the cells after, and those before where they differ, as `column_before`."""
        return [flat_row(row) for row in self]

    def _repr_html_(self) -> str:
        counts = self.counts
        if counts is None:
            return html_table([], [], note="no differences")
        rows: list[dict[str, Any]] = []
        for row in self:
            rows.append(flat_row(row))
            if len(rows) == SHOWN:
                break
        columns = list(dict.fromkeys(name for row in rows for name in row))
        cells = [[row.get(name, "") for name in columns] for row in rows]
        note = f"{counts.table}: {counts.added} added, {counts.modified} modified, {counts.removed} removed"
        return html_table(columns, cells, note=note)


def flat_row(row: RowDiff) -> dict[str, Any]:
    before, after = row.before or {}, row.after or {}
    flat: dict[str, Any] = {"_change": row.kind, **row.key}
    for name in dict.fromkeys([*after, *before]):
        if name in row.key:
            continue
        flat[name] = after.get(name) if row.after is not None else before.get(name)
        if row.kind == "modified" and before.get(name) != after.get(name):
            flat[f"{name}_before"] = before.get(name)
    return flat


def _short(name: str, value: Any) -> Any:
    if name.endswith(("hash", "commit")) and isinstance(value, str):
        return value[:7]
    if isinstance(value, Mapping) and "hash" in value:
        return f"{str(value['hash'])[:7]} {value.get('message', '')}"
    if isinstance(value, list) and all(isinstance(member, str) and len(member) >= 32 for member in value):
        return ", ".join(member[:7] for member in value)
    return value
