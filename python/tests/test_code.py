"""What a function is made of."""

from __future__ import annotations

import functools
import importlib
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doltflow._code import code_of

NODES = """
import functools
import json
from proj import helpers
from proj.shapes import Shape

LIMIT = 10
TABLE = {"b": 2, "a": [1, {3, 2}]}


def inner(row):
    return helpers.scaled(row) + LIMIT


def node(rows):
    return [inner(row) for row in rows if row in TABLE]


def by_class(row):
    return Shape(row).area()


def with_default(row, factor=2):
    return json.dumps(row * factor)


def make(factor):
    def made(row):
        return row * factor

    return made


closed = make(3)
part = functools.partial(with_default, factor=5)


def late(row):
    from .later import work

    return work(row)
"""
HELPERS = "SCALE = 2\n\n\ndef scaled(row):\n    return row * SCALE\n\n\ndef unused():\n    return 1\n"
SHAPES = "class Base:\n    def side(self):\n        return 1\n\n\nclass Shape(Base):\n    def __init__(self, x):\n        self.x = x\n\n    def area(self):\n        return self.side() * self.x\n"
LATER = "def work(row):\n    return row\n"

_numbers = itertools.count()


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, str]]]:
    """The hashes of a function of a project; `changes` are texts that the project has instead."""

    def hashes(name: str, **changes: str) -> dict[str, str]:
        root = tmp_path / str(next(_numbers))
        (root / "proj").mkdir(parents=True)
        (root / "proj" / "__init__.py").write_text("")
        for file, text in {"nodes": NODES, "helpers": HELPERS, "shapes": SHAPES, "later": LATER}.items():
            for old, new in changes.items():
                text = text.replace(WORDS[old], new)
            (root / "proj" / f"{file}.py").write_text(text)
        for module in [one for one in sys.modules if one.partition(".")[0] == "proj"]:
            del sys.modules[module]
        monkeypatch.syspath_prepend(str(root))
        importlib.invalidate_caches()
        return code_of(getattr(importlib.import_module("proj.nodes"), name))

    yield hashes
    for module in [one for one in sys.modules if one.partition(".")[0] == "proj"]:
        del sys.modules[module]


WORDS = {
    "comment": "LIMIT = 10\n",
    "constant": "LIMIT = 10",
    "table": "{3, 2}",
    "helper": "return row * SCALE",
    "helper_constant": "SCALE = 2",
    "unused": "return 1\n\n",
    "base": "return 1\n\n\nclass",
    "method": "self.side() * self.x",
    "default": "factor=2",
    "closure": "make(3)",
    "part": "factor=5",
    "late": "    return row\n",
}


def changed(names: Callable[..., dict[str, str]], function: str, **changes: str) -> list[str]:
    before, after = names(function), names(function, **changes)
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def test_what_a_function_uses_counts_through_any_number_of_calls(names: Callable[..., dict[str, str]]) -> None:
    assert names("node") == names("node")
    assert changed(names, "node", constant="LIMIT = 11") == ["proj.nodes.LIMIT"]
    assert changed(names, "node", table="{3, 4}") == ["proj.nodes.TABLE"]
    assert changed(names, "node", helper="return row - SCALE") == ["proj.helpers.scaled"]
    assert changed(names, "node", helper_constant="SCALE = 3") == ["proj.helpers.SCALE"]
    assert changed(names, "by_class", base="return 2\n\n\nclass") == ["proj.shapes.Base", "proj.shapes.Base.side"]
    assert changed(names, "by_class", method="self.x") == ["proj.shapes.Shape", "proj.shapes.Shape.area"]
    assert changed(names, "with_default", default="factor=3")[-1] == "proj.nodes.with_default, default 1"
    assert changed(names, "closed", closure="make(4)") == ["proj.nodes.make.<locals>.made, factor"]
    assert changed(names, "part", part="factor=6") == ["proj.nodes.with_default, given"]
    assert changed(names, "late", late="    return -row\n") == ["proj.later"]


def test_what_it_does_not_use_does_not_count(names: Callable[..., dict[str, str]]) -> None:
    assert changed(names, "node", comment="LIMIT = 10  # rows\n\n") == []
    assert changed(names, "by_class", constant="LIMIT = 11") == []
    assert set(names("node")) == {
        *(f"proj.nodes.{name}" for name in ("node", "inner", "LIMIT", "TABLE")),
        *(f"proj.helpers.{name}" for name in ("scaled", "SCALE")),
    }


def test_a_function_of_a_package_is_its_version() -> None:
    assert list(code_of(json.dumps)) == ["json.dumps"]
    assert list(code_of(functools.partial(json.dumps, indent=1))) == ["json.dumps, given"]
    assert code_of(len) != code_of(abs)
    pair = [lambda row: row + 1, lambda row: row + 2]

    def both(row: int) -> int:
        return pair[0](row)

    (first, second), names = pair, code_of(both)
    assert code_of(first) != code_of(second) and len(names) == 2
