"""What was: commits, differences, and who changed what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..options import Value
from ..results import Action, BlameRow, Commit, Diff, Record, Records, RowChange, RowDiff, TableDiff
from .calls import Calls, named, options_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..options import ActionFilter


class HistoryCalls(Calls):
    def log(
        self, table: str | None = None, *, at: str | None = None, branch: str | None = None, limit: int | None = None
    ) -> Records[Commit]:
        """The commits, newest first; those of one table, if it is named."""
        return self._many(
            Commit, self._call("log", {"options": named(table=table, at=at, branch=branch, limit=limit)})
        )

    def show(self, ref: str) -> Record:
        """One commit, and the tables that it changed."""
        found = self._call("show", {"ref": ref})
        return Record(
            {**found, "commit": Commit(found["commit"]), "tables": [TableDiff(one) for one in found["tables"]]}
        )

    def resolve(self, ref: str, *, branch: str | None = None, table: str | None = None) -> str:
        """The hash of the commit that a ref names."""
        return str(self._call("resolve", {"ref": ref, "options": named(branch=branch, table=table)}))

    def diff(self, table: str, from_: str | None = None, to: str | None = None, *, with_: str | None = None) -> Diff:
        """The rows that differ between two refs; without refs, the table's last change. Or between a table and another, `with_`."""
        params = named(table=table, **{"from": from_, "to": to, "options": named(**{"with": with_})})
        def rows() -> Iterator[RowDiff]:
            return (RowDiff(row) for row in self._stream("diff", params))

        if with_ is None:
            return Diff(rows, lambda: self.diff_counts(table, from_, to))
        return Diff(rows, lambda: _counted(f"{table} → {with_}", rows()))

    def diff_counts(self, table: str, from_: str | None = None, to: str | None = None) -> TableDiff | None:
        """How many rows differ, by kind; None if none does."""
        found = self._call("diffCounts", named(table=table, **{"from": from_, "to": to}))
        return None if found is None else TableDiff(found)

    def changed_tables(self, from_: str | None = None, to: str | None = None) -> Records[TableDiff]:
        """The tables that differ between two refs."""
        return self._many(TableDiff, self._call("changedTables", named(**{"from": from_, "to": to})))

    def review(self, into: str, to: str | None = None) -> Record:
        """What `to` alone changed since it parted from `into`: counts, columns, where it is concentrated, samples, checks."""
        return Record(self._call("review", named(into=into, to=to)))

    def blame(self, table: str, *, key: Sequence[Value] | None = None, at: str | None = None) -> Records[BlameRow]:
        """Which commit last changed each row, or the row with this key."""
        return self._many(BlameRow, self._call("blame", {"table": table, "options": named(key=key, at=at)}))

    def row_history(
        self, table: str, key: Sequence[Value], *, at: str | None = None, limit: int | None = None
    ) -> Records[RowChange]:
        """The commits that changed one row, newest first."""
        params = {"table": table, "key": list(key), "options": named(at=at, limit=limit)}
        return self._many(RowChange, self._call("rowHistory", params))

    def actions(self, **filter: Unpack[ActionFilter]) -> Records[Action]:
        """Loads and saves, by run, table or commit: who read or wrote what."""
        return self._many(Action, self._call("actions", {"filter": options_of(filter)}))


def _counted(table: str, rows: Iterator[RowDiff]) -> TableDiff | None:
    counts = {"added": 0, "modified": 0, "removed": 0}
    for row in rows:
        counts[row.kind] += 1
    if not any(counts.values()):
        return None
    return TableDiff({"table": table, "change": "modified", "schemaChanged": False, **counts})
