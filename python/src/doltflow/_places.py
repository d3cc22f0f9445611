"""Where databases and files are, as the resident process sees it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .errors import NotFoundError

_FILE_NAME = "doltflow.db"


def database_url(given: str | os.PathLike[str] | None) -> str:
    """The database that is named, by `DOLTFLOW_DB` too, else the nearest `doltflow.db` here or in a folder above."""
    named = os.fspath(given) if given is not None else os.environ.get("DOLTFLOW_DB")
    if named:
        return absolute_url(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / _FILE_NAME).exists():
            return str(folder / _FILE_NAME)
    raise NotFoundError(
        "DATABASE_NOT_FOUND",
        f"There is no {_FILE_NAME} in {here}, nor in a folder above. Name one: Database('pipeline.db'), or DOLTFLOW_DB; a save then makes it.",
        data={"folder": str(here)},
    )


def absolute_url(url: str) -> str:
    """A URL that means the same in a process of another folder."""
    if url.startswith("dolt:"):
        return f"dolt:{os.path.abspath(url[5:])}"
    return url if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", url) else os.path.abspath(url)


def path_for(path: str | os.PathLike[str], folder: str) -> str:
    """A path as a process in `folder` must be told it: as it was given, where that means the same."""
    text = os.fspath(path)
    return text if os.path.isabs(text) or os.getcwd() == folder else os.path.abspath(text)


def without_password(url: str) -> str:
    """A URL as it may be shown."""
    head, at, rest = url.rpartition("@")
    return f"{head.rsplit(':', 1)[0]}:***@{rest}" if at and head.count(":") > 1 else url
