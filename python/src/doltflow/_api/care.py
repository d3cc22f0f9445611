"""Remotes, and the care of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results import Record, Records, Remote, Status
from .calls import Calls, named

if TYPE_CHECKING:
    from ..options import ConflictPolicy


class CareCalls(Calls):
    def remotes(self) -> Records[Remote]:
        """The saved remotes."""
        return self._many(Remote, self._call("remotes", {}))

    def add_remote(self, name: str, url: str) -> Remote:
        """Saves a remote under a name."""
        return Remote(self._call("addRemote", {"name": name, "url": url}))

    def remove_remote(self, name: str) -> None:
        """Forgets a remote."""
        self._call("removeRemote", {"name": name})

    def pull(self, remote: str | None = None, *, on_conflict: ConflictPolicy | None = None) -> Record:
        """Brings what a remote has, all branches or none."""
        return Record(self._call("pull", named(remote=remote, options=named(onConflict=on_conflict))))

    def push(self, remote: str | None = None) -> Record:
        """Sends every branch and tag to a remote."""
        return Record(self._call("push", named(remote=remote)))

    def init(self) -> None:
        """Makes the database, if there is none."""
        self._call("init", {})

    def status(self) -> Status:
        """What is not pushed, in conflict or uncommitted."""
        return Status(self._call("status", {}))

    def gc(self) -> Record:
        """Frees the space of what no branch or tag leads to."""
        return Record(self._call("gc", {}))
