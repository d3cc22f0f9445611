"""Tell each dataset which node and run it works for. Kedro finds them by the entry point `kedro.hooks`."""

from __future__ import annotations

import inspect
from typing import Any

from kedro.framework.hooks import hook_impl

from ..errors import UsageError
from .context import datasets_of, node_name, runtime_params_of
from .dataset import TableDataset

# `kedro run --params load_run=ID` loads what the pipeline reads as that run had it.
LOAD_RUN = "load_run"


class Hooks:
    """The hooks that Kedro has in 0.19 and 1.x alike."""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        for name, dataset in datasets_of(catalog, set(pipeline.datasets())):
            if isinstance(dataset, TableDataset):
                dataset._name = name
                dataset._run_ref = None
        # An output has one node. With `--async` it is saved in another thread than its hook.
        for node in pipeline.nodes:
            chunks = inspect.isgeneratorfunction(inspect.unwrap(node.func))
            for name, dataset in datasets_of(catalog, set(node.outputs)):
                if not isinstance(dataset, TableDataset):
                    continue
                dataset._step = node.name
                if chunks and dataset._save_args.get("mode", "replace") == "replace":
                    raise UsageError(
                        "OPTION_INVALID",
                        f"Node {node.name} gives {name} in chunks, and each would replace the one before. "
                        "In catalog.yml, give the dataset save_args: {mode: append}, or upsert.",
                        data={"dataset": name},
                    )
        run = runtime_params_of(run_params).get(LOAD_RUN)
        if run is not None:
            for _, dataset in datasets_of(catalog, set(pipeline.inputs())):
                if isinstance(dataset, TableDataset):
                    dataset._run_ref = f"run:{str(run).removeprefix('run:')}"

    @hook_impl
    def before_dataset_loaded(self, dataset_name: str, node: Any) -> None:
        node_name.set(node.name)

    @hook_impl
    def before_dataset_saved(self, dataset_name: str, data: Any, node: Any) -> None:
        node_name.set(node.name)


hooks = Hooks()
