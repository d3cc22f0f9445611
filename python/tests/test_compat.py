"""The example of the article, in the words of dolt-integrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doltflow import Database, DoltflowError
from doltflow.compat import (
    AppendBranch,
    CallbackMeta,
    DoltMeta,
    MergeBranch,
    NewBranch,
    Remote,
    SerialBranch,
    load,
    save,
)


def test_the_article(tmp_path: Path) -> None:
    remote = f"file://{tmp_path}/remote.db"
    Path("bar.csv").write_text("a,b,c\n1,2,3\n")
    first = save(db="pipeline.db", tablename="bar", filename="bar.csv", save_args={"primary_key": ["c"]})
    Path("bar.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
    second = save(db="pipeline.db", tablename="bar", filename="bar.csv", branch_conf=AppendBranch("master"))
    load(db="pipeline.db", tablename="bar", filename="foo.csv", branch_conf=SerialBranch(first["to_commit"]))
    assert Path("foo.csv").read_text() == "a,b,c\n1,2,3\n"

    seen: list[dict[str, Any]] = []
    Path("bar.csv").write_text("a,b,c\n1,2,3\n7,8,9\n")
    save(
        db="pipeline.db",
        tablename="bar",
        filename="bar.csv",
        save_args={"primary_key": ["c"]},
        branch_conf=MergeBranch(branch_from=first["to_commit"], merge_to="main"),
        meta_conf=CallbackMeta(fn=seen.append),
        remote_conf=Remote(url=remote),
    )
    assert seen[0]["from_commit"] == first["to_commit"]
    assert seen[0]["to_commit"] not in (first["to_commit"], second["to_commit"])
    load(db="pipeline.db", tablename="bar", filename="out.csv")
    assert Path("out.csv").read_text() == "a,b,c\n1,2,3\n4,5,6\n7,8,9\n"
    assert (tmp_path / "remote.db").exists()


def test_branches_queries_and_meta_tables() -> None:
    Path("t.csv").write_text("id,x\n1,a\n")
    save(
        db="p.db",
        tablename="t",
        filename="t.csv",
        save_args={"primary_key": ["id"]},
        meta_conf=DoltMeta("p.db", "meta"),
    )
    Path("t.csv").write_text("id,x\n1,b\n")
    save(db="p.db", tablename="t", filename="t.csv", branch_conf=NewBranch("exp"))
    load(db="p.db", sql="select x from t", filename="x.csv", branch_conf=SerialBranch("exp"))
    assert Path("x.csv").read_text() == "x\nb\n"
    with Database("p.db") as db:
        assert [row["tablename"] for row in db.rows("meta")] == ["t"]
    with pytest.raises(DoltflowError) as caught:
        save(db="p.db", tablename="t", filename="t.csv", remote_conf=Remote(url="file:///x", force=True))
    assert caught.value.code == "OPTION_INVALID"
