from __future__ import annotations

import pytest

from doltflow import ConflictError, Database, RefusedError


def test_a_bad_value_is_never_published(db: Database) -> None:
    db.save("t", [{"id": 1, "price": 10}], key="id")
    rule = {"kind": "references", "column": "id", "table": "t", "foreign_column": "id"}
    assert db.add_check("t", "itself", rule).failure is None
    assert db.add_check("t", "price", {"kind": "range", "column": "price", "min": "0", "max": None}).failure is None
    with pytest.raises(RefusedError, match="CHECK_FAILED") as caught:
        db.save("t", [{"id": 1, "price": -1}])
    assert caught.value.data["failures"][0]["rows"] == [{"id": 1, "price": -1}]
    branch = caught.value.data["branch"]
    assert db.run_checks(at=branch, name="price")[0].failure["total"] == 1
    db.merge(branch, override="price", reason="a refund")
    assert db.load("t", frame="rows") == [{"id": 1, "price": -1}]
    assert [one.name for one in db.checks()] == ["itself", "price"]
    db.remove_check("price")
    with pytest.raises(RefusedError, match="CHECK_FAILED"):
        db.save("t", [{"id": 1, "price": -2}], check="SELECT id FROM t WHERE price < -1")


def test_a_review_tells_what_a_branch_changed(db: Database) -> None:
    db.save("t", [{"id": n, "x": n, "of": n % 4} for n in range(80)], key="id")
    db.save("t", [{"id": n, "x": -n if n % 4 == 1 else n, "of": n % 4} for n in range(80)], branch={"new": "fix"})
    (table,) = db.review("main", "fix")["tables"]
    assert (table["table"], table["modified"], table["columns"][0]["column"]) == ("t", 20, "x")
    assert [(one["column"], one["value"], one["share"]) for one in table["concentrated"]] == [("of", 1, 1)]


def test_conflicts_are_decided_one_by_one_and_by_rules(db: Database) -> None:
    db.save("stock", [{"id": 1, "name": "a", "sold": 10}], key="id")
    db.create_branch("fix")
    db.save("stock", [{"id": 1, "name": "b", "sold": 12}], branch="fix")
    db.save("stock", [{"id": 1, "name": "c", "sold": 15}])
    found = db.conflicts("fix", on_conflict={"sold": "sum"})
    (name,) = found["conflicts"]
    assert (name["column"], name["base"], name["ours"], name["theirs"]) == ("name", "a", "c", "b")
    db.set_rules("stock", {"sold": "sum"})
    assert [one["rules"] for one in db.rules()] == [{"sold": "sum"}]
    with pytest.raises(ConflictError):
        db.merge("fix")
    db.merge("fix", resolve=[{**name, "decision": "value", "value": "d"}])
    assert db.load("stock", frame="rows") == [{"id": 1, "name": "d", "sold": 17}]
    assert db.set_rules("stock", None) is None
