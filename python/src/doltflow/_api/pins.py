"""Tables at commits that are kept: handles, and pins, which are handles in files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._pins import read_pin, write_pin
from ..options import StrPath
from .calls import Calls, at_ref, named


class PinCalls(Calls):
    def pin(self, what: str | Mapping[str, Any], ref: str | None = None) -> dict[str, Any]:
        """The handle of a table at a ref, whose commit is kept for good: no `gc` takes it."""
        return dict(self._call("pin", named(what=what, ref=ref)))

    def unpin(self, handle: Mapping[str, Any]) -> bool:
        """Ends a pin; gives whether it was pinned."""
        return bool(self._call("unpin", {"handle": handle}))

    def pin_file(self, table: str, file: StrPath, ref: str | None = None) -> bool:
        """Pins a table, and writes its handle into a file. One that names the same content is left alone, its time too.

        Gives whether the file was written. `load(read_pin(file))` gives that version.
        """
        return write_pin(file, self.pin(table, ref))

    def check_pin(self, file: StrPath, *, at: str | None = None) -> bool:
        """Whether the table is still what a pin names."""
        pinned = read_pin(file)
        tables = self._call("tables", at_ref(at or self.default_branch))
        return any(one["name"] == pinned["table"] and one["hash"] == pinned["hash"] for one in tables)
