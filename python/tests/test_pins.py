"""Pins: the files of the command line."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from doltflow import AsyncDatabase, Database, NotFoundError, SourceError, read_pin
from doltflow._command import command

ROWS = [{"id": 1, "x": "a"}, {"id": 2, "x": "b"}]


def cli(*words: str) -> int:
    return subprocess.run([*command(), *words], capture_output=True, timeout=60).returncode


def stamp(path: str) -> int:
    """A time in the past; a file that is written again has another."""
    os.utime(path, ns=(10**18, 10**18))
    return Path(path).stat().st_mtime_ns


def test_a_pin_is_that_of_the_command_line(db: Database, tmp_path: Path) -> None:
    db.save("foo", ROWS, key="id", pin="pins/foo.pin")
    assert cli("pin", "foo", "pins/cli.pin", "--db", "pipeline.db") == 0
    assert Path("pins/foo.pin").read_bytes() == Path("pins/cli.pin").read_bytes()
    assert json.loads(Path("pins/foo.pin").read_text())["db"] == os.path.join("..", "pipeline.db")
    assert cli("pin", "--check", "pins/foo.pin") == 0
    assert read_pin("pins/cli.pin")["db"] == str(tmp_path / "pipeline.db")


def test_it_is_left_alone_as_long_as_the_table_is_the_same(db: Database) -> None:
    first = db.save("foo", ROWS, key="id", pin="foo.pin").to_commit
    before = stamp("foo.pin")
    db.save("other", [{"id": 1}], key="id", pin="other.pin")
    db.save("foo", ROWS[::-1], pin="foo.pin")
    assert not db.pin_file("foo", "foo.pin") and db.check_pin("foo.pin")
    assert Path("foo.pin").stat().st_mtime_ns == before
    db.save("foo", [{"id": 1, "x": "c"}])
    assert not db.check_pin("foo.pin") and db.check_pin("foo.pin", at="HEAD~1")
    pinned = read_pin("foo.pin")
    assert (pinned["commit"], pinned["rows"]) == (first, 2)
    assert db.load(pinned, frame="rows") == list(db.rows(pinned)) == ROWS
    assert db.pin_file("foo", "foo.pin") and not db.pin_file("foo", "foo.pin")
    assert db.load(read_pin("foo.pin"), frame="rows") == [{"id": 1, "x": "c"}]
    assert db.pin_file("foo", "foo.pin", "HEAD~1") and read_pin("foo.pin")["hash"] == pinned["hash"]
    # What is only tried writes none.
    db.save("foo", ROWS, dry_run=True, pin="tried.pin")
    assert not Path("tried.pin").exists()
    assert [name for name in os.listdir() if "pin." in name] == []


def test_a_checkout_elsewhere_finds_its_own_database(db: Database, tmp_path: Path) -> None:
    db.save("foo", ROWS, key="id", pin="foo.pin")
    db.close()
    (tmp_path / "clone").mkdir()
    for name in ("pipeline.db", "foo.pin"):
        shutil.copy(name, tmp_path / "clone")
    pinned = read_pin(tmp_path / "clone" / "foo.pin")
    assert pinned["db"] == str(tmp_path / "clone" / "pipeline.db")
    assert Database(pinned["db"]).load(pinned, frame="rows") == ROWS


def test_what_is_no_pin(db: Database) -> None:
    with pytest.raises(NotFoundError, match="FILE_NOT_FOUND.*no.pin"):
        read_pin("no.pin")
    db.save("foo", ROWS, key="id")
    for text in ("a,b\n", "[]", '{"db": 1}'):
        Path("odd.pin").write_text(text)
        with pytest.raises(SourceError, match="FORMAT_INVALID.*odd.pin is no pin"):
            db.pin_file("foo", "odd.pin")
        assert Path("odd.pin").read_text() == text
    with pytest.raises(NotFoundError, match="TABLE_NOT_FOUND"):
        db.pin_file("nothing", "new.pin")


def test_in_asyncio(tmp_path: Path) -> None:
    async def pins() -> None:
        async with AsyncDatabase(tmp_path / "a.db") as db:
            await db.save("foo", ROWS, key="id", pin="foo.pin")
            assert await db.check_pin("foo.pin") and not await db.pin_file("foo", "foo.pin")

    asyncio.run(pins())
