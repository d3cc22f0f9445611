"""The example project, run by the real Kedro, each time in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from doltflow import Database
from doltflow._command import command

NODES = ["ingest", "clean", "monthly", "kinds", "hottest", "report"]
FACTORY = ["clean#date", "hottest#date", "kinds#weather", "monthly#month", "report#fact"]
TABLES = ["clean", "hottest", "kinds", "monthly", "report", "weather"]


def kedro(project: Path, *words: str, env: dict[str, str] | None = None, fails: bool = False) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "kedro", "run", *words],
        cwd=project,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, said
    assert "did not match" not in said, said
    return said


def plain(project: Path) -> None:
    """Without the transaction."""
    (project / "src" / "weather" / "settings.py").write_text("")


def hash_of(db: Database, table: str) -> str:
    return next(found.hash for found in db.tables() if found.name == table)


def edit(
    project: Path, day: str = "2012-01-01,0.0,12.8,5.0,4.7,drizzle", now: str = "2012-01-01,0.0,12.9,5.0,4.7,drizzle"
) -> None:
    path = project / "data" / "seattle-weather.csv"
    text = path.read_text()
    assert day in text
    path.write_text(text.replace(day, now))


RUNNERS = [
    pytest.param([], {}, id="sequential"),
    pytest.param(["--async"], {}, id="async"),
    pytest.param(["--runner", "ThreadRunner"], {}, id="threads"),
    pytest.param(["--runner", "ParallelRunner"], {}, id="processes"),
    pytest.param(["--runner", "ParallelRunner"], {"KEDRO_MP_CONTEXT": "spawn"}, id="spawned"),
]


@pytest.mark.parametrize(("words", "env"), RUNNERS)
def test_records_run_and_node_in_every_runner(project: Path, words: list[str], env: dict[str, str]) -> None:
    plain(project)
    if words == ["--async"] and _has_runner_params():
        words = ["--runner-params", "is_async=True"]
    kedro(project, *words, env=env)
    db = Database()
    actions = db.actions()
    runs = {action.run for action in actions}
    assert len(runs) == 1 and None not in runs
    saves = {action.table: action.step for action in actions if action.kind == "save"}
    assert saves == dict(zip(["weather", "clean", "monthly", "kinds", "hottest", "report"], NODES))
    loads = sorted((action.table, action.step) for action in actions if action.kind == "load")
    assert loads == sorted(
        [("weather", "clean"), ("clean", "monthly"), ("clean", "kinds"), ("clean", "hottest")]
        + [(table, "report") for table in ("monthly", "kinds", "hottest")]
    )
    # No path of a temporary file is in any record.
    assert {action.file for action in actions} == {"kedro:weather", *(f"kedro:{name}" for name in FACTORY)}


def _has_runner_params() -> bool:
    help = subprocess.run([sys.executable, "-m", "kedro", "run", "--help"], capture_output=True, text=True, timeout=60)
    return "--runner-params" in help.stdout


def broken(project: Path, how: str) -> Any:
    """The last node, after five tables were saved, ends otherwise; gives what mends it."""
    nodes = project / "src" / "weather" / "nodes.py"
    good = nodes.read_text()
    nodes.write_text(good.replace("    wettest =", f"    {how}\n    wettest ="))
    return lambda: nodes.write_text(good)


def test_a_run_is_one_transaction(project: Path) -> None:
    kedro(project)
    db = Database()
    assert sorted(table.name for table in db.tables()) == TABLES
    head = db.resolve("HEAD")
    assert len(db.log(limit=1)[0].parents) == 2
    (run,) = db.runs()
    assert (run.status, run.to_commit, run.command) == ("published", head, ["kedro", "run"])
    assert [branch.name for branch in db.branches()] == ["main"]
    assert {(action.run, action.step) for action in db.actions() if action.kind == "save"} == {
        (run.id, name) for name in NODES
    }
    # The same again: no commit, no branch.
    kedro(project, "--params", "note=again")
    assert db.resolve("HEAD") == head
    again = db.runs()[0]
    assert (again.status, again.changed, again.params) == ("published", False, {"note": "again"})


def test_a_run_that_fails_lands_nothing_and_goes_on(project: Path) -> None:
    kedro(project)
    db = Database()
    head = db.resolve("HEAD")
    edit(project)
    mend = broken(project, "raise RuntimeError('no report')")
    assert "no report" in kedro(project, fails=True)
    assert db.resolve("HEAD") == head
    failed = db.runs()[0]
    assert (failed.status, failed.error) == ("failed", "RuntimeError: no report")
    assert {change.table for change in db.changed_tables("main", failed.branch)} == {"weather", "clean", "monthly"}
    # The rest of it, in the same run; the transaction is the outer run's.
    mend()
    rest = [sys.executable, "-m", "kedro", "run", "--from-nodes", "report"]
    said = subprocess.run(
        [*command(), "run", "resume", failed.id, "--", *rest], capture_output=True, text=True, timeout=300
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert [(run.id, run.status) for run in db.runs(limit=1)] == [(failed.id, "published")]
    assert {change.table for change in db.changed_tables(head, "HEAD")} == {"weather", "clean", "monthly"}
    last = [action for action in db.actions(run=failed.id) if action.data is not None]
    assert {action.step for action in last} == {"report"} and last[0].data["session"] > failed.id
    # Killed with nobody to clean up.
    head = db.resolve("HEAD")
    edit(project, day="2012-01-01,0.0,12.9,5.0,4.7,drizzle", now="2012-01-01,0.0,15.9,5.0,4.7,drizzle")
    mend = broken(project, "import os; os.kill(os.getpid(), 9)")
    kedro(project, fails=True)
    # The resident process ends when it finds that nobody is there.
    while db.runs()[0].status == "running":
        time.sleep(0.1)
    assert (db.resolve("HEAD"), db.runs()[0].status) == (head, "interrupted")
    # In parallel processes, too; and when it works, all of it lands at once.
    kedro(project, "--runner", "ParallelRunner", fails=True)
    assert (db.resolve("HEAD"), db.runs()[0].status) == (head, "failed")
    mend()
    kedro(project, "--runner", "ParallelRunner", env={"KEDRO_MP_CONTEXT": "spawn"})
    assert {change.table for change in db.changed_tables(head, "HEAD")} == {"weather", "clean", "monthly"}
    assert db.diff_counts("weather", head, "HEAD").modified == 1  # type: ignore[union-attr]


def test_a_run_in_a_run_is_a_part_of_it(project: Path) -> None:
    words = [*command(), "run", "--id", "night-1", "--", sys.executable, "-m", "kedro", "run"]
    said = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert said.returncode == 0, said.stdout + said.stderr
    db = Database()
    assert [(run.id, run.status) for run in db.runs()] == [("night-1", "published")]
    saves = [action for action in db.actions(run="night-1") if action.kind == "save"]
    assert {action.step for action in saves} == set(NODES)
    assert {action.run for action in saves} == {"night-1"}
    # A run publishes to the branch that its tables are saved to.
    db.create_branch("exp")
    edit(project)
    main = db.resolve("main")
    kedro(project, "--params", "branch=exp")
    assert db.resolve("main") == main != db.resolve("exp")
    assert (db.runs()[0].into, db.runs()[0].status) == ("exp", "published")


def test_a_whole_past_run_comes_back_by_one_flag(project: Path) -> None:
    kedro(project)
    db = Database()
    first = db.actions()[0].run
    old = hash_of(db, "clean")
    edit(project)
    kedro(project)
    assert hash_of(db, "clean") != old
    # What the nodes after the first read is what the first run had.
    kedro(project, "--from-nodes", "clean", "--params", f"load_run={first}")
    assert hash_of(db, "clean") == old
    loads = [action for action in db.actions(table="weather") if action.kind == "load"]
    assert [action.from_commit for action in loads].count(db.resolve(f"run:{first}", table="weather")) == 2


def test_load_versions_and_branches(project: Path) -> None:
    plain(project)
    kedro(project)
    db = Database()
    first = db.resolve("HEAD", table="weather")
    edit(project)
    kedro(project)
    kedro(project, "--from-nodes", "clean", "--to-nodes", "clean", "--load-versions", f"weather:{first}")
    assert 12.8 in [row["temp_max"] for row in db.rows("clean") if row["date"] == "2012-01-01"]
    db.create_branch("exp")
    edit(project, now="2012-01-01,0.0,30.1,5.0,4.7,drizzle", day="2012-01-01,0.0,12.9,5.0,4.7,drizzle")
    main = db.resolve("main")
    kedro(project, "--params", "branch=exp")
    assert db.resolve("main") == main != db.resolve("exp")


def test_an_error_is_one_line(project: Path) -> None:
    plain(project)
    said = kedro(project, "--from-nodes", "clean", "--to-nodes", "clean", fails=True)
    assert "TABLE_NOT_FOUND" in said or "DATABASE_NOT_FOUND" in said
    assert '"retryable"' not in said
