"""A database of versioned tables."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from . import frames
from ._places import database_url, path_for
from ._server import Server, server
from ._wire import camel, encode
from .errors import DoltflowError, UsageError
from .options import Sink, StrPath, Value
from .results import (
    Action,
    BlameRow,
    Branch,
    Commit,
    Diff,
    Record,
    Records,
    Remote,
    RowChange,
    RowDiff,
    Schema,
    Status,
    TableDiff,
    TableInfo,
    Tag,
)

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from typing_extensions import Self, Unpack

    from .options import (
        EndRunOptions,
        ActionFilter,
        ConflictPolicy,
        LoadOptions,
        MergeOptions,
        RowsOptions,
        SaveAllOptions,
        PublishOptions,
        RunOptions,
        SaveOptions,
        UndoOptions,
    )

R = TypeVar("R", bound=Record)
T = TypeVar("T")
Progress = Callable[[dict[str, Any]], None]


class Database:
    """A database by its path or URL. Nothing is opened before the first call, and nothing is created before the first save.

    It may be pickled and shared between threads and processes. What is left out of the options has the defaults of the command
    line: `DOLTFLOW_DB`, `DOLTFLOW_BRANCH`, `DOLTFLOW_RUN`, `DOLTFLOW_INTO`, `DOLTFLOW_STEP`, `DOLTFLOW_REMOTE`, `DOLTFLOW_AUTHOR`.
    Every call may raise `DoltflowError`.
    """

    def __init__(
        self,
        url: StrPath | None = None,
        *,
        branch: str | None = None,
        run: str | None = None,
        into: str | None = None,
        step: str | None = None,
        author: str | None = None,
        remote: str | None = None,
        create: bool | None = None,
        password: str | None = None,
        tls: Mapping[str, str] | None = None,
    ) -> None:
        named = url is not None or bool(os.environ.get("DOLTFLOW_DB"))
        self.url = database_url(url)
        given = {"branch": branch, "run": run, "into": into, "step": step, "author": author, "remote": remote}
        defaults = {name: value or os.environ.get(f"DOLTFLOW_{name.upper()}") or None for name, value in given.items()}
        self._options: dict[str, Any] = {
            **defaults,
            "create": named if create is None else create,
            "password": password,
            "tls": tls,
        }
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._opened: tuple[Server, int] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"url": self.url, "_options": self._options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    def __repr__(self) -> str:
        return f"Database({_without_password(self.url)!r})"

    @property
    def default_branch(self) -> str:
        """Where loads read and saves go that name no branch."""
        return self._options["branch"] or "main"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Tables

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
        given = {"what": what, "options": _options(options, on_progress)}
        if target is not None:
            if frame is not None:
                raise UsageError("OPTION_INVALID", "A load goes to a file or to a frame: leave target or frame out.")
            source = given["options"].pop("source", None)
            if source is not None:
                given["options"]["target"] = source
            action = Action(self._call("load", {**given, "target": self._path(target)}, on_progress))
            _tell(action, meta)
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
        _tell(action, meta)
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
        **options: Unpack[SaveOptions],
    ) -> Action:
        """Saves a frame, a file (or several of one header), or rows (mappings) into a table, as one commit.

        The same data again makes no commit. `source` is what the record calls a frame, such as `kedro:companies`.
        """
        with self._as_source(source) as (crossing, own):
            params = {"table": table, "source": crossing, "options": {**own, **_options(options, on_progress)}}
            action = Action(self._call("save", params, on_progress))
        _tell(action, meta)
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
        given = _options(options, on_progress)
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
            _tell(action, meta)
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
        params = {"folder": self._path(folder), "options": _options(options, on_progress)}
        actions = self._many(Action, self._call("loadAll", params, on_progress))
        for action in actions:
            _tell(action, meta)
        return actions

    def rows(self, what: str | Mapping[str, Any], **options: Unpack[RowsOptions]) -> Iterator[dict[str, Any]]:
        """The rows of a table or a query one by one, fetched in parts."""
        for batch in self._stream("rows", {"what": what, "options": {**_options(options), "as": "batches"}}):
            for row in batch["rows"]:
                yield dict(zip(batch["columns"], row))

    def pin(self, what: str | Mapping[str, Any], ref: str | None = None) -> dict[str, Any]:
        """The handle of a table at a ref, whose commit is kept for good: no `gc` takes it."""
        return dict(self._call("pin", _given(what=what, ref=ref)))

    def unpin(self, handle: Mapping[str, Any]) -> bool:
        """Ends a pin; gives whether it was pinned."""
        return bool(self._call("unpin", {"handle": handle}))

    def tables(self, *, at: str | None = None) -> Records[TableInfo]:
        """The tables: rows, hash, key, last commit."""
        return self._many(TableInfo, self._call("tables", _at(at)))

    def schema(self, table: str, *, at: str | None = None) -> Schema | None:
        """A table's columns and key; None if it isn't there."""
        found = self._call("schema", {"table": table, **_at(at)})
        return None if found is None else Schema(found)

    def row_count(self, table: str, *, at: str | None = None, branch: str | None = None) -> int:
        """How many rows a table has."""
        return int(self._call("rowCount", {"table": table, "options": _given(at=at, branch=branch)}))

    # History

    def log(
        self, table: str | None = None, *, at: str | None = None, branch: str | None = None, limit: int | None = None
    ) -> Records[Commit]:
        """The commits, newest first; those of one table, if it is named."""
        return self._many(
            Commit, self._call("log", {"options": _given(table=table, at=at, branch=branch, limit=limit)})
        )

    def show(self, ref: str) -> Record:
        """One commit, and the tables that it changed."""
        found = self._call("show", {"ref": ref})
        return Record(
            {**found, "commit": Commit(found["commit"]), "tables": [TableDiff(one) for one in found["tables"]]}
        )

    def resolve(self, ref: str, *, branch: str | None = None, table: str | None = None) -> str:
        """The hash of the commit that a ref names."""
        return str(self._call("resolve", {"ref": ref, "options": _given(branch=branch, table=table)}))

    def diff(self, table: str, from_: str | None = None, to: str | None = None) -> Diff:
        """The rows that differ between two refs; without refs, the table's last change."""
        params = _given(table=table, **{"from": from_, "to": to})
        return Diff(
            lambda: (RowDiff(row) for row in self._stream("diff", params)),
            lambda: self.diff_counts(table, from_, to),
        )

    def diff_counts(self, table: str, from_: str | None = None, to: str | None = None) -> TableDiff | None:
        """How many rows differ, by kind; None if none does."""
        found = self._call("diffCounts", _given(table=table, **{"from": from_, "to": to}))
        return None if found is None else TableDiff(found)

    def changed_tables(self, from_: str | None = None, to: str | None = None) -> Records[TableDiff]:
        """The tables that differ between two refs."""
        return self._many(TableDiff, self._call("changedTables", _given(**{"from": from_, "to": to})))

    def blame(self, table: str, *, key: Sequence[Value] | None = None, at: str | None = None) -> Records[BlameRow]:
        """Which commit last changed each row, or the row with this key."""
        return self._many(BlameRow, self._call("blame", {"table": table, "options": _given(key=key, at=at)}))

    def row_history(
        self, table: str, key: Sequence[Value], *, at: str | None = None, limit: int | None = None
    ) -> Records[RowChange]:
        """The commits that changed one row, newest first."""
        params = {"table": table, "key": list(key), "options": _given(at=at, limit=limit)}
        return self._many(RowChange, self._call("rowHistory", params))

    def actions(self, **filter: Unpack[ActionFilter]) -> Records[Action]:
        """Loads and saves, by run, table or commit: who read or wrote what."""
        return self._many(Action, self._call("actions", {"filter": _options(filter)}))

    # Runs

    def run(self, work: Callable[[Database], T], **options: Unpack[RunOptions]) -> Record:
        """Does work on a branch of its own, and publishes all that it saved as one merge commit; or nothing, if it raises.

        The work is given the database in the run. The record has `result`, and `repeated`: whether a run of this `id` was published
        before, and nothing was done now.
        """
        info = self.begin_run(**options)
        if info["status"] == "published":
            return Record({**info, "repeated": True, "result": None})
        place = {"branch": info["branch"], "run": info["id"], "into": info["into"], "remote": None}
        inner = Database(self.url)
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
        return Record(self._call("beginRun", {"options": _options(options)}))

    def end_run(self, id: str, **options: Unpack[EndRunOptions]) -> Record:
        """Publishes a run that was begun here; with an `error`, notes that it failed."""
        return Record(self._call("endRun", {"id": id, "options": _options(options)}))

    def runs(self, *, status: str | None = None, limit: int | None = None) -> Records[Record]:
        """The runs, the newest first."""
        return self._many(Record, self._call("runs", {"filter": _given(status=status, limit=limit)}))

    def show_run(self, id: str) -> Record:
        """The record of one run."""
        return Record(self._call("showRun", {"id": id}))

    def publish_run(self, id: str, **options: Unpack[PublishOptions]) -> Record:
        """Publishes a run that failed or was interrupted, as it is."""
        return Record(self._call("publishRun", {"id": id, "options": _options(options)}))

    def drop_run(self, id: str) -> Record:
        """Removes what a run that failed or was interrupted has saved; its record stays."""
        return Record(self._call("dropRun", {"id": id}))

    # Branches

    def branches(self, *, all: bool = False) -> Records[Branch]:
        """The branches and their heads."""
        return self._many(Branch, self._call("branches", {"options": {"all": all}}))

    def create_branch(self, name: str, from_: str | None = None) -> Branch:
        """Makes a branch at a ref. Default: the head of the default branch."""
        return Branch(self._call("createBranch", _given(name=name, **{"from": from_})))

    branch = create_branch

    def delete_branch(self, name: str) -> None:
        """Deletes a branch; commits that no other branch or tag leads to go with the next gc."""
        self._call("deleteBranch", {"name": name})

    def tags(self) -> Records[Tag]:
        """The tags."""
        return self._many(Tag, self._call("tags", {}))

    def create_tag(self, name: str, ref: str | None = None) -> Tag:
        """Names a commit. Default: the head of the default branch."""
        return Tag(self._call("createTag", _given(name=name, ref=ref)))

    tag = create_tag

    def delete_tag(self, name: str) -> None:
        """Removes a tag."""
        self._call("deleteTag", {"name": name})

    def merge(self, branch: str, **options: Unpack[MergeOptions]) -> Action:
        """Merges a branch into another one, by row and cell."""
        return Action(self._call("merge", {"branch": branch, "options": _options(options)}))

    # Undo

    def restore(self, table: str, at: str, **options: Unpack[UndoOptions]) -> Action:
        """Makes a table what it was at a ref, as a new commit."""
        return Action(self._call("restore", {"table": table, "at": at, "options": _options(options)}))

    def restore_all(self, at: str, **options: Unpack[UndoOptions]) -> Records[Action]:
        """Makes every table what it was at a ref, as one new commit."""
        return self._many(Action, self._call("restoreAll", {"at": at, "options": _options(options)}))

    def revert(self, what: str | Sequence[str], **options: Unpack[UndoOptions]) -> Action:
        """Takes back what commits changed, as a new commit."""
        return Action(self._call("revert", {"what": what, "options": _options(options)}))

    def drop(self, table: str, **options: Unpack[UndoOptions]) -> Action:
        """Removes a table, as a new commit; its history stays."""
        return Action(self._call("drop", {"table": table, "options": _options(options)}))

    # Remotes and care

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
        return Record(self._call("pull", _given(remote=remote, options=_given(onConflict=on_conflict))))

    def push(self, remote: str | None = None) -> Record:
        """Sends every branch and tag to a remote."""
        return Record(self._call("push", _given(remote=remote)))

    def init(self) -> None:
        """Makes the database, if there is none."""
        self._call("init", {})

    def status(self) -> Status:
        """What is not pushed, in conflict or uncommitted."""
        return Status(self._call("status", {}))

    def gc(self) -> Record:
        """Frees the space of what no branch or tag leads to."""
        return Record(self._call("gc", {}))

    def close(self) -> None:
        """Closes the database when what runs is done; a later call opens it again."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None and opened[0].lives and opened[0].pid == os.getpid():
            opened[0].call("close", {}, db=opened[1])

    # How a verb is called

    def _call(self, verb: str, params: Mapping[str, Any], on_progress: Progress | None = None) -> Any:
        current, db = self._handle()
        return current.call(verb, encode(params), db=db, on_progress=on_progress)

    def _many(self, kind: type[R], documents: Sequence[Mapping[str, Any]]) -> Records[R]:
        return Records(kind(document) for document in documents)

    def _stream(self, verb: str, params: Mapping[str, Any]) -> Iterator[Any]:
        current, db = self._handle()
        stream = current.call(verb, encode(params), db=db)
        done = False
        try:
            while not done:
                part = current.call("next", stream)
                done = part["done"]
                yield from part["values"]
        finally:
            if not done and current.lives:
                current.call("return", stream)

    def _handle(self) -> tuple[Server, int]:
        current = server()
        with self._lock:
            if self._opened is None or self._opened[0] is not current:
                options = {name: value for name, value in self._options.items() if value is not None}
                opened = current.call("open", {"url": self.url, "options": encode(options)})
                self._opened = current, opened["db"]
                weakref.finalize(self, _forget, weakref.ref(current), opened["db"])
            return self._opened

    def _path(self, path: StrPath) -> str:
        return path_for(path, server().folder)

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
            written = frames.write_source(source, path)
            if written is None:
                raise UsageError(
                    "USAGE",
                    f"A save reads a frame of pandas, polars or pyarrow, a path, several paths, or rows (mappings), and this is {type(source).__name__}.",
                )
            label = type(source).__module__.split(".")[0]
            yield str(written), {"inProcess": True, "source": f"python:{label if label in frames.KINDS else 'rows'}"}
        finally:
            for one in (path, written):
                if one is not None:
                    one.unlink(missing_ok=True)


def clone(remote: str, target: StrPath) -> Record:
    """Copies a remote's database into a new file."""
    current = server()
    return Record(current.call("clone", {"remote": remote, "target": path_for(target, current.folder)}) or {})


