"""Nodes that are steps: what a process that runs nodes knows of those that it has begun."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from ..errors import DoltflowError
from ..results import Record

if TYPE_CHECKING:
    from ..database import Database
    from .dataset import TableDataset


class NotDone:
    """What stands for a table that a skipped node would have read or made."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}: the node is skipped, so it was neither read nor made>"


class HeldStep:
    """A step that was begun for a node, until the last of its outputs is given."""

    def __init__(self, name: str, database: Database, record: Record, tables: dict[str, str]) -> None:
        self.is_skipped = record["status"] != "begun"
        self._name = name
        self._database = database
        self._record = record
        # The tables that it makes, by their datasets.
        self._tables = tables
        self._commits = {one["input"]: one["commit"] for one in record["tables"]}
        self._given: dict[str, tuple[TableDataset, Any]] = {}
        self._lock = threading.Lock()

    def commit_of(self, dataset: TableDataset) -> str | None:
        """The commit at which the step reads an input."""
        return self._commits.get(dataset._name)

    def give(self, dataset: TableDataset, data: Any) -> None:
        """An output. With the last one, all are published as one commit."""
        with self._lock:
            self._given[self._tables[dataset._name or ""]] = dataset, data
            if len(self._given) < len(self._tables):
                return
        _held.pop(self._name, None)
        if self.is_skipped:
            return
        outputs = {table: given for table, (_, given) in self._given.items()}
        labels = {table: f"kedro:{one._name}" for table, (one, _) in self._given.items()}
        ended = self._database.end_step(self._record["execution"], outputs, labels=labels)
        for action in ended["actions"]:
            self._given[action["table"]][0].last_action = action

    def fail(self, error: BaseException) -> None:
        """Nothing of it is published."""
        _held.pop(self._name, None)
        if not self.is_skipped:
            with contextlib.suppress(DoltflowError):
                self._database.end_step(self._record["execution"], error=f"{type(error).__name__}: {error}")


_held: dict[str, HeldStep] = {}
_beginning: dict[str, threading.Lock] = {}
_lock = threading.Lock()


def held_step(node: str | None) -> HeldStep | None:
    """The step of a node, if it was begun here and isn't ended."""
    return None if node is None else _held.get(node)


def hold(node: str, step: HeldStep) -> HeldStep:
    _held[node] = step
    return step


def beginning(node: str) -> threading.Lock:
    """Of a node's inputs that are loaded by several threads, the first begins the step."""
    with _lock:
        return _beginning.setdefault(node, threading.Lock())


def fail_all(error: BaseException) -> None:
    """Ends what was begun and can't be ended otherwise."""
    for step in list(_held.values()):
        step.fail(error)
