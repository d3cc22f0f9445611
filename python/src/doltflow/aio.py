"""The same database for asyncio: every call is awaited, and may be cancelled."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ._server import Scope, scope
from .database import Database

if TYPE_CHECKING:
    from typing import Concatenate

    from typing_extensions import ParamSpec, Self, Unpack

    from .options import ChangesOptions, RowsOptions

    P = ParamSpec("P")
R = TypeVar("R")
_END: Any = object()


def _awaited(
    method: Callable[Concatenate[Database, P], R],
) -> Callable[Concatenate[AsyncDatabase, P], Coroutine[Any, Any, R]]:
    @functools.wraps(method)
    async def call(self: AsyncDatabase, /, *words: P.args, **options: P.kwargs) -> R:
        return await in_thread(functools.partial(method, self._database, *words, **options))

    return call


async def in_thread(work: Callable[[], R]) -> R:
    """Does work of the synchronous kind. If the task is cancelled, so are the calls that run."""
    calls = Scope()
    token = scope.set(calls)
    # The task has a copy of the context, and its thread, too.
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        calls.cancel()
        # What was begun is undone first; its error is not this task's.
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()
        raise
    finally:
        scope.reset(token)


class AsyncDatabase:
    """A `Database` whose calls are awaited. A cancelled task stops its calls; nothing is half done then."""

    def __init__(self, *words: Any, **options: Any) -> None:
        self._database = Database(*words, **options)

    def __repr__(self) -> str:
        return f"Async{self._database!r}"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def url(self) -> str:
        return self._database.url

    @property
    def default_branch(self) -> str:
        """Where loads read and saves go that name no branch."""
        return self._database.default_branch

    load = _awaited(Database.load)
    sql = _awaited(Database.sql)
    save = _awaited(Database.save)
    save_all = _awaited(Database.save_all)
    load_all = _awaited(Database.load_all)
    pin = _awaited(Database.pin)
    unpin = _awaited(Database.unpin)
    pin_file = _awaited(Database.pin_file)
    check_pin = _awaited(Database.check_pin)
    tables = _awaited(Database.tables)
    schema = _awaited(Database.schema)
    row_count = _awaited(Database.row_count)
    log = _awaited(Database.log)
    show = _awaited(Database.show)
    resolve = _awaited(Database.resolve)
    diff_counts = _awaited(Database.diff_counts)
    review = _awaited(Database.review)
    conflicts = _awaited(Database.conflicts)
    set_rules = _awaited(Database.set_rules)
    rules = _awaited(Database.rules)
    changed_tables = _awaited(Database.changed_tables)
    blame = _awaited(Database.blame)
    row_history = _awaited(Database.row_history)
    actions = _awaited(Database.actions)
    run = _awaited(Database.run)
    add_check = _awaited(Database.add_check)
    remove_check = _awaited(Database.remove_check)
    checks = _awaited(Database.checks)
    run_checks = _awaited(Database.run_checks)
    trace = _awaited(Database.trace)
    recall = _awaited(Database.recall)
    lineage = _awaited(Database.lineage)
    plan = _awaited(Database.plan)
    step = _awaited(Database.step)
    begin_step = _awaited(Database.begin_step)
    end_step = _awaited(Database.end_step)
    plan_step = _awaited(Database.plan_step)
    steps = _awaited(Database.steps)
    why = _awaited(Database.why)
    begin_run = _awaited(Database.begin_run)
    end_run = _awaited(Database.end_run)
    runs = _awaited(Database.runs)
    show_run = _awaited(Database.show_run)
    publish_run = _awaited(Database.publish_run)
    drop_run = _awaited(Database.drop_run)
    branches = _awaited(Database.branches)
    create_branch = _awaited(Database.create_branch)
    branch = create_branch
    delete_branch = _awaited(Database.delete_branch)
    tags = _awaited(Database.tags)
    create_tag = _awaited(Database.create_tag)
    tag = create_tag
    delete_tag = _awaited(Database.delete_tag)
    merge = _awaited(Database.merge)
    restore = _awaited(Database.restore)
    restore_all = _awaited(Database.restore_all)
    revert = _awaited(Database.revert)
    delete_rows = _awaited(Database.delete_rows)
    drop = _awaited(Database.drop)
    remotes = _awaited(Database.remotes)
    add_remote = _awaited(Database.add_remote)
    remove_remote = _awaited(Database.remove_remote)
    pull = _awaited(Database.pull)
    push = _awaited(Database.push)
    init = _awaited(Database.init)
    status = _awaited(Database.status)
    gc = _awaited(Database.gc)
    close = _awaited(Database.close)

    async def rows(
        self, what: str | Mapping[str, Any], **options: Unpack[RowsOptions]
    ) -> AsyncIterator[dict[str, Any]]:
        """The rows of a table or a query one by one, fetched in parts."""
        async for row in _one_by_one(self._database.rows(what, **options)):
            yield row

    async def diff(self, table: str, from_: str | None = None, to: str | None = None) -> AsyncIterator[Any]:
        """The rows that differ between two refs, one by one."""
        async for row in _one_by_one(iter(self._database.diff(table, from_, to))):
            yield row

    async def changes(self, table: str, **options: Unpack[ChangesOptions]) -> AsyncIterator[dict[str, Any]]:
        """The rows that changed, one by one."""
        async for row in _one_by_one(self._database.changes(table, **options)):
            yield row


async def _one_by_one(values: Iterator[R]) -> AsyncIterator[R]:
    part = functools.partial(_part, values)
    try:
        while found := await in_thread(part):
            for value in found:
                yield value
    finally:
        close = getattr(values, "close", None)
        if close is not None:
            await in_thread(close)


def _part(values: Iterator[R]) -> list[R]:
    """As many as are fetched at once, or fewer."""
    found: list[R] = []
    for value in values:
        found.append(value)
        if len(found) == 500:
            break
    return found
