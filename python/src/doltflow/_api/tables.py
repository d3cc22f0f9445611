"""Loading and saving tables."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from .. import frames
from .._pins import write_pin
from ..errors import UsageError
from ..options import Sink, StrPath, Value
from ..results import Action, Records, Schema, TableInfo
from .calls import Calls, Progress, at_ref, named, options_of, tell

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from typing_extensions import Unpack

    from ..options import LoadOptions, RowsOptions, SaveAllOptions, SaveOptions


class TableCalls(Calls):
    @overload
    def load(
        self,
        what: str | Mapping[str, Any],
        target: StrPath,
        *,
        meta: Sink | Sequence[Sink] = ...,
        on_progress: Progress | None = ...,
        **options: Unpack[LoadOptions],
    ) -> Action: ...
    @overload
    def load(
        self,
        what: str | Mapping[str, Any],
        target: None = ...,
        *,
        frame: Literal["pandas"],
        meta: Sink | Sequence[Sink] = ...,
        on_progress: Progress | None = ...,
        **options: Unpack[LoadOptions],
    ) -> pandas.DataFrame: ...
    @overload
    def load(
        self,
        what: str | Mapping[str, Any],
        target: None = ...,
        *,
        frame: Literal["polars"],
        meta: Sink | Sequence[Sink] = ...,
        on_progress: Progress | None = ...,
        **options: Unpack[LoadOptions],
    ) -> polars.DataFrame: ...
    @overload
    def load(
        self,
        what: str | Mapping[str, Any],
        target: None = ...,
        *,
        frame: Literal["pyarrow"],
        meta: Sink | Sequence[Sink] = ...,
        on_progress: Progress | None = ...,
        **options: Unpack[LoadOptions],
    ) -> pyarrow.Table: ...
    @overload
    def load(
        self,
        what: str | Mapping[str, Any],
        target: None = ...,
        *,
        frame: Literal["rows"],
        meta: Sink | Sequence[Sink] = ...,
        on_progress: Progress | None = ...,
        **options: Unpack[LoadOptions],
    ) -> list[dict[str, Any]]: ...
    @overload
    def load(
        self,
        what: str | Mapping[str, Any],
        target: None = ...,
        *,
        frame: frames.FrameKind | None = ...,
        meta: Sink | Sequence[Sink] = ...,
        on_progress: Progress | None = ...,
        **options: Unpack[LoadOptions],
    ) -> Any: ...
    def load(self, what, target=None, *, frame=None, meta=(), on_progress=None, **options):  # type: ignore[no-untyped-def]
        """Loads a table, or a query `{"sql": …, "parameters": …}`, as it was at `at`: into a frame, or into the file `target`.

        A frame is of pandas, polars or pyarrow (the first that is installed), or `rows`: a list of mappings. `source` is what
        the record calls a frame. With `target`, gives the Action; `meta` is called with it in any case.
        """
        given = {"what": what, "options": options_of(options, on_progress)}
        if target is not None:
            if frame is not None:
                raise UsageError("OPTION_INVALID", "A load goes to a file or to a frame: leave target or frame out.")
            source = given["options"].pop("source", None)
            if source is not None:
                given["options"]["target"] = source
            action = Action(self._call("load", {**given, "target": self._path(target)}, on_progress))
            tell(action, meta)
            return action
        kind = frames.frame_kind(frame)
        path = frames.temporary(frames.suffix_of(kind))
        try:
            label = given["options"].pop("source", f"python:{kind}")
            given["options"] = {"inProcess": True, **given["options"], "target": label}
            action = Action(self._call("load", {**given, "target": str(path)}, on_progress))
            found = frames.read_frame(path, kind)
        finally:
            path.unlink(missing_ok=True)
        tell(action, meta)
        return found

    def sql(
        self,
        query: str,
        parameters: Sequence[Value] | Mapping[str, Value] | None = None,
        *,
        frame: frames.FrameKind | None = None,
        **options: Unpack[LoadOptions],
    ) -> Any:
        """The rows of one SELECT over the tables at `at`, as a frame. Its placeholders are `?`, or `:name`."""
        what: dict[str, Any] = {"sql": query}
        if parameters is not None:
            what["parameters"] = parameters
        return self.load(what, frame=frame, **options)

    def save(
        self,
        table: str,
        source: Any,
        /,
        *,
        meta: Sink | Sequence[Sink] = (),
        on_progress: Progress | None = None,
        pin: StrPath | None = None,
        **options: Unpack[SaveOptions],
    ) -> Action:
        """Saves a frame, a file (or several of one header), or rows (mappings) into a table, as one commit.

        The same data again makes no commit. `source` is what the record calls a frame, such as `kedro:companies`. `pin` is a file
        that names what was saved; it is left alone if that is the same.
        """
        with self._as_source(source) as (crossing, own):
            params = {"table": table, "source": crossing, "options": {**own, **options_of(options, on_progress)}}
            action = Action(self._call("save", params, on_progress))
        if pin is not None and action.handle is not None:
            write_pin(pin, self._call("pin", {"what": action.handle}))
        tell(action, meta)
        return action

    def save_all(
        self,
        sources: Mapping[str, Any],
        *,
        meta: Sink | Sequence[Sink] = (),
        on_progress: Progress | None = None,
        **options: Unpack[SaveAllOptions],
    ) -> Records[Action]:
        """Saves several sources, each into its table, as one commit: all of it happens, or nothing."""
        given = options_of(options, on_progress)
        tables: dict[str, Any] = {name: dict(own) for name, own in given.pop("tables", {}).items()}
        with contextlib.ExitStack() as stack:
            crossing = {}
            for table, source in sources.items():
                crossing[table], own = stack.enter_context(self._as_source(source))
                if own:
                    tables[table] = {**own, **tables.get(table, {})}
            params = {"sources": crossing, "options": {**given, "tables": tables}}
            actions = self._many(Action, self._call("saveAll", params, on_progress))
        for action in actions:
            tell(action, meta)
        return actions

    def load_all(
        self,
        folder: StrPath,
        *,
        meta: Sink | Sequence[Sink] = (),
        on_progress: Progress | None = None,
        **options: Unpack[LoadOptions],
    ) -> Records[Action]:
        """Loads every table of one commit into a folder, a file each."""
        params = {"folder": self._path(folder), "options": options_of(options, on_progress)}
        actions = self._many(Action, self._call("loadAll", params, on_progress))
        for action in actions:
            tell(action, meta)
        return actions

    def rows(self, what: str | Mapping[str, Any], **options: Unpack[RowsOptions]) -> Iterator[dict[str, Any]]:
        """The rows of a table or a query one by one, fetched in parts."""
        for batch in self._stream("rows", {"what": what, "options": {**options_of(options), "as": "batches"}}):
            for row in batch["rows"]:
                yield dict(zip(batch["columns"], row))

    def tables(self, *, at: str | None = None) -> Records[TableInfo]:
        """The tables: rows, hash, key, last commit."""
        return self._many(TableInfo, self._call("tables", at_ref(at)))

    def schema(self, table: str, *, at: str | None = None) -> Schema | None:
        """A table's columns and key; None if it isn't there."""
        found = self._call("schema", {"table": table, **at_ref(at)})
        return None if found is None else Schema(found)

    def row_count(self, table: str, *, at: str | None = None, branch: str | None = None) -> int:
        """How many rows a table has."""
        return int(self._call("rowCount", {"table": table, "options": named(at=at, branch=branch)}))

    @contextlib.contextmanager
    def _as_source(self, source: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
        """What crosses for a source, and the options that go with it."""
        if isinstance(source, (str, os.PathLike)):
            yield self._path(source), {}
            return
        if isinstance(source, (list, tuple)) and source and all(isinstance(one, (str, os.PathLike)) for one in source):
            yield [self._path(one) for one in source], {}
            return
        path = frames.temporary("")
        written: Path | None = None
        try:
            found = frames.write_source(source, path)
            if found is None:
                raise UsageError(
                    "USAGE",
                    f"A save reads a frame of pandas, polars or pyarrow, a path, several paths, or rows (mappings), and this is {type(source).__name__}.",
                )
            written, said = found
            label = type(source).__module__.split(".")[0]
            yield str(written), {"inProcess": True, "source": f"python:{label if label in frames.KINDS else 'rows'}", **said}
        finally:
            for one in (path, written):
                if one is not None:
                    one.unlink(missing_ok=True)
