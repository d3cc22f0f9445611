"""What a step's `@card` shows of its tables."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from metaflow import current
from metaflow.cards import Markdown, Table

from ..results import SHOWN, flat_row

if TYPE_CHECKING:
    from ..results import Action
    from .step import StepTables


def show(tables: StepTables) -> None:
    """Appends each table's diff, and what was read, to the step's card, if it has one that can be appended to."""
    card = getattr(current, "card", None)
    if card is None:
        return
    for action in tables.written:
        card.extend(_change(tables, action))
    reads = tables.record()["reads"]
    if reads:
        cells = [[_text(one["table"] or one["sql"]), one["at"], one["commit"][:10], str(one["rows"])] for one in reads]
        card.extend([Markdown("## Read"), Table(cells, headers=["table", "at", "commit", "rows"])])


def _change(tables: StepTables, action: Action) -> list[Any]:
    head = Markdown(f"## {action.table}")
    if not action.changed or action.from_commit is None:
        return [head, Markdown(f"no change; `{action.branch}` is at `{str(action.to_commit)[:10]}`")]
    diff = tables.database.diff(str(action.table), action.from_commit, action.file_commit or action.to_commit)
    counts = f"{action.added} added, {action.modified} modified, {action.removed} removed"
    told = Markdown(f"{counts}; `{action.branch}` is at `{str(action.to_commit)[:10]}`")
    rows = [flat_row(row) for row in itertools.islice(diff, SHOWN)]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_text(row.get(name, "")) for name in columns] for row in rows]
    more = (action.added or 0) + (action.modified or 0) + (action.removed or 0) - len(rows)
    return [head, told, Table(cells, headers=columns), *([Markdown(f"… and {more} more")] if more > 0 else [])]


def _text(value: Any) -> Any:
    return Markdown("*NULL*") if value is None else str(value)
