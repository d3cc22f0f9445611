"""Versioned tables for workflow managers: load and save tables with history, diff, merge and lineage."""

from ._pins import read_pin
from ._server import shut_down
from ._version import __version__
from .aio import AsyncDatabase
from .database import Database, accept, clone, copy
from .errors import ConflictError, DoltflowError, NotFoundError, RefusedError, SourceError, UsageError
from .results import (
    Action,
    BlameRow,
    Branch,
    Commit,
    Diff,
    Record,
    Records,
    RowDiff,
    Schema,
    Status,
    TableDiff,
    TableInfo,
    Tag,
)

__all__ = [
    "Action",
    "AsyncDatabase",
    "BlameRow",
    "Branch",
    "Commit",
    "ConflictError",
    "Database",
    "Diff",
    "DoltflowError",
    "NotFoundError",
    "Record",
    "Records",
    "RefusedError",
    "RowDiff",
    "Schema",
    "SourceError",
    "Status",
    "TableDiff",
    "TableInfo",
    "Tag",
    "UsageError",
    "__version__",
    "accept",
    "clone",
    "copy",
    "read_pin",
    "shut_down",
]
