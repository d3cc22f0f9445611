"""The flow of prices.py in a real Metaflow: it fails, is resumed, and what it read and wrote is read again."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from doltflow import Database, DoltflowError
from doltflow.metaflow import Audit
from metaflow import Run, Task

FLOW = Path(__file__).parent / "prices.py"


class Flow:
    """The runs that the tests look at, made once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = str(folder / "prices.db")
        self.database = Database(self.db)
        self.database.save_all(
            {"prices": [{"id": 1, "price": 1, "zip": "007"}], "counts": [{"part": 0, "n": 0}]},
            tables={"prices": {"key": "id"}, "counts": {"key": "part"}},
        )
        self.database.tag("first")
        self.database.branch("side")
        shutil.copy(FLOW, folder)
        self.failed = self.run("run", PRICES_FAIL="1")
        self.said_first = self.said
        self.head = self.database.resolve("main")
        self.resumed = self.run("resume", "--origin-run-id", self.failed.split("/")[1])
        # Others go on.
        self.database.save("prices", [{"id": 5, "price": 5, "zip": "5"}])

    def run(self, *words: str, **env: str) -> str:
        done = subprocess.run(
            [sys.executable, "prices.py", "--no-pylint", *words],
            check=False,
            cwd=self.folder,
            env={**os.environ, **env, "PRICES_DB": self.db, "DOLTFLOW_DB": self.db},
            capture_output=True,
            text=True,
        )
        self.said = done.stdout + done.stderr
        assert done.returncode == (1 if env else 0), self.said
        assert ("the step raises after it wrote" in self.said) == bool(env), self.said
        found = re.search(r"run-id (\d+)", self.said)
        return f"Prices/{found[1]}"


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    return Flow(tmp_path_factory.mktemp("prices"))


def task(run: str, step: str) -> Task:
    return Run(run)[step].task


def test_a_steps_writes_are_one_commit_of_what_the_frames_were_when_they_were_written(flow):
    start = task(flow.failed, "start").data.doltflow
    commits = {one["table"]: one["commit"] for one in start["writes"]}
    assert len(set(commits.values())) == 1
    commit = commits["prices"]
    assert flow.database.log(at=commit, limit=1)[0].message.startswith(f"{start['pathspec']}: prices, counts")
    assert flow.database.load("prices", at=commit, frame="rows") == [
        {"id": 1, "price": 2, "zip": "007"},
        {"id": 2, "price": None, "zip": "01"},
    ]
    assert [(one["changed"], one["rows"]) for one in start["writes"]] == [(True, 2), (False, 1)]


def test_a_wrong_call_is_refused_where_it_stands(flow):
    refused = task(flow.failed, "start").data.refused
    assert refused == ["USAGE", "OPTION_INVALID", "OPTION_INVALID", "USAGE", "TABLE_NOT_FOUND"]
    assert task(flow.failed, "gathered").data.in_child == ["USAGE"]


def test_tasks_at_once_all_land_and_a_retry_saves_once(flow):
    """Each replaces a table that it has read. One conflicts with others, one dies after its tables were saved, one before."""
    rows = flow.database.load("counts", frame="rows", at=flow.head)
    assert [(row["part"], row["n"]) for row in rows] == [(0, 6), (1, 1), (2, 1), (3, 2)]
    saves = [one for one in flow.database.actions(run=flow.failed) if (one.kind, one.step) == ("save", "part")]
    assert len(saves) == 3
    assert sorted(one.data["metaflow"]["attempt"] for one in saves) == [0, 1, 1]
    assert "CONFLICT: " in flow.said_first
    parts = {one.data.mine: one.data.doltflow for one in Run(flow.failed)["part"]}
    assert {part: [one["added"] for one in record["writes"]] for part, record in parts.items()} == {
        1: [1],
        2: [1],
        3: [1],
    }
    # The second try read what the first one had, and gave the commit that the first one made.
    [twice] = [one for one in saves if one.data["metaflow"]["pathspec"] == parts[2]["pathspec"]]
    assert twice.data["metaflow"] == {"pathspec": parts[2]["pathspec"], "attempt": 0, "commit": parts[2]["commit"]}


def test_a_step_reads_and_writes_the_branch_that_it_names(flow):
    record = task(flow.failed, "fork").data.doltflow
    assert (record["branch"], record["at"], record["reads"][0]["at"]) == ("side", "side", "side")
    assert flow.database.load("sides", branch="side", frame="rows") == [{"id": 1}]
    assert "sides" not in [one.name for one in flow.database.tables()]


def test_a_step_that_raises_leaves_the_branch_as_it_was(flow):
    assert not flow.database.diff_counts(
        "prices", flow.head, task(flow.failed, "start").data.doltflow["writes"][0]["commit"]
    )
    assert "report" not in [one.name for one in flow.database.tables(at=flow.head)]
    assert not Run(flow.failed)["right"].task.successful
    assert [
        one.table for one in flow.database.actions(run=flow.failed) if one.step == "right" and one.kind == "save"
    ] == []


