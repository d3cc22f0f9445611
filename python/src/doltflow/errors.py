"""The error that every call of doltflow may raise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DoltflowError(Exception):
    """What failed, in one readable line that begins with the code.

    ``code`` names the kind (docs/errors.md lists all), ``data`` has the details, ``retryable`` says whether the same call may
    succeed later.
    """

    code: str
    message: str
    data: Mapping[str, Any]
    retryable: bool

    def __init__(
        self, code: str, message: str, *, data: Mapping[str, Any] | None = None, retryable: bool = False
    ) -> None:
        self.code = code
        self.message = message
        self.data = dict(data or {})
        self.retryable = retryable
        super().__init__(f"{code}: {' '.join(message.split())}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.code, self.message, self.data, self.retryable)


class UsageError(DoltflowError):
    """A wrong use: an unknown option, a value that can't be meant."""


class NotFoundError(DoltflowError):
    """What the call names is not there."""


class SourceError(DoltflowError):
    """A file's or frame's content is refused. ``data`` has ``line`` and ``column``, where they are known."""


class ConflictError(DoltflowError):
    """Two sides changed the same thing. ``data["conflicts"]`` lists the rows."""


class RefusedError(DoltflowError):
    """A check refused: nothing was done, and an option or another state of the database would allow it."""


_KINDS: Mapping[str, type[DoltflowError]] = {
    kind.__name__: kind for kind in (UsageError, NotFoundError, SourceError, ConflictError, RefusedError)
}


def error_of(document: Mapping[str, Any]) -> DoltflowError:
    """The error that a server told, of its class."""
    kind = _KINDS.get(str(document.get("kind")), DoltflowError)
    return kind(
        str(document["code"]),
        str(document["message"]),
        data=document.get("data"),
        retryable=bool(document.get("retryable")),
    )


def _again(
    kind: type[DoltflowError], code: str, message: str, data: Mapping[str, Any], retryable: bool
) -> DoltflowError:
    return kind(code, message, data=data, retryable=retryable)
