"""A run of Kedro as one transaction."""

from __future__ import annotations

from typing import Any

from kedro.framework.hooks import hook_impl

from ..database import Database
from .context import begin_transaction, datasets_of, end_transaction
from .dataset import TableDataset


class OneTransaction:
    """Lets all tables of a run land together, or none.

    The run works on a branch of its own, `kedro-run/<id>`, made at the head of the default branch; nobody else sees its tables
    until it is done. Then one merge brings them all. A failed or killed run leaves the default branch as it was, and its work on
    that branch; a conflict with what others saved meanwhile is raised, and moves nothing.
    """

    def __init__(self) -> None:
        self._databases: dict[str, Database] = {}

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        end_transaction()
        branch = _branch(run_params)
        self._databases = {}
        for _, dataset in datasets_of(catalog, set(pipeline.datasets())):
            if isinstance(dataset, TableDataset):
                self._databases.setdefault(dataset._database.url, dataset._database)
        for database in self._databases.values():
            database.init()
            database.create_branch(branch, database.default_branch)
        begin_transaction(branch, {url: database.default_branch for url, database in self._databases.items()})

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        branch = _branch(run_params)
        end_transaction()
        for database in self._databases.values():
            into = database.default_branch
            if database.resolve(branch) != database.resolve(into):
                run = branch.partition("/")[2]
                database.merge(branch, into=into, no_fast_forward=True, message=f"kedro run {run}", run=run)
            database.delete_branch(branch)

    @hook_impl
    def on_pipeline_error(self) -> None:
        end_transaction()


def _branch(run_params: dict[str, Any]) -> str:
    run = run_params.get("run_id") or run_params.get("session_id")
    return f"kedro-run/{run}"


one_transaction = OneTransaction()
