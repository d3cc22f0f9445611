"""Steps: tasks that run only if they must."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import DoltflowError
from ..results import Action, Record, Records
from .calls import Calls, named, options_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..frames import FrameKind
    from ..options import ChangesOptions, StepOptions
    from .tables import TableCalls


class StepWork:
    """What the work of a step is given: its inputs, each at the commit that it has when the step begins."""

    def __init__(self, calls: TableCalls, record: Mapping[str, Any]) -> None:
        self._calls = calls
        self.record = Record(record)
        self.causes = Records([Record(one) for one in record["causes"]])
        self.inputs = {one["input"]: Record(one) for one in record["tables"]}

    def load(self, input: str, target: Any = None, *, frame: FrameKind | None = None) -> Any:
        """An input as a frame, or in the file `target`."""
        pinned = self.inputs[input]
        return self._calls.load(pinned["table"], target, frame=frame, at=pinned["commit"], **self._recorded)

    def rows(self, input: str) -> Iterator[dict[str, Any]]:
        """An input row by row. Of one with `changes` each row has `_change`: `added`, `modified` or `removed`."""
        pinned = self.inputs[input]
        if pinned["changes"] is None:
            return self._calls.rows(pinned["table"], at=pinned["commit"], **self._recorded)
        given = {"at": pinned["commit"], "before": pinned["changes"]["before"]}
        if pinned["changes"]["since"] is not None:
            given["since"] = pinned["changes"]["since"]
        return iter(self._calls._stream("changes", {"table": pinned["table"], "options": given}))

    @property
    def _recorded(self) -> dict[str, Any]:
        """What names the step in the record of a load."""
        return named(run=self.record["run"], step=self.record["step"])


class StepCalls(Calls):
    def step(self, name: str, work: Callable[[StepWork], Any], **options: Unpack[StepOptions]) -> Record:
        """Does a step, or gives the result that it has: with the same inputs, parameters and code as before, the work is not called.

        The work is given the inputs, and gives a mapping: a frame, a path or rows for each output. They are published as one commit,
        and only if it succeeds. The record has `status` (`done` or `skipped`), `causes` (why it ran), and `of` (whose result it has).
        """
        record = self.begin_step(name, **options)
        if record["status"] != "begun":
            return record
        execution = record["execution"]
        try:
            outputs = work(StepWork(self, record))  # type: ignore[arg-type]
            # Rows of a generator are made here, and it may raise.
            return self.end_step(execution, outputs or {})
        except BaseException as error:
            with contextlib.suppress(DoltflowError):
                self.end_step(execution, error=f"{type(error).__name__}: {error}")
            raise

    def begin_step(self, name: str, **options: Unpack[StepOptions]) -> Record:
        """Begins a step that `end_step` ends, in the same process; its record is `begun`, or `skipped` if nothing is to be done."""
        return Record(self._call("beginStep", {"name": name, "options": options_of(options)}))

    def end_step(
        self,
        execution: str,
        outputs: Mapping[str, Any] | None = None,
        *,
        error: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Record:
        """Publishes the outputs of a step that was begun here; with an `error`, notes that it failed.

        `labels` is what the records call the frames, such as `kedro:companies`.
        """
        with contextlib.ExitStack() as stack:
            sources, tables = {}, {}
            for table, source in (outputs or {}).items():
                sources[table], own = stack.enter_context(self._as_source(source))  # type: ignore[attr-defined]
                if own:
                    tables[table] = {**own, **named(source=(labels or {}).get(table))}
            options = named(outputs=sources, tables=tables, error=error)
            found = self._call("endStep", {"execution": execution, "options": options})
        return Record({**found, "actions": [Action(one) for one in found["actions"]]})

    def plan_step(self, name: str, **options: Unpack[StepOptions]) -> Record:
        """What a step would do now, and why; nothing runs."""
        return Record(self._call("planStep", {"name": name, "options": options_of(options)}))

    def steps(self, *, step: str | None = None, run: str | None = None, limit: int | None = None) -> Records[Record]:
        """The executions of steps, the newest first."""
        return self._many(Record, self._call("steps", {"filter": named(step=step, run=run, limit=limit)}))

    def why(self, step: str, *, run: str | None = None) -> Record:
        """Why a step ran the last time, or in a run."""
        return Record(self._call("why", {"step": step, "options": named(run=run)}))

    def changes(self, table: str, **options: Unpack[ChangesOptions]) -> Iterator[dict[str, Any]]:
        """The rows that changed since a ref, `run:<id>` or `step:<name>`, each with `_change`; all rows if that can't be told."""
        yield from self._stream("changes", {"table": table, "options": options_of(options)})
