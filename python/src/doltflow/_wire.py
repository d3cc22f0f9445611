"""What Python's values are in the lines of ``doltflow serve``, and back."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
import re
from collections.abc import Mapping
from typing import Any

# What JSON's readers in JavaScript hold without rounding.
_SAFE = 2**53 - 1
# What is below these names is the user's own, or named by a table's columns.
_OPAQUE = frozenset(
    ["data", "parameters", "key", "before", "after", "base", "ours", "theirs", "rows", "trailers", "params", "types"]
)


def encode(value: Any) -> Any:
    """A value as JSON can say it."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return value if -_SAFE <= value <= _SAFE else {"$integer": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$real": _real(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): encode(member) for name, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [encode(member) for member in value]
    if hasattr(value, "__fspath__"):
        return str(value)
    if hasattr(value, "item") and callable(value.item):
        # A scalar of numpy.
        return encode(value.item())
    return value


def decode(line: bytes) -> Any:
    return json.loads(line, object_hook=_revived)


def camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match.group(1).lower(), name)


def in_snake(value: Any) -> Any:
    """What the library gives, with its own names in snake_case."""
    if isinstance(value, list):
        return [in_snake(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {
        snake(name): member if name in _OPAQUE and not _is_count(member) else in_snake(member)
        for name, member in value.items()
    }


def _is_count(value: Any) -> bool:
    return isinstance(value, int)


def _real(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _revived(found: dict[str, Any]) -> Any:
    if len(found) != 1:
        return found
    (name, value), *_ = found.items()
    if name == "$bytes" and isinstance(value, str):
        return base64.b64decode(value)
    if name == "$real" and isinstance(value, str):
        return float(value.replace("Infinity", "inf"))
    return found
