"""From a row to everything that made it, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results import Record, Records
from .calls import Calls, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..options import Value


class LineageCalls(Calls):
    def trace(
        self, table: str, key: Value | Sequence[Value], *, column: str | None = None, at: str | None = None
    ) -> Record:
        """Where a row, or its cell in one column, comes from: the commit, the step, what that had read, and so on to the sources."""
        values = list(key) if isinstance(key, (list, tuple)) else [key]
        options = named(column=column, at=at)
        return Record(self._call("trace", {"table": table, "key": values, "options": options}))

    def recall(self, what: str) -> Record:
        """Every later execution that read, directly or not, what a run or a commit wrote; and what must run again."""
        return Record(self._call("recall", {"what": what}))

    def lineage(self, *, table: str | None = None, run: str | None = None) -> Record:
        """The graph of tables, steps and files, as `nodes` and `edges`."""
        return Record(self._call("lineage", {"options": named(table=table, run=run)}))

    def plan(self, *, branch: str | None = None) -> Records[Record]:
        """Every recorded step that must run again, in order, with its causes; nothing runs."""
        return self._many(Record, self._call("plan", {"options": named(branch=branch)}))
