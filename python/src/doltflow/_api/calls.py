"""How a verb is called."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from .._places import database_url, path_for, without_password
from .._server import Server, server
from .._wire import camel, encode
from ..options import Sink, StrPath
from ..results import Action, Record, Records

if TYPE_CHECKING:
    from typing_extensions import Self

R = TypeVar("R", bound=Record)
Progress = Callable[[dict[str, Any]], None]


class Calls:
    """A database in the resident process, which is opened there by the first call."""

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
        sinks: Sequence[str] | None = None,
    ) -> None:
        is_named = url is not None or bool(os.environ.get("DOLTFLOW_DB"))
        self.url = database_url(url)
        given = {"branch": branch, "run": run, "into": into, "step": step, "author": author, "remote": remote}
        defaults = {name: value or os.environ.get(f"DOLTFLOW_{name.upper()}") or None for name, value in given.items()}
        self._options: dict[str, Any] = {
            **defaults,
            "create": is_named if create is None else create,
            "password": password,
            "tls": tls,
            "sinks": None if sinks is None else list(sinks),
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
        return f"Database({without_password(self.url)!r})"

    @property
    def default_branch(self) -> str:
        """Where loads read and saves go that name no branch."""
        return self._options["branch"] or "main"

    @property
    def into(self) -> str | None:
        """In a run, the branch that it is published to."""
        into: str | None = self._options["into"]
        return into

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database when what runs is done; a later call opens it again."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None and opened[0].lives and opened[0].pid == os.getpid():
            opened[0].call("close", {}, db=opened[1])

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


def options_of(options: Mapping[str, Any], on_progress: Progress | None = None) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in options.items():
        if value is None and name != "key":
            continue
        given[camel(name)] = value
    for name in ("branch", "text"):
        if isinstance(given.get(name), Mapping):
            given[name] = {camel(word): value for word, value in given[name].items() if value is not None}
    for name in ("tables", "outputs"):
        if isinstance(given.get(name), Mapping):
            given[name] = {table: options_of(own) for table, own in given[name].items()}
    if on_progress is not None:
        given["onProgress"] = True
    return given


def named(**named: Any) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value is not None}


def at_ref(at: str | None) -> dict[str, Any]:
    return {"options": named(at=at)}


def tell(action: Action, sinks: Sink | Sequence[Sink]) -> None:
    for sink in sinks if isinstance(sinks, Sequence) else (sinks,):
        sink(action)


def _forget(current: weakref.ref[Server], db: int) -> None:
    """A database that nobody has any more is closed; nobody waits for it."""
    there = current()
    if there is not None and there.lives and there.pid == os.getpid():
        with contextlib.suppress(Exception):
            there.begin("close", {}, db=db)
