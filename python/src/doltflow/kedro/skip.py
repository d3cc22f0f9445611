"""Nodes that run only if they must."""

from __future__ import annotations

import functools
import inspect
import json
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

from kedro.framework import project
from kedro.framework.hooks import hook_impl

from .._api.calls import named
from .._code import code_of
from .context import entry_of
from .dataset import TableDataset
from .held import HeldStep, NotDone, beginning, fail_all, held_step, hold

# Kedro shows what its own loggers say.
_log = logging.getLogger("kedro.doltflow")

# How a step saves an output; what else a save can be told has no place there.
_OUTPUT_WORDS = frozenset(["key", "schema", "mode", "types", "rename", "allow_empty"])


class SkipUnchanged:
    """Lets each node that makes tables alone be a step of doltflow: one whose inputs, parameters and code are as they were is skipped.

    The node's function is replaced by one that knows the step; Kedro has that for hooks. Neither are a skipped node's tables read, nor
    are its outputs saved: doltflow gives them back by reference.
    """

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        _restore(pipeline)
        for node in pipeline.nodes:
            name = node.name
            reason, step = _step_of(node, catalog)
            if step is None:
                _log.debug("Node %s runs in any case: %s", name, reason)
                continue
            func, node.func = node.func, step
            if node.name != name:
                node.func = func

    @hook_impl
    def before_dataset_loaded(self, dataset_name: str, node: Any) -> None:
        if isinstance(node.func, NodeStep):
            node.func.begin()

    @hook_impl
    def on_node_error(self, error: Exception, node: Any) -> None:
        held = held_step(node.name)
        if held is not None:
            held.fail(error)

    @hook_impl
    def after_pipeline_run(self, pipeline: Any) -> None:
        _restore(pipeline)

    @hook_impl
    def on_pipeline_error(self, error: Exception, pipeline: Any) -> None:
        fail_all(error)
        _restore(pipeline)


class NodeStep:
    """A node's function, which is called only if it must be."""

    def __init__(self, node: Any, tables: dict[str, TableDataset], files: dict[str, Any], params: dict[str, Any]) -> None:
        functools.update_wrapper(self, node.func)
        self._func = node.func
        self._node = node.name
        self._returns = node._outputs
        self._inputs = {name: tables[name] for name in node.inputs if name in tables}
        self._outputs = {name: tables[name] for name in node.outputs}
        self._files = files
        self._params = params

    @property
    def func(self) -> Callable[..., Any]:
        func: Callable[..., Any] = self._func
        return func

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        held = self.begin()
        if held is None or not held.is_skipped:
            return self._func(*args, **kwargs)
        if isinstance(self._returns, str):
            return NotDone(self._returns)
        if isinstance(self._returns, Mapping):
            return {key: NotDone(name) for key, name in self._returns.items()}
        return [NotDone(name) for name in self._returns]

    def begin(self) -> HeldStep | None:
        """The step of this execution of the node; None if a file that it reads can't be looked at."""
        with beginning(self._node):
            held = held_step(self._node)
            if held is not None:
                return held
            files = [_path_of(dataset) for dataset in self._files.values()]
            given = [value for value in self._params.values() if isinstance(value, str) and os.path.isfile(value)]
            if not all(os.path.isfile(path) for path in files):
                return None
            first = next(iter(self._outputs.values()))
            database = first._database
            code = code_of(self._func, project.PACKAGE_NAME)
            options: dict[str, Any] = {
                "inputs": {name: named(table=one._table, at=_at(one, first)) for name, one in self._inputs.items()},
                "outputs": {one._table: one._save_args for one in self._outputs.values()},
                "files": [database._path(path) for path in [*files, *given]],
                "params": self._params,
                "code": [f"{name}={hash}" for name, hash in code.items()],
                "branch": None if database.into is not None else first._target,
                **first._recorded(None),
            }
            record = database.begin_step(self._node, **options)
            tables = {name: one._table for name, one in self._outputs.items()}
            held = hold(self._node, HeldStep(self._node, database, record, tables))
            if held.is_skipped:
                _log.info("Skipped node %s: nothing that it depends on has changed since %s.", self._node, record["of"]["at"])
            else:
                _log.info("Node %s runs: %s.", self._node, "; ".join(cause["text"] for cause in record["causes"]))
            return held


def _restore(pipeline: Any) -> None:
    for node in pipeline.nodes:
        if isinstance(node.func, NodeStep):
            node.func = node.func.func


def _step_of(node: Any, catalog: Any) -> tuple[str, NodeStep | None]:
    """The step that a node is; or why it is none, and runs in any case."""
    if inspect.isgeneratorfunction(inspect.unwrap(node.func)):
        return "it gives its tables in chunks", None
    if not node.outputs:
        return "it makes no table", None
    tables: dict[str, TableDataset] = {}
    files: dict[str, Any] = {}
    # Which argument is which, and what of the catalog's words decides what is read and made.
    params: dict[str, Any] = {"node": {"inputs": node._inputs, "outputs": node._outputs}}
    for name in [*node.inputs, *node.outputs]:
        dataset = entry_of(catalog, name)
        if name in getattr(catalog, "validator_specs", {}):
            return f"{name} has a validator, which must see it", None
        if isinstance(dataset, TableDataset):
            tables[name] = dataset
            words = dataset._load_args if name in node.inputs else dataset._save_args
            if words:
                params[f"{name}, {'load' if name in node.inputs else 'save'}_args"] = words
        elif name in node.outputs:
            return f"its output {name} is no table of doltflow", None
        elif name.startswith("params:") or name == "parameters":
            params[name.removeprefix("params:")] = dataset.load() if dataset is not None else None
        elif getattr(dataset, "_filepath", None) is not None and getattr(dataset, "_protocol", "file") in ("file", ""):
            files[name] = dataset
            words = {word: value for word, value in dataset._describe().items() if word not in ("filepath", "version")}
            params[f"{name}, described"] = json.loads(json.dumps(words, default=repr))
        else:
            return f"its input {name} is neither a table of doltflow, nor a file, nor a parameter", None
    outputs = [tables[name] for name in node.outputs]
    if len({one._table for one in outputs}) < len(outputs):
        return "it makes a table twice", None
    if len({one._database.url for one in tables.values()}) > 1 or len({one._target for one in outputs}) > 1:
        return "its tables are on several branches or in several databases", None
    if any(not isinstance(one._plan(), (str, type(None))) or set(one._save_args) - _OUTPUT_WORDS for one in outputs):
        return "it is told how to save its tables", None
    try:
        json.dumps(params)
    except (TypeError, ValueError):
        return "a parameter is no plain data", None
    return "", NodeStep(node, tables, files, params)


def _path_of(dataset: Any) -> str:
    path = dataset._get_load_path() if getattr(dataset, "_version", None) else dataset._filepath
    return os.path.relpath(str(path))


def _at(dataset: TableDataset, output: TableDataset) -> str | None:
    """Which version of an input is read; None for the head of the step's own branch."""
    if dataset._ref is not None:
        return dataset._ref
    if dataset._database.into is not None:
        return dataset._reading_branch().get("branch")
    return None if dataset._target == output._target else dataset._target


skip_unchanged = SkipUnchanged()
