"""Tables for notebooks."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

# How much of a cell is shown.
_LONGEST = 200


def html_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, note: str = "") -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    caption = f"<p>{html.escape(note)}</p>" if note else ""
    return f'{caption}<table class="doltflow"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cell(value: Any) -> str:
    if value is None:
        return "<i>NULL</i>"
    if isinstance(value, dict):
        value = ", ".join(f"{name}={cell}" for name, cell in value.items())
    text = str(value)
    return html.escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
