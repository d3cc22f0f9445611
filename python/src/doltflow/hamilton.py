"""Hamilton: a node with a tag `key` is a table, and a step: it is done only if it must be.

from doltflow.hamilton import Tables

driver.Builder().with_modules(nodes).with_adapters(Tables("pipeline.db")).build()
"""

from __future__ import annotations

import inspect
import os
import uuid
from collections.abc import Callable
from typing import Any

from hamilton.lifecycle import NodeExecutionMethod

from ._code import code_of
from .database import Database
from .options import StrPath

__all__ = ["Handle", "Tables"]


class Handle(dict[str, Any]):
    """What goes from node to node, and is given for a node that is asked for: its table, at its commit."""


class Tables(NodeExecutionMethod):  # type: ignore[misc]
    """Makes a step of each node that is tagged with a `key` and reads tables. A frame is loaded only for a node that is done.

    `@tag(key="id")` is the key of the node's table; several columns are parted by commas. `columns` names those that count of what
    it reads. A node with a key that reads no table is a source: it is read each time, and the same data makes no commit.

    Args:
        db: a path or URL. Default: DOLTFLOW_DB, else the nearest doltflow.db.
        run: the run's id. Default: DOLTFLOW_RUN, else one that is made.
    """

    def __init__(self, db: StrPath | None = None, run: str | None = None) -> None:
        self.db = Database(db)
        self.run = run or os.environ.get("DOLTFLOW_RUN") or str(uuid.uuid4())

    def run_to_execute_node(
        self,
        *,
        node_name: str,
        node_tags: dict[str, Any],
        node_callable: Callable[..., Any],
        node_kwargs: dict[str, Any],
        **_: Any,
    ) -> Any:
        handles = {name: value for name, value in node_kwargs.items() if isinstance(value, Handle)}
        place: dict[str, Any] = {"run": self.run, "step": node_name}

        def work(*_: Any) -> Any:
            frames = {name: self.db.load(one["table"], at=one["commit"], **place) for name, one in handles.items()}
            return node_callable(**{**node_kwargs, **frames})

        if "key" not in node_tags:
            return work()
        key = _listed(node_tags["key"])
        if not handles:
            self.db.save(node_name, work(), key=key, source=f"hamilton:{node_name}", **place)
        else:
            columns = {"columns": _listed(node_tags["columns"])} if "columns" in node_tags else {}
            self.db.step(
                node_name,
                lambda _: {node_name: work()},
                inputs={one["table"]: columns for one in handles.values()},  # type: ignore[misc]
                outputs={node_name: {"key": key}},
                params={name: value for name, value in node_kwargs.items() if name not in handles},
                code=[f"{name}={hash}" for name, hash in code_of(inspect.unwrap(node_callable)).items()],
                run=self.run,
            )
        return Handle(self.db.pin(node_name))


def _listed(tag: str | list[str]) -> list[str]:
    return tag.split(",") if isinstance(tag, str) else list(tag)
