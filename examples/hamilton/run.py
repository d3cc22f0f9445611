"""Makes a step of each node that has a key: it is done only if a table that it reads, or its code, is another one."""

import hashlib
import inspect
import os
import uuid
from typing import Any

import nodes
from doltflow import Database
from hamilton import driver
from hamilton.lifecycle import NodeExecutionMethod


class Handle(dict[str, Any]):
    """A node's table, at its commit."""


class Tables(NodeExecutionMethod):
    def __init__(self, db: Database, run: str) -> None:
        self.db, self.run = db, run

    def run_to_execute_node(self, *, node_name, node_tags, node_callable, node_kwargs, **_):
        handles = {name: value for name, value in node_kwargs.items() if isinstance(value, Handle)}
        place = {"run": self.run, "step": node_name}

        def work(*_: Any) -> Any:
            frames = {name: self.db.load(one["table"], at=one["commit"], **place) for name, one in handles.items()}
            return node_callable(**{**node_kwargs, **frames})

        if "key" not in node_tags:
            return work()
        key = node_tags["key"].split(",")
        if not handles:  # a source is read each time; the same data makes no commit
            self.db.save(node_name, work(), key=key, **place)
        else:
            columns = {"columns": node_tags["columns"].split(",")} if "columns" in node_tags else {}
            self.db.step(
                node_name,
                lambda _: {node_name: work()},
                inputs={one["table"]: columns for one in handles.values()},
                outputs={node_name: {"key": key}},
                params={name: value for name, value in node_kwargs.items() if name not in handles},
                code=[hashlib.sha256(inspect.getsource(node_callable).encode()).hexdigest()],
                run=self.run,
            )
        return Handle(self.db.pin(node_name))


def build(run: str) -> driver.Driver:
    tables = Tables(Database("doltflow.db"), run)
    return driver.Builder().with_modules(nodes).with_adapters(tables).build()


if __name__ == "__main__":
    run = os.environ.get("DOLTFLOW_RUN") or str(uuid.uuid4())
    found = build(run).execute(["kinds", "wettest"], inputs={"source": "seattle-weather.csv"})
    print(found["wettest"], found["kinds"]["rows"], "run", run)
