"""What a run of Kedro tells its datasets, in whatever thread or process they are."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from typing import Any

# The node that loads or saves right now. Workers of a ParallelRunner call the hooks, too, each in its own process.
node_name: contextvars.ContextVar[str | None] = contextvars.ContextVar("doltflow_kedro_node", default=None)


def datasets_of(catalog: Any, names: set[str]) -> Iterator[tuple[str, Any]]:
    """The catalog's datasets of these names, those that a factory makes, too."""
    for name in sorted(names):
        if name.startswith("params:") or name == "parameters":
            continue
        yield name, dataset_of(catalog, name)


def dataset_of(catalog: Any, name: str) -> Any:
    """A dataset of the catalog; of one that wraps another, such as CachedDataset, that one."""
    dataset = entry_of(catalog, name)
    inner = getattr(dataset, "_dataset", None)
    return dataset if inner is None else inner


def entry_of(catalog: Any, name: str) -> Any:
    """A dataset as the catalog has it; None for one that Kedro keeps in memory and that isn't there yet."""
    try:
        if hasattr(catalog, "get") and hasattr(catalog, "__getitem__"):
            return catalog.get(name)
        return catalog._get_dataset(name)
    except Exception:  # noqa: BLE001 - there is none
        return None


def run_id_of(run_params: dict[str, Any]) -> str | None:
    """Kedro's own name of the run."""
    run = run_params.get("run_id") or run_params.get("session_id")
    return None if run is None else str(run)


def runtime_params_of(run_params: dict[str, Any]) -> dict[str, Any]:
    """What `--params` says."""
    return dict(run_params.get("runtime_params") or run_params.get("extra_params") or {})
