"""A run of Kedro as one transaction."""

from __future__ import annotations

import sys
from typing import Any

from kedro.framework.hooks import hook_impl

from ..database import Database
from ..errors import UsageError
from .context import datasets_of, run_id_of, runtime_params_of
from .dataset import TableDataset


class OneTransaction:
    """Lets all tables of a run of Kedro land together, or none: it is a run of doltflow, with Kedro's id.

    It works on the branch `run/<id>`; nobody else sees its tables until it is done. Then one merge commit brings them all. A failed or
    killed run leaves its target as it was: `doltflow runs` knows it, and `doltflow run resume`, `publish` or `drop` finishes it. Under
    `doltflow run -- kedro run` that run is the transaction, and none is begun here.
    """

    def __init__(self) -> None:
        self._begun: dict[str, list[Database]] = {}

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        datasets = {name: one for name, one in datasets_of(catalog, set(pipeline.datasets())) if _is_table(one)}
        _leave(datasets)
        run = run_id_of(run_params)
        if run is None:
            return
        begun = self._begun[run] = []
        for url in sorted({one._database.url for one in datasets.values()}):
            own = {name: one for name, one in datasets.items() if one._database.url == url}
            database = next(iter(own.values()))._database
            if database.into is not None:
                continue
            into = _target_of({name: one for name, one in own.items() if name in _made(pipeline)})
            database.init()
            info = database.begin_run(
                id=run,
                into=into or database.default_branch,
                command=["kedro", *sys.argv[1:]] if sys.argv[1:2] == ["run"] else None,
                params=runtime_params_of(run_params),
                data={"kedro": run_params.get("kedro_version"), "pipeline": run_params.get("pipeline_name")},
            )
            begun.append(database)
            for one in own.values():
                one._transaction = {"branch": info["branch"], "run": info["id"], "into": info["into"]}

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        _leave(dict(datasets_of(catalog, set(pipeline.datasets()))))
        run = run_id_of(run_params)
        for database in self._begun.pop(run or "", []):
            database.end_run(run or "", message=f"kedro run {run}")

    @hook_impl
    def on_pipeline_error(self, error: Exception, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        _leave(dict(datasets_of(catalog, set(pipeline.datasets()))))
        run = run_id_of(run_params)
        for database in self._begun.pop(run or "", []):
            database.end_run(run or "", error=f"{type(error).__name__}: {error}")


def _is_table(dataset: Any) -> bool:
    return isinstance(dataset, TableDataset)


def _made(pipeline: Any) -> set[str]:
    return {name for node in pipeline.nodes for name in node.outputs}


def _leave(datasets: dict[str, Any]) -> None:
    for dataset in datasets.values():
        if _is_table(dataset):
            dataset._transaction = None


def _target_of(outputs: dict[str, TableDataset]) -> str | None:
    """The branch that all of them are saved to."""
    targets = {one._target: name for name, one in outputs.items()}
    if len(targets) > 1:
        said = ", ".join(f"{name} to {branch}" for branch, name in sorted(targets.items()))
        raise UsageError(
            "OPTION_INVALID",
            f"A run is one transaction on one branch, and its tables are saved to several: {said}. "
            "Give them one branch in catalog.yml, or leave one_transaction out of HOOKS.",
            data={"branches": sorted(targets)},
        )
    return next(iter(targets), None)


one_transaction = OneTransaction()
