"""What a run of Kedro tells its datasets, in whatever thread or process they are."""

from __future__ import annotations

import contextvars
import json
import os
from collections.abc import Iterator
from typing import Any

# The node that loads or saves right now. Workers of a ParallelRunner call the hooks, too, each in its own process.
node_name: contextvars.ContextVar[str | None] = contextvars.ContextVar("doltflow_kedro_node", default=None)

# Forked and spawned workers have the environment of the process that runs the pipeline.
_TRANSACTION = "DOLTFLOW_KEDRO_TRANSACTION"


def begin_transaction(branch: str, into: dict[str, str]) -> None:
    """From now on, what goes to the branch of a database (by its URL) goes to `branch`."""
    os.environ[_TRANSACTION] = json.dumps({"branch": branch, "into": into})


def end_transaction() -> None:
    os.environ.pop(_TRANSACTION, None)


def transaction(url: str) -> tuple[str, str] | None:
    """The branch of the run's transaction in a database, and the one that it is merged into; None if there is none."""
    text = os.environ.get(_TRANSACTION)
    if not text:
        return None
    found = json.loads(text)
    into = found["into"].get(url)
    return None if into is None else (found["branch"], into)


def datasets_of(catalog: Any, names: set[str]) -> Iterator[tuple[str, Any]]:
    """The catalog's datasets of these names, those that a factory makes, too."""
    for name in sorted(names):
        if name.startswith(("params:", "parameters")):
            continue
        dataset = _dataset(catalog, name)
        # A dataset may be wrapped, as by CachedDataset.
        inner = getattr(dataset, "_dataset", None)
        yield name, inner if inner is not None else dataset


def _dataset(catalog: Any, name: str) -> Any:
    try:
        if hasattr(catalog, "get") and hasattr(catalog, "__getitem__"):
            return catalog.get(name)
        return catalog._get_dataset(name)
    except Exception:  # noqa: BLE001 - one that Kedro keeps in memory
        return None
