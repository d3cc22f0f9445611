"""Every verb of the library is one here, in snake_case."""

from __future__ import annotations

import inspect
import json
import subprocess
from pathlib import Path

import doltflow
from doltflow import AsyncDatabase, Database
from doltflow._command import command, main_script
from doltflow._wire import snake

# `open` is `Database(url)`.
_ELSEWHERE = {"open"}


def test_every_verb_of_the_library() -> None:
    table = main_script().parents[1] / "verbs" / "arguments" / "parameters.js"
    program = (
        f"import({json.dumps(table.as_uri())}).then((m) => console.log(JSON.stringify(Object.keys(m.PARAMETERS))))"
    )
    asked = subprocess.run([command()[0], "-e", program], capture_output=True, text=True, check=True, timeout=60)
    verbs = {snake(verb) for verb in json.loads(asked.stdout)} - _ELSEWHERE
    assert {verb for verb in verbs if not hasattr(Database, verb) and not hasattr(doltflow, verb)} == set()
    assert "load" in verbs


def test_every_call_can_be_awaited() -> None:
    calls = {name for name, _ in inspect.getmembers(Database, inspect.isfunction) if not name.startswith("_")}
    assert {name for name in calls if not hasattr(AsyncDatabase, name)} == set()
    assert inspect.iscoroutinefunction(AsyncDatabase.load)


def test_handles_lead_back(tmp_path: Path) -> None:
    db = Database(tmp_path / "handles.db")
    handle = db.save("t", [{"id": 1, "x": "a"}], key="id").handle
    assert handle is not None
    db.save("t", [{"id": 1, "x": "b"}])
    assert db.load(handle, frame="rows") == [{"id": 1, "x": "a"}]
    assert [row["x"] for row in db.rows(handle)] == ["a"]
    assert db.pin("t", "HEAD~1")["commit"] == handle["commit"]
    assert db.unpin(handle) and not db.unpin(handle)
