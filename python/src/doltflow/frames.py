"""Frames of pandas, polars and pyarrow, and rows, as the files that cross to doltflow."""

from __future__ import annotations

import decimal
import importlib
import importlib.util
import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from ._wire import encode
from .errors import DoltflowError, UsageError

FrameKind = Literal["pandas", "polars", "pyarrow", "rows"]
KINDS: tuple[FrameKind, ...] = ("pandas", "polars", "pyarrow", "rows")

_folders: dict[int, tempfile.TemporaryDirectory[str]] = {}
_making = threading.Lock()


def frame_kind(wanted: FrameKind | None) -> FrameKind:
    """The kind of frame that is given: the wanted one, else the first of pandas, polars and pyarrow that is installed."""
    if wanted is None:
        for kind in KINDS[:-1]:
            if kind in sys.modules or _is_installed(kind):
                return kind
        return "rows"
    if wanted not in KINDS:
        raise UsageError(
            "OPTION_INVALID",
            f"The option frame is {wanted!r}: it must be one of {', '.join(KINDS)}.",
            data={"option": "frame"},
        )
    return wanted


def read_frame(path: Path, kind: FrameKind) -> Any:
    """The frame in an Arrow file (of JSON lines: the rows)."""
    if kind == "rows":
        with open(path, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    if kind == "polars":
        # An open file is read, and not mapped: it is removed after.
        with open(path, "rb") as file:
            return _need("polars").read_ipc(file)
    arrow = _need("pyarrow", of=kind)
    # The file is removed when it is read, so its memory is the table's own.
    with arrow.OSFile(str(path), "rb") as source, arrow.ipc.open_file(source) as reader:
        table = reader.read_all()
    return table.to_pandas() if kind == "pandas" else table


def suffix_of(kind: FrameKind) -> str:
    return ".jsonl" if kind == "rows" else ".arrow"


def write_source(source: Any, path: Path) -> tuple[Path, dict[str, Any]] | None:
    """Writes a frame or rows to a file beside `path`, with the suffix of its format; None for what is neither.

    Gives also the options that say what the file can't.
    """
    root = type(source).__module__.split(".")[0]
    if root == "polars":
        polars = _need("polars")
        if isinstance(source, polars.LazyFrame):
            source = source.collect()
        if isinstance(source, polars.Series):
            source = source.to_frame()
        target = path.with_suffix(".arrow")
        source.write_ipc(target, compression="uncompressed")
        return target, {}
    if root == "pandas" or root == "pyarrow" or hasattr(source, "__arrow_c_stream__"):
        target = path.with_suffix(".arrow")
        table = _arrow_table(source, root)
        arrow = _need("pyarrow", of=root)
        with arrow.OSFile(str(target), "wb") as sink, arrow.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        return target, {}
    if isinstance(source, (str, bytes, Mapping)) or hasattr(source, "__fspath__") or not isinstance(source, Iterable):
        return None
    return _write_rows(source, path.with_suffix(".jsonl"))


def _arrow_table(source: Any, root: str) -> Any:
    arrow = _need("pyarrow", of=root)
    if root == "pandas":
        if not hasattr(source, "columns"):
            source = source.to_frame()
        # What numbers the rows, such as what is left of it when some were left out, is no data.
        has_name = any(name is not None for name in source.index.names)
        return arrow.Table.from_pandas(source, preserve_index=has_name)
    if isinstance(source, arrow.Table):
        return source
    if isinstance(source, arrow.RecordBatch):
        return arrow.Table.from_batches([source])
    if isinstance(source, arrow.RecordBatchReader):
        return source.read_all()
    return arrow.table(source)


def _write_rows(rows: Iterable[Any], path: Path) -> tuple[Path, dict[str, Any]]:
    """Rows as JSON lines. Columns of floats are told, since a number in JSON is of no kind."""
    # Of each column whether there is a float; None if something else is there, too.
    reals: dict[str, bool | None] = {}
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            if not isinstance(row, Mapping):
                raise UsageError(
                    "USAGE",
                    f"A save reads a frame, a path, or rows that are mappings, and a row is {type(row).__name__}.",
                )
            cells = ", ".join(f"{json.dumps(str(name))}: {_in_json(cell)}" for name, cell in row.items())
            for name, cell in row.items():
                before = reals.setdefault(str(name), False)
                if cell is not None and before is not None:
                    reals[str(name)] = _with_real(before, cell)
            file.write(f"{{{cells}}}\n")
    declared = {name: "real" for name, is_real in reals.items() if is_real}
    return path, ({"declared": declared} if declared else {})


def _with_real(before: bool, cell: Any) -> bool | None:
    """Whole numbers among floats are floats, as in a frame."""
    if hasattr(cell, "item") and not isinstance(cell, (float, int)):
        cell = cell.item()
    if isinstance(cell, float):
        return True
    return before if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) <= 2**53 else None


def _in_json(cell: Any) -> str:
    plain = _plain(cell)
    return real_text(plain) if isinstance(plain, float) else json.dumps(plain, ensure_ascii=False)


def real_text(value: float) -> str:
    """A number as the resident process, and so a table, spells it: `183`, `0.00001`, `1e-7`."""
    if value == 0:
        return "0"
    text = repr(value)
    digits, _, exponent = text.partition("e")
    if exponent and 1e-6 <= abs(value) < 1e21:
        digits, exponent = f"{decimal.Decimal(text):f}", ""
    return f"{digits.removesuffix('.0')}e{int(exponent):+d}" if exponent else digits.removesuffix(".0")


def _plain(cell: Any) -> Any:
    """A cell in JSON lines: numbers keep their digits there, bytes are Base64."""
    encoded = encode(cell)
    if isinstance(encoded, dict) and len(encoded) == 1:
        (tag, value), *_ = encoded.items()
        if tag == "$integer":
            return int(value)
        if tag in ("$bytes", "$real"):
            return value
    return encoded


def temporary(suffix: str) -> Path:
    """A path for a file that crosses, in a folder of this process alone."""
    with _making:
        pid = os.getpid()
        if pid not in _folders:
            # What a parent made is the parent's.
            for other in _folders.values():
                other._finalizer.detach()  # type: ignore[attr-defined]
            _folders.clear()
            _folders[pid] = tempfile.TemporaryDirectory(prefix="doltflow-python-", ignore_cleanup_errors=True)
        handle, path = tempfile.mkstemp(suffix, dir=_folders[pid].name)
    os.close(handle)
    return Path(path)


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ValueError:
        return False


def _need(name: str, *, of: str | None = None) -> Any:
    extra = of if of in ("pandas", "polars", "pyarrow") else name
    try:
        module = importlib.import_module(name)
        if name == "pyarrow":
            importlib.import_module("pyarrow.ipc")
        return module
    except ImportError as error:
        raise DoltflowError(
            "PACKAGE_MISSING",
            f'{name} is not installed, which frames{"" if of is None else f" of {of}"} cross by. Install it: pip install "doltflow[{extra}]"',
            data={"package": name},
        ) from error
