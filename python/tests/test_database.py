from __future__ import annotations

import datetime
import decimal
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from doltflow import ConflictError, Database, DoltflowError, NotFoundError, RefusedError, SourceError, UsageError

FRAME = pd.DataFrame({"id": [1, 2], "name": ["a", "b"], "price": [1.5, 2.25]})


def test_a_frame_goes_in_and_comes_back(db: Database) -> None:
    action = db.save("prices", FRAME, key="id", run="r1", step="clean")
    assert (action.kind, action.rows, action.added, action.changed) == ("save", 2, 2, True)
    assert (action.run, action.step, action.author) == ("r1", "clean", "Ann <ann@example.org>")
    pd.testing.assert_frame_equal(db.load("prices", frame="pandas"), FRAME)
    assert db.load("prices", frame="polars").equals(pl.DataFrame(FRAME.to_dict("list")))
    assert db.load("prices", frame="pyarrow").to_pylist() == FRAME.to_dict("records")
    assert db.load("prices", frame="rows") == FRAME.to_dict("records")
    assert list(db.rows("prices")) == FRAME.to_dict("records")


@pytest.mark.parametrize(
    "source",
    [
        FRAME,
        pl.DataFrame(FRAME.to_dict("list")),
        pl.LazyFrame(FRAME.to_dict("list")),
        pa.table(FRAME.to_dict("list")),
        FRAME.to_dict("records"),
        (row for row in FRAME.to_dict("records")),
    ],
    ids=["pandas", "polars", "lazy", "pyarrow", "rows", "generator"],
)
def test_every_kind_of_source_is_the_same_table(db: Database, source: object) -> None:
    db.save("prices", FRAME, key="id")
    assert not db.save("prices", source).changed


def test_files_keep_their_names_and_frames_say_what_they_are(db: Database) -> None:
    Path("prices.csv").write_text("id,price\n1,1.50\n")
    # The process of the database was begun in another folder.
    assert db.save("prices", "prices.csv", key="id").file == str(Path("prices.csv").resolve())
    assert db.save("frame", FRAME, key="id").file == "python:pandas"
    assert db.save("rows", [{"id": 1}], key="id").file == "python:rows"
    assert db.save("named", FRAME, key="id", source="kedro:companies").file == "kedro:companies"
    db.load("prices", "out.csv")
    assert Path("out.csv").read_text() == "id,price\n1,1.50\n"


def test_values_cross_as_they_are(db: Database) -> None:
    big = 2**62 + 1
    row = {
        "id": big,
        "when": datetime.date(2026, 11, 26),
        "amount": decimal.Decimal("1.50"),
        "raw": b"\x00\xff",
        "text": "é😀\n",
        "none": None,
    }
    db.save("values", [row], key="id")
    [found] = db.rows("values")
    assert found == {
        "id": big,
        "when": "2026-11-26",
        "amount": "1.50" if isinstance(found["amount"], str) else 1.5,
        "raw": "AP8=",
        "text": "é😀\n",
        "none": None,
    }


def test_history(db: Database) -> None:
    first = db.save("prices", FRAME, key="id", message="first")
    second = db.save(
        "prices", [{"id": 2, "name": "B", "price": 2.25}, {"id": 3, "name": "c", "price": 3}], mode="upsert"
    )
    assert [commit.message for commit in db.log(limit=2)] == ["upsert prices", "first"]
    assert [(row.kind, row.key) for row in db.diff("prices")] == [("modified", {"id": 2}), ("added", {"id": 3})]
    counts = db.diff_counts("prices", first.to_commit, second.to_commit)
    assert counts is not None and (counts.added, counts.modified, counts.removed) == (1, 1, 0)
    assert {row.key["id"]: row.commit["hash"] for row in db.blame("prices")} == {
        1: first.to_commit,
        2: second.to_commit,
        3: second.to_commit,
    }
    db.tag("v1", first.to_commit)
    pd.testing.assert_frame_equal(db.load("prices", at="v1", frame="pandas"), FRAME)
    assert [action.kind for action in db.actions(table="prices")][:2] == ["save", "save"]
    assert db.sql("select count(*) as n from prices", frame="rows") == [{"n": 3}]
    db.restore("prices", "v1")
    assert db.row_count("prices") == 2


def test_branches_and_a_conflict(db: Database) -> None:
    base = db.save("prices", FRAME, key="id")
    db.save("prices", [{"id": 1, "name": "ours", "price": 1.5}], mode="upsert")
    with pytest.raises(ConflictError) as caught:
        db.save(
            "prices",
            [{"id": 1, "name": "theirs", "price": 1.5}],
            mode="upsert",
            branch={"from": base.to_commit, "merge_to": "main"},
        )
    assert caught.value.code == "CONFLICT"
    assert caught.value.data["conflicts"][0]["theirs"]["name"] == "theirs"
    db.create_branch("exp", base.to_commit)
    db.save("prices", [{"id": 9, "name": "new", "price": 9}], mode="upsert", branch="exp")
    assert db.merge("exp").merged
    assert db.row_count("prices") == 3


