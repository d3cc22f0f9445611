"""The dataset by itself, and in catalogs."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.framework.hooks import _create_hook_manager
from kedro.io import DataCatalog, DatasetError, MemoryDataset
from kedro.io.core import AbstractVersionedDataset, Version
from kedro.pipeline import node, pipeline
from kedro.runner import SequentialRunner

from doltflow import Database
from doltflow.kedro import TableDataset, hooks

FRAME = pd.DataFrame({"id": [1, 2], "label": ["007", "x"]})


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "tables.db")


def config(url: str, **more: Any) -> dict[str, Any]:
    return {"foo": {"type": "doltflow.kedro.TableDataset", "table": "foo", "db": url, "key": "id", **more}}


def test_reads_a_version_that_is_asked_for(url: str) -> None:
    catalog = DataCatalog.from_config(config(url))
    catalog.save("foo", FRAME)
    catalog.save("foo", FRAME.assign(label=["a", "b"]))
    assert list(catalog.load("foo")["label"]) == ["a", "b"]
    assert list(catalog.load("foo", version="HEAD~1")["label"]) == ["007", "x"]
    dataset = TableDataset(table="foo", db=url)
    newest, oldest = dataset.list_versions()
    assert list(catalog.load("foo", version=oldest)["label"]) == ["007", "x"]
    assert newest == Database(url).resolve("HEAD")
    pinned = DataCatalog.from_config(config(url), load_versions={"foo": oldest}, save_version="now")
    assert list(pinned.load("foo")["label"]) == ["007", "x"]
    assert list(DataCatalog.from_config(config(url, at="HEAD~1")).load("foo")["label"]) == ["007", "x"]


def test_tells_what_is_there(url: str) -> None:
    catalog = DataCatalog.from_config(config(url))
    assert not catalog.exists("foo")
    catalog.save("foo", FRAME)
    assert catalog.exists("foo")
    dataset = TableDataset(table="foo", db=url)
    assert dataset.preview(1) == {"index": [0], "columns": ["id", "label"], "data": [[1, "007"]]}
    assert isinstance(dataset, AbstractVersionedDataset)
    assert TableDataset.preview.__annotations__["return"] in ("TablePreview",)


def test_shows_no_password_and_pickles(url: str) -> None:
    dataset = TableDataset(
        table="foo",
        db="mysql://user:secret@localhost:1/db",
        credentials={"password": "geheim"},
        version=Version(None, "r"),
    )
    assert "secret" not in repr(dataset) and "geheim" not in repr(dataset)
    again = pickle.loads(pickle.dumps(TableDataset(table="foo", db=url, key="id", version=Version(None, "run 1"))))
    again.save(FRAME)
    assert Database(url).actions()[0].run == "run 1"
    assert again.last_action.added == 2


def test_a_frame_of_each_kind(url: str) -> None:
    TableDataset(table="foo", db=url, key="id").save(FRAME)
    rows = TableDataset(table="foo", db=url, load_args={"frame": "rows"}).load()
    assert [row["label"] for row in rows] == ["007", "x"]
    assert TableDataset(table="foo", db=url, load_args={"frame": "pyarrow"}).load().num_rows == 2


def test_branch_plans(url: str) -> None:
    TableDataset(table="foo", db=url, key="id").save(FRAME)
    db = Database(url)
    base = db.resolve("HEAD")
    TableDataset(table="foo", db=url, new_branch="exp").save(FRAME.assign(label=["n", "n"]))
    assert db.resolve("main") == base
    TableDataset(table="foo", db=url, branch_from=base, merge_to="main", save_args={"mode": "upsert"}).save(
        pd.DataFrame({"id": [9], "label": ["new"]})
    )
    assert db.row_count("foo") == 3
    assert list(TableDataset(table="foo", db=url, branch="exp").load()["label"]) == ["n", "n"]
    with pytest.raises(Exception, match="one branch"):
        TableDataset(table="foo", branch="a", merge_to="b")


def test_errors_are_one_line(url: str) -> None:
    catalog = DataCatalog.from_config(config(url))
    catalog.save("foo", FRAME)
    with pytest.raises(DatasetError, match="KEY_DUPLICATE: .*") as caught:
        catalog.save("foo", pd.DataFrame({"id": [1, 1], "label": ["a", "b"]}))
    assert len(str(caught.value).splitlines()) <= 2
    with pytest.raises(DatasetError, match="COMMIT|REF_NOT_FOUND"):
        catalog.load("foo", version="nope")


def run(url: str, func: Any, **save_args: Any) -> Database:
    catalog = DataCatalog.from_config({**config(url, save_args=save_args)})
    if hasattr(catalog, "add"):
        catalog.add("start", MemoryDataset(3))
    else:
        catalog["start"] = MemoryDataset(3)
    manager = _create_hook_manager()
    manager.register(hooks)
    steps = pipeline([node(func, "start", "foo", name="chunks")])
    manager.hook.before_pipeline_run(run_params={}, pipeline=steps, catalog=catalog)
    SequentialRunner().run(steps, catalog, manager)
    return Database(url)


def chunks(count: int) -> Any:
    for index in range(count):
        yield pd.DataFrame({"id": [index], "label": [str(index)]})


def test_a_node_that_gives_chunks(url: str) -> None:
    with pytest.raises(Exception, match="in chunks"):
        run(url, chunks)
    db = run(url, chunks, mode="append")
    assert db.row_count("foo") == 3
    assert {action.step for action in db.actions()} == {"chunks"}
