"""The decorator of a step."""

from __future__ import annotations

from typing import Any

from metaflow import UserStepDecorator, current

from ..errors import UsageError
from ..frames import KINDS
from .card import show
from .step import StepTables

# The step's record, an artifact.
RECORD = "doltflow"
_ATTRIBUTE = "tables"
_OPTIONS = ("db", "branch", "at", "frame", "on_conflict", "on_repeat", "author", "message")


class Tables(UserStepDecorator):  # type: ignore[misc]
    """Gives a step `self.tables`, to read and write tables. What it writes is one commit, if the step succeeds; else nothing.

    Options, as `@tables(db="pipeline.db")`; without any, `@tables`:

    - `db`: a path or URL. Default: DOLTFLOW_DB, else the nearest doltflow.db.
    - `branch`: what is read and written. Default: DOLTFLOW_BRANCH, else main.
    - `at`: what is read: a branch, tag, commit, date or `run:<id>`. Default: the branch. It is looked up once, by the first read.
    - `frame`: pandas, polars, pyarrow or rows. Default: the first that is installed.
    - `on_conflict`, `message`, `author`: as `Database.save` has them.
    - `on_repeat`: `first` if a retry of a step that has saved already may bring other rows: what the first try saved then stays.
      Default: ID_TAKEN, an error.

    The step's artifact `doltflow` tells what was read and written. A step that has a `@card` shows each table's diff in it.
    """

    _decorator_name = "doltflow.metaflow.tables"

    def init(self, *args: Any, **options: Any) -> None:
        unknown = sorted(set(options) - set(_OPTIONS))
        if unknown:
            raise UsageError(
                "OPTION_INVALID",
                f"@tables knows no {', '.join(unknown)}; it has {', '.join(_OPTIONS)}.",
                data={"options": unknown},
            )
        if options.get("frame") not in (None, *KINDS):
            raise UsageError(
                "OPTION_INVALID",
                f"The option frame of @tables is {options['frame']!r}: it must be one of {', '.join(KINDS)}.",
                data={"option": "frame"},
            )
        if options.get("on_repeat") not in (None, "refuse", "first"):
            raise UsageError(
                "OPTION_INVALID",
                f"The option on_repeat of @tables is {options['on_repeat']!r}: it must be refuse or first.",
                data={"option": "on_repeat"},
            )
        self._options = options

    def pre_step(self, step_name: str, flow: Any, inputs: Any = None) -> None:
        if hasattr(flow, _ATTRIBUTE):
            raise UsageError(
                "NAME_RESERVED",
                f"The flow {current.flow_name} has an artifact {_ATTRIBUTE} of its own, and @tables gives the step {step_name} "
                f"self.{_ATTRIBUTE}. Give the artifact another name.",
            )
        self._tables = StepTables(**self._options)
        setattr(flow, _ATTRIBUTE, self._tables)
        # A join's `merge_artifacts` leaves alone what is there.
        setattr(flow, RECORD, self._tables.record())

    def post_step(self, step_name: str, flow: Any, exception: Exception | None = None) -> Any:
        try:
            if exception is None:
                self._tables.save()
                show(self._tables)
        finally:
            # A flow's artifacts are pickled.
            delattr(flow, _ATTRIBUTE)
            setattr(flow, RECORD, self._tables.record())
            self._tables.close()
        return exception, None


tables = Tables
