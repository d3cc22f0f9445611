"""Nodes that run only if they must, in the example project."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from test_project import NODES, TABLES, _has_runner_params, edit, hash_of, kedro

from doltflow import Database
from doltflow._command import command


def skipping(project: Path, hooks: str = "skip_unchanged") -> None:
    (project / "src" / "weather" / "settings.py").write_text(
        f"from doltflow.kedro import {hooks}\n\nHOOKS = ({hooks},)\n"
    )


def statuses(db: Database) -> dict[str, str]:
    """What the last execution of each node was."""
    found: dict[str, str] = {}
    for step in db.steps():
        found.setdefault(step.step, step.status)
    return found


def ran(db: Database) -> list[str]:
    return [name for name in NODES if statuses(db)[name] == "done"]


def replace(project: Path, old: str, new: str) -> None:
    nodes = project / "src" / "weather" / "nodes.py"
    text = nodes.read_text()
    assert old in text
    nodes.write_text(text.replace(old, new))


def why(db: Database, step: str) -> list[str]:
    return [cause["text"] for cause in db.why(step).causes]


def test_what_did_not_change_is_skipped_and_a_change_stops_where_it_ends(project: Path) -> None:
    skipping(project, "one_transaction, skip_unchanged")
    kedro(project)
    db = Database()
    assert ran(db) == NODES
    assert sorted(table.name for table in db.tables()) == TABLES
    head = db.resolve("HEAD")
    count = len(db.actions())
    kedro(project)
    assert ran(db) == []
    # Nothing was loaded or saved.
    assert (db.resolve("HEAD"), len(db.actions())) == (head, count)
    # The bytes of a file that a parameter names. What is made of it doesn't look at the wind.
    edit(project, now="2012-01-01,0.0,12.8,5.0,4.8,drizzle")
    kedro(project)
    assert ran(db) == ["ingest", "clean", "monthly", "kinds", "hottest"]
    assert why(db, "ingest") == ["file: data/seattle-weather.csv changed"]
    (cause,) = why(db, "clean")
    assert cause.startswith("weather: 1 modified (column wind) since run ")
    said = subprocess.run([*command(), "plan", "--json"], cwd=project, capture_output=True, text=True, timeout=60)
    assert json.loads(said.stdout) == {"steps": []}
    # What somebody overwrote comes back, and its node doesn't run.
    before = hash_of(db, "kinds")
    db.save("kinds", [{"weather": "none", "days": 0}])
    kedro(project)
    assert ran(db) == [] and hash_of(db, "kinds") == before


def test_new_code_and_parameters_run_what_they_change(project: Path) -> None:
    skipping(project)
    nodes = project / "src" / "weather" / "nodes.py"
    nodes.write_text(nodes.read_text() + "\n\nMOST = 10\n\n\ndef most() -> int:\n    return MOST\n")
    replace(project, "nlargest(10,", "nlargest(most(),")
    kedro(project)
    db = Database()
    kedro(project)
    assert ran(db) == []
    # A comment is no code; what a function uses is.
    replace(project, "def kinds", "# The kinds.\ndef kinds")
    kedro(project)
    assert ran(db) == []
    replace(project, "MOST = 10", "MOST = 3")
    kedro(project)
    assert ran(db) == ["hottest", "report"]
    assert why(db, "hottest") == ["code: weather.nodes.MOST changed"]
    assert db.row_count("hottest") == 6
    # With other words in the catalog the same node makes something else.
    catalog = project / "conf" / "base" / "catalog.yml"
    catalog.write_text(catalog.read_text().replace("  key: date\n", "  key: date\n  load_args: {frame: pandas}\n"))
    kedro(project)
    assert ran(db) == ["clean"]
    assert why(db, "clean") == ['param weather, load_args: not given → {"frame":"pandas"}']
    # A version that is asked for, and the head again.
    first = db.resolve("HEAD", table="weather")
    edit(project)
    kedro(project)
    kedro(project, "--from-nodes", "clean", "--load-versions", f"weather:{first}")
    assert 12.8 in [row["temp_max"] for row in db.rows("clean") if row["date"] == "2012-01-01"]
    assert statuses(db)["clean"] == "skipped"


def test_in_every_runner(project: Path) -> None:
    skipping(project, "one_transaction, skip_unchanged")
    db = Database(project / "doltflow.db")
    days = iter(["2012-01-01,0.0,12.8", "2012-01-01,0.0,15.8", "2012-01-01,0.0,16.8", "2012-01-01,0.0,17.8"])
    day = next(days)
    for words, env in [
        (["--runner", "ParallelRunner"], {"KEDRO_MP_CONTEXT": "spawn"}),
        (["--runner-params", "is_async=True"] if _has_runner_params() else ["--async"], {}),
        (["--runner", "ThreadRunner"], {}),
    ]:
        now = next(days)
        edit(project, f"{day},5.0,4.7,drizzle", f"{now},5.0,4.7,drizzle")
        day = now
        kedro(project, *words, env=env)
        assert ran(db)[:3] == ["ingest", "clean", "monthly"]
        assert sorted(table.name for table in db.tables()) == TABLES
        head = db.resolve("HEAD")
        kedro(project, *words, env=env)
        assert ran(db) == [] and db.resolve("HEAD") == head
    assert {action.file for action in db.actions() if action.kind == "save"} >= {"kedro:weather", "kedro:clean#date"}


def test_a_node_that_fails_is_on_record_and_runs_again(project: Path) -> None:
    skipping(project)
    replace(project, "    wettest =", "    raise RuntimeError('no report')\n    wettest =")
    assert "no report" in kedro(project, fails=True)
    db = Database()
    assert statuses(db) == {**dict.fromkeys(NODES, "done"), "report": "failed"}
    assert db.why("report").error == "RuntimeError: no report"
    replace(project, "    raise RuntimeError('no report')\n", "")
    kedro(project)
    assert ran(db) == ["report"]


def test_what_cannot_be_looked_at_runs_each_time(project: Path) -> None:
    skipping(project)
    registry = project / "src" / "weather" / "pipeline_registry.py"
    registry.write_text(
        registry.read_text()
        .replace('node(nodes.clean, "weather",', 'node(nodes.same, "weather", "passed", name="same"),\n            node(nodes.clean, "passed",')
        .replace('"hottest#date", name="hottest")', '["hottest#date", "lines"], name="hottest")')
    )
    nodes = project / "src" / "weather" / "nodes.py"
    nodes.write_text(
        nodes.read_text().replace('[["date", "temp_max"]]', '[["date", "temp_max"]], 3') + "\n\ndef same(weather):\n    return weather\n"
    )
    kedro(project)
    kedro(project)
    db = Database()
    # `clean` reads what is kept in memory, and `hottest` makes it, too: they are no steps, and their tables are saved as without the hook.
    assert statuses(db) == dict.fromkeys(["ingest", "monthly", "kinds", "report"], "skipped")
    assert [action.step for action in db.actions(table="clean") if action.kind == "save"] == ["clean", "clean"]
