"""Pins: small text files that name a table at its commit, for Git, make and DVC. The command line reads and writes the same."""

from __future__ import annotations

import contextlib
import json
import os
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import NotFoundError, SourceError

_TEXTS = ("db", "table", "commit", "hash")


def read_pin(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The handle that a pin holds: what `load` and `rows` take in place of a table's name, and `Database(handle["db"])` opens.

    Raises FILE_NOT_FOUND, and FORMAT_INVALID for a file that is no pin.
    """
    found = _pin_at(Path(path))
    if found is None:
        raise NotFoundError(
            "FILE_NOT_FOUND",
            f"There is no pin {os.fspath(path)}. Make it: db.pin_file(TABLE, {os.fspath(path)!r})",
            data={"path": os.fspath(path)},
        )
    if _is_file(found["db"]):
        found["db"] = os.path.abspath(Path(path).parent / found["db"])
    return found


def write_pin(path: str | os.PathLike[str], handle: Mapping[str, Any]) -> bool:
    """Writes a pin, if the table is another one than it names; gives whether it did."""
    target = Path(path)
    db = os.path.relpath(handle["db"], target.absolute().parent) if _is_file(handle["db"]) else handle["db"]
    known = _pin_at(target)
    if known is not None and (known["hash"], known["table"], known["db"]) == (handle["hash"], handle["table"], db):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.{uuid.uuid4()}")
    try:
        temporary.write_text(json.dumps({**handle, "db": db}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    return True


def _pin_at(path: Path) -> dict[str, Any] | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    with contextlib.suppress(ValueError):
        found = json.loads(text)
        if isinstance(found, dict) and isinstance(found.get("rows"), int):
            if all(isinstance(found.get(name), str) for name in _TEXTS):
                return found
    raise SourceError(
        "FORMAT_INVALID",
        f"{path} is no pin: it must be a JSON object with db, table, commit, hash and rows.",
        data={"path": str(path)},
    )


def _is_file(db: str) -> bool:
    return os.path.isabs(db) or re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", db) is None
