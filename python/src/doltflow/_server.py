"""The resident process: one ``doltflow serve`` for each process of Python, made when it is first needed."""

from __future__ import annotations

import atexit
import contextlib
import contextvars
import itertools
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import IO, Any

from ._command import command
from ._wire import decode
from .errors import DoltflowError, error_of

PROTOCOL = 1
# How long, in seconds, a server has to end in good order.
_PATIENCE = 30

Progress = Callable[[dict[str, Any]], None]


class Call:
    """One request under way."""

    def __init__(self, server: Server, id: int, on_progress: Progress | None) -> None:
        self.server = server
        self.id = id
        self.on_progress = on_progress
        self.answer: Future[Any] = Future()

    def cancel(self) -> None:
        """Asks the server to stop the call; its answer then is the error ABORTED, or what was done before."""
        self.server.begin("cancel", {"call": self.id})

    def wait(self) -> Any:
        try:
            return self.answer.result()
        except KeyboardInterrupt:
            self.cancel()
            # What was begun is undone first.
            self.answer.exception(timeout=_PATIENCE)
            raise


class Scope:
    """The calls of a task that may be cancelled, also before it begins one."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._cancelled = False
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)
            if not self._cancelled:
                return
        call.cancel()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            calls = [call for call in self._calls if not call.answer.done()]
        for call in calls:
            call.cancel()


# `AsyncDatabase` sets it.
scope: contextvars.ContextVar[Scope | None] = contextvars.ContextVar("doltflow_calls", default=None)


class Server:
    """A resident process and the line to it. Safe for any number of threads."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.folder = os.getcwd()
        self._errors: IO[bytes] = tempfile.TemporaryFile()
        own_group: dict[str, Any] = (
            {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
            if os.name == "nt"
            # An interrupt at the terminal is for Python, which cancels what it asked for.
            else {"start_new_session": True}
        )
        words = [*command(), "serve", "--stdio"]
        try:
            self.process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0, **own_group
            )
        except OSError as error:
            raise DoltflowError(
                "CLI_MISSING", f"doltflow can't be started ({' '.join(words)}): {error}.", data={"command": words}
            ) from error
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._calls: dict[int, Call] = {}
        self._gone: DoltflowError | None = None
        self._greeted: Future[None] = Future()
        self._listener = threading.Thread(target=self._listen, name="doltflow", daemon=True)
        self._listener.start()
        self._greeted.result()

    @property
    def lives(self) -> bool:
        return self._gone is None

    def begin(
        self,
        verb: str,
        params: dict[str, Any],
        *,
        db: int | None = None,
        on_progress: Progress | None = None,
    ) -> Call:
        call = Call(self, next(self._ids), on_progress)
        request: dict[str, Any] = {"id": call.id, "verb": verb, "params": params}
        if db is not None:
            request["db"] = db
        line = json.dumps(request, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass") + b"\n"
        with self._lock:
            if self._gone is not None:
                raise self._gone
            self._calls[call.id] = call
            try:
                self._write(line)
            except (OSError, ValueError):
                # The listener says why.
                pass
        calls = scope.get()
        if calls is not None and verb != "cancel":
            calls.add(call)
        return call

    def call(self, verb: str, params: dict[str, Any], **how: Any) -> Any:
        return self.begin(verb, params, **how).wait()

    def end(self) -> None:
        """Ends the process in good order, when what runs is done."""
        with self._lock:
            try:
                if self.process.stdin is not None:
                    self.process.stdin.close()
            except OSError:
                pass
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._listener.join(_PATIENCE)
        self._release()

    def _release(self) -> None:
        for stream in (self.process.stdin, self.process.stdout, self._errors):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def abandon(self) -> None:
        """In a child after a fork: lets go of the parent's process, which goes on."""
        self._release()
        self.process.returncode = 0
        self._gone = DoltflowError("CLOSED", "This is the parent's process.")

    def _write(self, line: bytes) -> None:
        stdin = self.process.stdin
        if stdin is None:
            return
        left = memoryview(line)
        while left:
            left = left[stdin.write(left) :]

    def _listen(self) -> None:
        try:
            assert self.process.stdout is not None
            lines = _lines(self.process.stdout)
            greeting = decode(next(lines, b"{}"))
            if greeting.get("protocol") != PROTOCOL:
                raise self._no_server(greeting)
            self._greeted.set_result(None)
            for line in lines:
                self._hear(decode(line))
            self._fail(self._ended())
        except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
            self._fail(error if isinstance(error, DoltflowError) else self._ended(error))

    def _hear(self, answer: dict[str, Any]) -> None:
        call = self._calls.get(answer.get("id") or 0)
        if call is None:
            return
        if "progress" in answer:
            if call.on_progress is not None:
                try:
                    call.on_progress(answer["progress"])
                except BaseException as error:  # noqa: BLE001 - it is raised where the call is made
                    self._calls.pop(call.id, None)
                    call.answer.set_exception(error)
                    call.cancel()
            return
        self._calls.pop(call.id, None)
        if "error" in answer:
            call.answer.set_exception(error_of(answer["error"]))
        else:
            call.answer.set_result(answer.get("result"))

    def _fail(self, error: DoltflowError) -> None:
        with self._lock:
            self._gone = error
            calls = list(self._calls.values())
            self._calls.clear()
        for call in calls:
            call.answer.set_exception(error)
        if not self._greeted.done():
            self._greeted.set_exception(error)

    def _no_server(self, greeting: dict[str, Any]) -> DoltflowError:
        if greeting:
            return DoltflowError(
                "CLI_MISSING",
                f"doltflow {greeting.get('doltflow')} speaks protocol {greeting.get('protocol')}, and this package {PROTOCOL}. "
                "Install the same version of both.",
            )
        return self._ended()

    def _ended(self, cause: BaseException | None = None) -> DoltflowError:
        try:
            status: Any = self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            status = "still running"
        self._errors.seek(0)
        said = self._errors.read()[-2000:].decode("utf-8", "replace").strip()
        if threading.current_thread() is self._listener:
            self._release()
        how = f"signal {-status}" if isinstance(status, int) and status < 0 else f"status {status}"
        return DoltflowError(
            "ENGINE_FAILED",
            f"The process of doltflow ended ({how}). What was begun is undone, or done to its end; the next call starts another one. "
            f"{said}{'' if cause is None else f' {cause}'}".strip(),
            data={"reason": said or how},
            retryable=True,
        )


def _lines(stream: IO[bytes]) -> Any:
    begun = b""
    while chunk := stream.read(1 << 16):
        *whole, rest = chunk.split(b"\n")
        if not whole:
            begun += rest
            continue
        yield begun + whole[0]
        yield from whole[1:]
        begun = rest


_current: Server | None = None
_starting = threading.Lock()


def server() -> Server:
    """This process's server; made if there is none, or if the last one ended."""
    global _current
    with _starting:
        if _current is None or not _current.lives or _current.pid != os.getpid():
            _current = None
            _current = Server()
        return _current


def shut_down() -> None:
    """Ends the resident process; the next call starts another one. It ends by itself with this process."""
    global _current
    with _starting:
        current, _current = _current, None
    if current is not None and current.pid == os.getpid():
        current.end()


def _after_fork() -> None:
    global _current, _starting
    _starting = threading.Lock()
    current, _current = _current, None
    if current is not None:
        current.abandon()


atexit.register(shut_down)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