def test_errors_are_one_line_with_a_code(db: Database) -> None:
    db.init()
    for work, kind, code in [
        (lambda: db.load("nope"), NotFoundError, "TABLE_NOT_FOUND"),
        (lambda: db.save("prices", 7), UsageError, "USAGE"),
        (lambda: db.save("prices", FRAME, key="id", mode="maybe"), UsageError, "OPTION_INVALID"),
        (lambda: db.save("prices", FRAME, key="nope"), SourceError, "COLUMN_MISSING"),
        (lambda: db.save("prices", FRAME, kye="id"), UsageError, None),
        (lambda: db.save("_doltflow_x", FRAME, key="id"), UsageError, "NAME_RESERVED"),
    ]:
        with pytest.raises((kind, TypeError)) as caught:
            work()  # type: ignore[no-untyped-call]
        error = caught.value
        if isinstance(error, DoltflowError):
            assert code in (None, error.code)
            assert "\n" not in str(error) and not error.retryable
    assert issubclass(RefusedError, DoltflowError)


def test_the_same_data_is_no_commit_and_an_id_is_done_once(db: Database) -> None:
    first = db.save("prices", FRAME, key="id", id="task-1")
    again = db.save("prices", FRAME, key="id", id="task-1")
    assert again.repeated and again.to_commit == first.to_commit
    assert not db.save("prices", FRAME).changed
    with pytest.raises(DoltflowError) as caught:
        db.save("prices", FRAME.assign(price=0.5), key="id", id="task-1")
    assert caught.value.code == "ID_TAKEN"


def test_progress_is_told_and_what_it_raises_stops_the_save(db: Database) -> None:
    seen: list[int] = []
    frame = pd.DataFrame({"id": range(400_000), "x": 0.5})
    db.save("big", frame, key="id", on_progress=lambda progress: seen.append(progress["rows"]))
    assert max(seen) <= 400_000

    def stop(_: object) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        db.save("big", frame.assign(x=1.5), on_progress=stop)
    assert db.load("big", frame="pandas")["x"].eq(0.5).all()


def test_a_database_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError) as caught:
        Database()
    assert caught.value.code == "DATABASE_NOT_FOUND"
    monkeypatch.setenv("DOLTFLOW_DB", str(tmp_path / "named.db"))
    with Database() as named:
        named.save("t", [{"id": 1}], key="id")
    assert (tmp_path / "named.db").exists()


def test_notebooks_show_tables_and_no_cell_is_markup(db: Database) -> None:
    db.save("t", [{"id": 1, "x": "<script>alert(1)</script>"}], key="id")
    for shown in (db.log(), db.diff("t"), db.tables(), db.actions()):
        html = shown._repr_html_()
        assert "<table" in html and "<script>" not in html
    assert "&lt;script&gt;" in db.diff("t")._repr_html_()


def test_an_index_without_a_name_is_no_column(db: Database) -> None:
    """Fault: what a filter leaves of the row numbers was a column `__index_level_0__`."""
    frame = pd.DataFrame({"id": [1, 2, 3], "v": ["a", "b", "c"]})
    db.save("filtered", frame[frame["id"] > 1], key="id")
    pd.testing.assert_frame_equal(db.load("filtered", frame="pandas"), frame.iloc[1:].reset_index(drop=True))
    db.save("named", frame.set_index("id"), key="id")
    assert sorted(column["name"] for column in db.schema("named")["columns"]) == ["id", "v"]


def test_floats_in_rows_are_reals_as_in_a_frame(db: Database) -> None:
    cells = [183.0, 9.5, 1e16, 5e-324, 1.5e-5, -0.0, float("inf"), None, 7, 1e22]
    rows = [{"id": at, "x": cell} for at, cell in enumerate(cells)]
    db.save("rows", rows, key="id")
    db.save("frame", pd.DataFrame(rows), key="id")
    assert types(db, "rows")["x"] == types(db, "frame")["x"] == "real"
    # Fault: a whole float among others was the text "183.0".
    assert [row["x"] for row in db.rows("rows")] == [row["x"] for row in db.rows("frame")]
    assert db.load("rows")["x"].dtype == "float64"
    # Whole ones alone, today, and as rows that come one by one.
    assert not db.save("rows", (row for row in rows)).changed
    db.save("whole", [{"id": 1, "x": 3.0, "odd": 1.0}, {"id": 2, "x": None, "odd": "a"}], key="id")
    assert types(db, "whole") == {"id": "any", "x": "real", "odd": "any"}
    assert db.load("whole")["x"].dtype == "float64"


def types(db: Database, table: str) -> dict[str, str]:
    return {column["name"]: column["type"] for column in db.schema(table).columns}