def copy(from_: str, to: str, *, on_progress: Progress | None = None) -> Record:
    """Copies a database, with its history, into a new one of any engine."""
    options = _options({}, on_progress)
    params = {"from": database_url(from_), "to": database_url(to), "options": options}
    return Record(server().call("copy", params, on_progress=on_progress) or {})


def accept(url: StrPath) -> Record:
    """Accepts a database that was restored from a backup."""
    return Record(server().call("accept", {"url": database_url(url)}) or {})


def _options(options: Mapping[str, Any], on_progress: Progress | None = None) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in options.items():
        if value is None and name != "key":
            continue
        given[camel(name)] = value
    for name in ("branch", "text"):
        if isinstance(given.get(name), Mapping):
            given[name] = {camel(word): value for word, value in given[name].items() if value is not None}
    if isinstance(given.get("tables"), Mapping):
        given["tables"] = {table: _options(own) for table, own in given["tables"].items()}
    if on_progress is not None:
        given["onProgress"] = True
    return given


def _given(**named: Any) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value is not None}


def _at(at: str | None) -> dict[str, Any]:
    return {"options": _given(at=at)}


def _tell(action: Action, sinks: Sink | Sequence[Sink]) -> None:
    for sink in sinks if isinstance(sinks, Sequence) else (sinks,):
        sink(action)


def _forget(current: weakref.ref[Server], db: int) -> None:
    """A database that nobody has any more is closed; nobody waits for it."""
    there = current()
    if there is not None and there.lives and there.pid == os.getpid():
        with contextlib.suppress(Exception):
            there.begin("close", {}, db=db)


def _without_password(url: str) -> str:
    head, at, rest = url.rpartition("@")
    return f"{head.rsplit(':', 1)[0]}:***@{rest}" if at and head.count(":") > 1 else url
