"""Runs: several saves that are published together."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import DoltflowError
from ..results import Record, Records
from .calls import Calls, named, options_of

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ..options import EndRunOptions, PublishOptions, RunOptions


class RunCalls(Calls):
    def run(self, work: Callable[[Self], Any], **options: Unpack[RunOptions]) -> Record:
        """Does work on a branch of its own, and publishes all that it saved as one merge commit; or nothing, if it raises.

        The work is given the database in the run. The record has `result`, and `repeated`: whether a run of this `id` was published
        before, and nothing was done now.
        """
        info = self.begin_run(**options)
        if info["status"] == "published":
            return Record({**info, "repeated": True, "result": None})
        place = {"branch": info["branch"], "run": info["id"], "into": info["into"], "remote": None}
        inner = copy.copy(self)
        inner._options = {**self._options, **place}
        try:
            with inner:
                result = work(inner)
        except BaseException as error:
            with contextlib.suppress(DoltflowError):
                self.end_run(info["id"], error=f"{type(error).__name__}: {error}")
            raise
        told: PublishOptions = {}
        if "on_conflict" in options:
            told["on_conflict"] = options["on_conflict"]
        if "message" in options:
            told["message"] = options["message"]
        if "remote" in options:
            told["remote"] = options["remote"]
        return Record({**self.end_run(info["id"], **told), "repeated": False, "result": result})

    def begin_run(self, **options: Unpack[RunOptions]) -> Record:
        """Begins a run that `end_run` ends. Work in it with `Database(url, branch=…, run=…, into=…)`."""
        return Record(self._call("beginRun", {"options": options_of(options)}))

    def end_run(self, id: str, **options: Unpack[EndRunOptions]) -> Record:
        """Publishes a run that was begun here; with an `error`, notes that it failed."""
        return Record(self._call("endRun", {"id": id, "options": options_of(options)}))

    def runs(self, *, status: str | None = None, limit: int | None = None) -> Records[Record]:
        """The runs, the newest first."""
        return self._many(Record, self._call("runs", {"filter": named(status=status, limit=limit)}))

    def show_run(self, id: str) -> Record:
        """The record of one run."""
        return Record(self._call("showRun", {"id": id}))

    def publish_run(self, id: str, **options: Unpack[PublishOptions]) -> Record:
        """Publishes a run that failed or was interrupted, as it is."""
        return Record(self._call("publishRun", {"id": id, "options": options_of(options)}))

    def drop_run(self, id: str) -> Record:
        """Removes what a run that failed or was interrupted has saved; its record stays."""
        return Record(self._call("dropRun", {"id": id}))
