from __future__ import annotations

import pytest

from doltflow import Database, DoltflowError
from doltflow._api.steps import StepWork


def test_a_step_runs_only_if_it_must(db: Database) -> None:
    db.save("raw", [{"id": 1, "x": "a"}, {"id": 2, "x": "b"}], key="id")
    calls = []

    def clean(step: StepWork) -> dict[str, object]:
        calls.append(step.causes[0]["kind"])
        return {"clean": step.load("raw", frame="pandas").iloc[1:]}

    outputs = {"clean": {"key": "id"}}
    done = db.step("clean", clean, inputs=["raw"], outputs=outputs, params={"window": 7}, run="night")
    recorded = [(one.kind, one.table, one.step) for one in db.actions(run="night")]
    assert recorded == [("load", "raw", "clean"), ("save", "clean", "clean")]
    assert (done.status, done.actions[0].table) == ("done", "clean")
    assert "python:pandas" in str(done.actions[0].file)
    assert db.step("clean", clean, inputs=["raw"], outputs=outputs, params={"window": 7}).status == "skipped"
    assert db.row_count("clean") == 1
    assert not db.plan_step("clean", inputs=["raw"], outputs=outputs, params={"window": 7}).runs
    again = db.step("clean", clean, inputs=["raw"], outputs=outputs, params={"window": 8})
    assert [one["text"] for one in again.causes] == ["param window: 7 → 8"]
    assert calls == ["never-ran", "param"]
    assert db.why("clean").status == "done"
    assert [one.status for one in db.steps(step="clean")] == ["done", "skipped", "done"]


def test_rows_that_a_step_reads_are_on_record(db: Database) -> None:
    db.save("raw", [{"id": 1, "x": "a"}], key="id")
    db.step(
        "copy", lambda step: {"copy": list(step.rows("raw"))}, inputs=["raw"], outputs={"copy": {"key": "id"}}, run="night"
    )
    recorded = [(one.kind, one.table, one.step, one.rows) for one in db.actions(run="night")]
    assert recorded == [("load", "raw", "copy", 1), ("save", "copy", "copy", 1)]


def test_a_step_that_raises_publishes_nothing(db: Database) -> None:
    db.save("raw", [{"id": 1}], key="id")

    def fail(step: StepWork) -> None:
        raise ValueError("no luck")

    with pytest.raises(ValueError, match="no luck"):
        db.step("fail", fail, inputs=["raw"], outputs=["out"])
    assert (db.why("fail").status, db.why("fail").error) == ("failed", "ValueError: no luck")
    assert [one.name for one in db.tables()] == ["raw"]
    # Fault: rows of a generator that raised left the step begun, so that the next one waited for it.
    with pytest.raises(ZeroDivisionError):
        db.step("late", lambda step: {"out": ({"id": 1 // n} for n in (1, 0))}, outputs={"out": {"key": "id"}})
    assert (db.why("late").status, [one.name for one in db.tables()]) == ("failed", ["raw"])
    with pytest.raises(DoltflowError, match="STEP_NOT_FOUND"):
        db.end_step("nothing")


def test_rows_that_changed(db: Database) -> None:
    db.save("raw", [{"id": 1, "x": "a"}], key="id")
    seen: list[tuple[object, object]] = []

    def count(step: StepWork) -> dict[str, object]:
        seen[:] = [(row["id"], row["_change"]) for row in step.rows("raw")]
        return {"n": [{"n": len(seen)}]}

    options = {"inputs": {"raw": {"changes": True}}, "outputs": {"n": {"key": "n", "mode": "upsert"}}}
    db.step("count", count, **options)
    assert seen == [(1, "added")]
    db.save("raw", [{"id": 1, "x": "b"}, {"id": 2, "x": "c"}])
    assert [row["_change"] for row in db.changes("raw", since="step:count")] == ["modified", "added"]
    db.step("count", count, **options)
    assert seen == [(1, "modified"), (2, "added")]
