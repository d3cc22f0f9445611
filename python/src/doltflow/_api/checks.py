"""Checks: what tables must hold before a branch moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from .._wire import camel
from ..results import Record, Records
from .calls import Calls, named

if TYPE_CHECKING:
    from collections.abc import Mapping


class CheckCalls(Calls):
    def add_check(
        self,
        table: str,
        name: str,
        rule: Mapping[str, Any],
        *,
        level: Literal["error", "warn"] | None = None,
        author: str | None = None,
    ) -> Record:
        """Adds a check, such as `{"kind": "not-null", "column": "price"}`; it holds from now on for every branch.

        The record has `check`, and `failure`: what the default branch holds now that breaks it.
        """
        given = {camel(member): value for member, value in rule.items()}
        options = named(level=level, author=author)
        return Record(self._call("addCheck", {"table": table, "name": name, "rule": given, "options": options}))

    def remove_check(self, name: str) -> Record:
        """Removes a check."""
        return Record(self._call("removeCheck", {"name": name}))

    def checks(self) -> Records[Record]:
        """The checks that hold, by name."""
        return self._many(Record, self._call("checks", {}))

    def run_checks(self, *, at: str | None = None, table: str | None = None, name: str | None = None) -> Records[Record]:
        """What each check finds at a commit; nothing is refused."""
        return self._many(Record, self._call("runChecks", {"filter": named(at=at, table=table, name=name)}))
