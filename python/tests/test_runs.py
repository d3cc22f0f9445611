from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from doltflow import Database, RefusedError
from doltflow._command import command


def test_a_run_is_published_whole_or_not_at_all(db: Database) -> None:
    db.save("t", [{"id": 1}], key="id")

    def work(run: Database) -> int:
        run.save("t", [{"id": 2}], mode="append", branch="main")
        run.save("u", [{"id": 1}], key="id")
        assert db.row_count("t") == 1
        return 7

    done = db.run(work, id="night-1")
    assert (done.result, done.status, done.repeated) == (7, "published", False)
    assert (db.row_count("t"), db.row_count("u")) == (2, 1)
    assert db.run(work, id="night-1").repeated

    def fail(run: Database) -> None:
        run.save("t", [{"id": 3}], mode="append")
        with pytest.raises(RefusedError, match="RUN_BRANCH"):
            run.save("t", [{"id": 4}], mode="append", branch={"new": "other"})
        raise RuntimeError("no luck")

    with pytest.raises(RuntimeError):
        db.run(fail, id="night-2")
    assert db.row_count("t") == 2
    assert [(run.id, run.status) for run in db.runs()] == [("night-2", "failed"), ("night-1", "published")]
    assert db.show_run("night-2").error == "RuntimeError: no luck"
    assert db.publish_run("night-2").status == "published"
    assert db.row_count("t") == 3


def test_a_program_in_a_run_of_the_command_line_is_in_it(db: Database, tmp_path: Path) -> None:
    db.save("t", [{"id": 1}], key="id")
    program = (
        "from doltflow import Database\n"
        "Database().save('t', [{'id': 2}], mode='append', branch='main')\n"
        "raise SystemExit(3)"
    )
    environment = {**os.environ, "DOLTFLOW_DB": db.url, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [*command(), "run", "--id", "r1", "--", sys.executable, "-c", program], env=environment, check=False
    )
    assert ended.returncode == 3
    assert db.row_count("t") == 1
    assert db.row_count("t", at="run/r1") == 2
