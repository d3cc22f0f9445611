"""The options of the verbs: the library's words in snake_case, with the same defaults (docs/api.md tells of each)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, Union

from .results import Action

StrPath = Union[str, "os.PathLike[str]"]
Value = Union[None, str, int, float, bool, bytes]
ConflictRule = Literal["fail", "ours", "theirs", "base", "newest", "sum"]
ConflictPolicy = Union[Literal["fail", "ours", "theirs"], Mapping[str, Union[ConflictRule, Mapping[str, ConflictRule]]]]
Sink = Callable[[Action], Any]

# `from` is a word of Python, so both plans are made by dict or {}: {"from": "c2", "merge_to": "main"}.
BranchPlan = Union[str, Mapping[str, str]]


class ActionOptions(TypedDict, total=False):
    id: str
    run: str
    step: str
    author: str
    data: Any


class _ReadLimits(TypedDict, total=False):
    timeout: int
    max_rows: int
    max_memory: int


class LoadOptions(ActionOptions, _ReadLimits, total=False):
    at: str
    branch: str
    format: str
    text: Mapping[str, Any]
    sheet: str
    source: str
    types: Mapping[str, str]
    if_changed: bool
    in_process: bool
    remote: str


class RowsOptions(ActionOptions, _ReadLimits, total=False):
    at: str
    branch: str


class TableOptions(TypedDict, total=False):
    key: str | Sequence[str] | None
    schema: Literal["evolve", "replace", "strict"]
    mode: Literal["replace", "append", "upsert"]
    format: str
    text: Mapping[str, Any]
    sheet: str | int
    types: Mapping[str, str]
    declared: Mapping[str, str]
    rename: Mapping[str, str]
    source: str
    allow_empty: bool
    in_process: bool


class SaveOptions(ActionOptions, TableOptions, total=False):
    branch: BranchPlan
    no_merge: bool
    on_head: bool
    on_repeat: Literal["refuse", "first"]
    on_conflict: ConflictPolicy
    message: str
    remote: str
    check: str | Sequence[str]
    dry_run: bool


class SaveAllOptions(SaveOptions, total=False):
    tables: Mapping[str, TableOptions]


class UndoOptions(ActionOptions, total=False):
    branch: str
    message: str
    on_conflict: ConflictPolicy
    dry_run: bool


class MergeOptions(ActionOptions, total=False):
    override: str | Sequence[str]
    reason: str
    into: str
    on_conflict: ConflictPolicy
    resolve: str | Sequence[Mapping[str, Any]]
    no_fast_forward: bool
    message: str


class PublishOptions(TypedDict, total=False):
    on_conflict: ConflictPolicy
    message: str
    remote: str


class EndRunOptions(PublishOptions, total=False):
    error: str


class RunOptions(PublishOptions, total=False):
    id: str
    into: str
    resume: bool
    author: str
    command: Sequence[str]
    params: Mapping[str, Any]
    data: Any


class StepInput(TypedDict, total=False):
    table: str
    at: str
    columns: Sequence[str]
    changes: bool | Literal["before"]


class StepOptions(TypedDict, total=False):
    inputs: Sequence[str] | Mapping[str, StepInput]
    files: Sequence[str]
    outputs: Sequence[str] | Mapping[str, TableOptions]
    out_files: Sequence[str]
    params: Mapping[str, Any]
    code: Sequence[str]
    force: bool
    branch: str
    message: str
    command: Sequence[str]
    run: str
    author: str
    data: Any


class ChangesOptions(TypedDict, total=False):
    since: str
    at: str
    branch: str
    before: bool


class ActionFilter(TypedDict, total=False):
    run: str
    table: str
    commit: str
    from_: str
    to: str