def test_steps_read_one_commit_each_or_what_was_asked_for(flow):
    gathered, left, right = (task(flow.resumed, step) for step in ("gathered", "left", "right"))
    assert gathered.data.children == [2, 1]
    assert sorted(one["at"] for one in gathered.data.doltflow["reads"]) == ["first", "main"]
    assert (len(left.data.seen), len(right.data.seen)) == (1, 2)
    assert sorted(right.data.changes) == [("added", 1), ("added", 2), ("added", 3), ("modified", 0)]
    assert right.data.last == [("added", 1)]
    assert left.data.doltflow["at"] == "first"
    for step in (gathered, left, right):
        json.dumps(step.data.doltflow)
        assert not hasattr(step.data, "tables")


def test_an_audit_of_a_resumed_run_has_what_the_cloned_tasks_had(flow):
    audit = Audit(flow.resumed)
    assert Run(flow.resumed).origin_pathspec == flow.failed
    assert set(audit.runs) == {flow.failed, flow.resumed}
    assert [(one.step, one.table) for one in audit.writes if one.step != "part"] == [
        ("start", "prices"),
        ("start", "counts"),
        ("fork", "sides"),
        ("right", "report"),
        ("right", "prices"),
    ]
    assert [row["id"] for row in audit.read("prices", step="left", frame="rows")] == [1]
    assert [row["id"] for row in audit.read("prices", step="right", frame="rows")] == [1, 2]
    assert [row["id"] for row in audit.written("prices", frame="rows")] == [7]
    assert [row["part"] for row in audit.written("counts", frame="rows")] == [0, 1, 2, 3]
    queries = [one for one in audit.reads if one.get("sql") and one.step == "part"]
    assert [audit.load(one, frame="rows")[0]["n"] for one in queries] == [
        2 if one.parameters == [3] else 1 for one in queries
    ]
    assert len(queries) == 3
    with pytest.raises(DoltflowError) as several:
        audit.read("prices")
    assert several.value.code == "OPTION_INVALID" and f"{flow.resumed}/right" in str(several.value)
    with pytest.raises(DoltflowError, match=r"^TABLE_NOT_FOUND: .*did not read report; it has counts, prices"):
        audit.read("report")
    changes = audit.diff("prices", flow.failed)
    assert sorted((row.kind, row.key["id"]) for row in changes) == [("added", 7), ("removed", 1), ("removed", 2)]
    with pytest.raises(DoltflowError, match="^DATABASE_NOT_FOUND: .*elsewhere.db"):
        Audit(flow.resumed, db=str(flow.folder / "elsewhere.db")).written("report")


def test_records_lead_from_a_row_to_the_task_and_back(flow):
    trace = flow.database.trace("report", 1)
    told = json.loads(trace.commit["trailers"]["Doltflow-Data"])["metaflow"]
    assert told["pathspec"].startswith(f"{flow.resumed}/right/") and flow.failed.endswith(told["origin"])
    assert Task(told["pathspec"]).data.doltflow["writes"][0]["action"] == trace.commit["trailers"]["Doltflow-Action"]
    assert [one["by"]["run"] for one in trace.inputs] == [flow.failed]
    edges = {(one["from"], one["to"]) for one in flow.database.lineage(run=flow.failed).edges}
    assert {("table counts", "step part"), ("step part", "table counts"), ("table prices", "step left")} <= edges


def test_a_card_shows_each_tables_diff(flow):
    [card] = Path(os.environ["METAFLOW_CARD_LOCALROOT"]).rglob(f"{flow.failed.split('/')[1]}/**/*.html")
    [data] = re.findall(r'__MF_DATA__\["[^"]+"\] = "([^"]+)"', card.read_text())
    found = components(json.loads(base64.b64decode(data)))
    [table] = [one for one in found if one["type"] == "table"]
    texts = [one["source"].strip() for one in found if one["type"] == "markdown"]
    commit = task(flow.failed, "start").data.doltflow["writes"][0]["commit"][:10]
    counts = f"1 added, 1 modified, 0 removed; `main` is at `{commit}`"
    assert texts == ["## prices", counts, "## counts", f"no change; `main` is at `{commit}`"]
    assert table["columns"] == ["_change", "id", "price", "price_before", "zip"]
    assert [row[:2] + row[3:] for row in table["data"]] == [["modified", "1", "1", "007"], ["added", "2", "", "01"]]
    assert (table["data"][0][2], table["data"][1][2]["source"].strip()) == ("2", "*NULL*")


def components(part):
    if isinstance(part, list):
        return [found for one in part for found in components(one)]
    if isinstance(part, dict):
        if part.get("type") in ("markdown", "table"):
            return [part]
        return [found for one in part.values() for found in components(one)]
    return []


def test_what_the_decorator_does_not_know_is_refused_before_a_run(flow):
    (flow.folder / "wrong.py").write_text(
        "from doltflow.metaflow import tables\nfrom metaflow import FlowSpec, step\n\n"
        "class Wrong(FlowSpec):\n    @tables(database='x.db')\n    @step\n    def start(self):\n        self.next(self.end)\n\n"
        "    @step\n    def end(self):\n        pass\n\nWrong()\n"
    )
    done = subprocess.run(
        [sys.executable, "wrong.py", "run"], cwd=flow.folder, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "OPTION_INVALID: @tables knows no database; it has db, branch, at" in done.stderr
    assert "run-id" not in done.stdout
