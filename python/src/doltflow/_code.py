"""What a function is made of: its source, and that of all it uses of the same project."""

from __future__ import annotations

import ast
import dis
import functools
import hashlib
import importlib.util
import inspect
import linecache
import sys
import sysconfig
import textwrap
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_PLAIN = (type(None), bool, int, float, complex, str, bytes)
_INSTALLED = tuple({str(Path(sysconfig.get_path(name)).resolve()) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def code_of(func: Callable[..., Any], package: str | None = None) -> dict[str, str]:
    """Hashes, by name, of a function and of what it uses: functions, classes and constants of its project, through any number of calls.

    What comes from installed packages doesn't count, but for `package`. Comments and layout don't, either. Of an object that is no
    plain data only its type counts; of a function of another package only its version.
    """
    linecache.checkcache()
    found = _Found(package)
    name = _name_of(func)
    found.add(name, func)
    if not found.hashes:
        top = sys.modules.get(name.partition(".")[0])
        found.note(name, str(getattr(top, "__version__", None)))
    return dict(sorted(found.hashes.items()))


class _Found:
    def __init__(self, package: str | None) -> None:
        self.package = package
        self.hashes: dict[str, str] = {}
        self._seen: set[int] = set()
        self._modules: set[tuple[str, ...]] = set()
        # What is looked at lives as long, so that no other object has its id.
        self._kept: list[Any] = []

    def add(self, name: str, value: Any) -> None:
        if id(value) in self._seen and not isinstance(value, _PLAIN):
            return
        self._seen.add(id(value))
        self._kept.append(value)
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        if isinstance(value, property):
            for part in (value.fget, value.fset, value.fdel):
                if part is not None:
                    self.add(_name_of(part), part)
        elif isinstance(value, functools.partial):
            self.add(_name_of(value.func), value.func)
            self.note(f"{_name_of(value.func)}, given", _plain([value.args, value.keywords]))
        elif isinstance(value, types.MethodType):
            self.add(_name_of(value.__func__), value.__func__)
        elif isinstance(value, types.FunctionType):
            if self._is_own(value.__module__, value.__code__.co_filename):
                self._function(value)
        elif isinstance(value, type):
            if self._is_own(value.__module__, _file_of(value)):
                self._class(value)
        elif not isinstance(value, types.ModuleType):
            kind = type(value)
            self.note(name, _plain(value))
            if self._is_own(kind.__module__, _file_of(kind)):
                self.add(_name_of(kind), kind)

    def _function(self, func: types.FunctionType) -> None:
        name = _name_of(func)
        self.note(name, _source(func.__code__))
        for place, given in enumerate([*(func.__defaults__ or ()), *(func.__kwdefaults__ or {}).values()]):
            self.add(f"{name}, default {place + 1}", given)
        for variable, cell in zip(func.__code__.co_freevars, func.__closure__ or ()):
            try:
                self.add(f"{name}, {variable}", cell.cell_contents)
            except ValueError:  # it is not set yet
                continue
        names = sorted(set(_names(func.__code__)))
        for used in names:
            if used in func.__globals__:
                self._used(f"{func.__module__}.{used}", func.__globals__[used], names)
        for module in _imports(func.__code__, func.__globals__.get("__package__") or ""):
            path = _file_of_module(module)
            if path is not None and self._is_own(module, path):
                self.note(module, Path(path).read_bytes().hex())

    def _used(self, name: str, value: Any, names: list[str]) -> None:
        if not isinstance(value, types.ModuleType):
            self.add(name, value)
        elif self._is_own(value.__name__, getattr(value, "__file__", None)):
            if (once := (value.__name__, *names)) in self._modules:
                return
            self._modules.add(once)
            for used in names:
                if used in vars(value):
                    self._used(f"{value.__name__}.{used}", vars(value)[used], names)

    def _class(self, kind: type) -> None:
        try:
            self.note(_name_of(kind), _normal(inspect.getsource(kind)))
        except (OSError, TypeError):
            self.note(_name_of(kind), repr(sorted(vars(kind))))
        for base in kind.__bases__:
            self.add(_name_of(base), base)
        for member in vars(kind).values():
            if isinstance(member, (types.FunctionType, staticmethod, classmethod, property)):
                self.add(_name_of(member), member)

    def note(self, name: str, text: str) -> None:
        # Two of a name, such as lambdas, count both.
        before = self.hashes.get(name, "")
        self.hashes[name] = hashlib.sha256(f"{before}{name}\n{text}".encode()).hexdigest()

    def _is_own(self, module: str | None, path: str | None) -> bool:
        if module is not None and module.partition(".")[0] == self.package:
            return True
        if path is None or path.startswith("<frozen"):
            return False
        return path.startswith("<") or not str(Path(path).resolve()).startswith(_INSTALLED)


def _name_of(value: Any) -> str:
    kind = value if hasattr(value, "__qualname__") else type(value)
    return f"{kind.__module__}.{kind.__qualname__}"


def _file_of(kind: type) -> str | None:
    try:
        return inspect.getfile(kind)
    except (OSError, TypeError):
        return None


def _file_of_module(name: str) -> str | None:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    return spec.origin if spec is not None and spec.has_location else None


def _source(code: types.CodeType) -> str:
    # Of a lambda the source is the lines that it stands in, with others.
    if code.co_name != "<lambda>":
        try:
            return _normal(inspect.getsource(code))
        except (OSError, TypeError):
            pass
    return _bytecode(code)


def _bytecode(code: types.CodeType) -> str:
    constants = [_bytecode(one) if isinstance(one, types.CodeType) else _plain(one) for one in code.co_consts]
    return repr((code.co_code, constants, code.co_names, code.co_varnames))


def _normal(source: str) -> str:
    """Source without comments and layout."""
    try:
        return ast.dump(ast.parse(textwrap.dedent(source)))
    except SyntaxError:  # part of a statement, such as a lambda among arguments
        return source


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _imports(code: types.CodeType, package: str) -> Iterator[str]:
    """Modules that are imported inside of a function."""
    before: list[Any] = []
    for one in dis.get_instructions(code):
        if one.opname == "IMPORT_NAME":
            level = next((value for value in reversed(before[-3:]) if type(value) is int), 0)
            with_dots = "." * level + str(one.argval)
            try:
                base = importlib.util.resolve_name(with_dots, package)
            except (ImportError, ValueError):
                continue
            yield base
            fromlist = before[-1] if before and isinstance(before[-1], tuple) else ()
            yield from (f"{base}.{name}" for name in fromlist or ())
        before.append(one.argval)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _imports(constant, package)


def _plain(value: Any) -> str:
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{_plain(name)}: {_plain(one)}" for name, one in value.items())) + "}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(map(_plain, value))})"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(_plain, value))) + "}"
    return _name_of(type(value))
