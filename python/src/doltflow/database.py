"""A database of versioned tables."""

from __future__ import annotations

from ._api.branches import BranchCalls
from ._api.calls import Progress, options_of
from ._api.care import CareCalls
from ._api.checks import CheckCalls
from ._api.history import HistoryCalls
from ._api.lineage import LineageCalls
from ._api.pins import PinCalls
from ._api.runs import RunCalls
from ._api.steps import StepCalls
from ._api.tables import TableCalls
from ._places import database_url, path_for
from ._server import server
from .options import StrPath
from .results import Record


class Database(TableCalls, PinCalls, HistoryCalls, RunCalls, StepCalls, CheckCalls, LineageCalls, BranchCalls, CareCalls):
    """A database by its path or URL. Nothing is opened before the first call, and nothing is created before the first save.

    It may be pickled and shared between threads and processes. What is left out of the options has the defaults of the command
    line: `DOLTFLOW_DB`, `DOLTFLOW_BRANCH`, `DOLTFLOW_RUN`, `DOLTFLOW_INTO`, `DOLTFLOW_STEP`, `DOLTFLOW_REMOTE`, `DOLTFLOW_AUTHOR`.
    Every call may raise `DoltflowError`.
    """


def clone(remote: str, target: StrPath) -> Record:
    """Copies a remote's database into a new file."""
    current = server()
    return Record(current.call("clone", {"remote": remote, "target": path_for(target, current.folder)}) or {})


def copy(from_: str, to: str, *, on_progress: Progress | None = None) -> Record:
    """Copies a database, with its history, into a new one of any engine."""
    options = options_of({}, on_progress)
    params = {"from": database_url(from_), "to": database_url(to), "options": options}
    return Record(server().call("copy", params, on_progress=on_progress) or {})


def accept(url: StrPath) -> Record:
    """Accepts a database that was restored from a backup."""
    return Record(server().call("accept", {"url": database_url(url)}) or {})
