"""The programs in the docs run as they stand."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from doltflow import Database

ROOT = Path(__file__).resolve().parents[2]


def blocks(path: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (ROOT / path).read_text(encoding="utf-8"), re.S | re.M)


@pytest.mark.parametrize("path", ["python/README.md", "docs/python.md", "docs/pins.md"])
def test_the_first_program(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    exec(blocks(path)[0], names)  # noqa: S102
    names["db"].close()  # type: ignore[attr-defined]


def test_the_program_for_asyncio(capsys: pytest.CaptureFixture[str]) -> None:
    [block] = [block for block in blocks("docs/python.md") if "AsyncDatabase" in block]
    head, *body = block.splitlines()
    names: dict[str, object] = {}
    text = "\n".join(f"    {line}" for line in body)
    setup = "import pandas as pd\nprices = pd.DataFrame({'id': [1, 2], 'price': [9.5, 12.0]})\n"
    exec(f"{setup}{head}\nasync def main():\n{text}\n", names)  # noqa: S102
    asyncio.run(names["main"]())  # type: ignore[operator]
    assert capsys.readouterr().out == "{'id': 1, 'price': 9.5}\n{'id': 2, 'price': 12}\n"


def test_the_program_of_a_run() -> None:
    [block] = [block for block in blocks("docs/python.md") if "db.run(" in block]
    Path("orders.csv").write_text("id,day,total\n1,mon,2\n2,mon,3\n", encoding="utf-8")
    with Database("pipeline.db") as db:
        exec(block, {"db": db})  # noqa: S102
        assert list(db.rows("totals")) == [{"day": "mon", "total": 5}]
        assert db.show_run("night-061").status == "published"
