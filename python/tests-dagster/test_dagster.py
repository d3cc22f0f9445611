"""Assets in a real Dagster: `materialize` and, for one of them, `dagster asset materialize` as a process of its own."""

import datetime
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from dagster import (
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    DagsterInstance,
    StaticPartitionsDefinition,
    asset,
    materialize,
)
from doltflow import Database
from doltflow.dagster import TableIOManager, table_checks

SOURCE = pd.DataFrame({"id": [1, 2, 3], "price": [0.5, 2.0, -1.0], "zip": ["007", "01", "2"]})


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "pipeline.db")


@pytest.fixture
def instance(tmp_path: Path) -> DagsterInstance:
    return DagsterInstance.local_temp(str(tmp_path))


def assets(source: pd.DataFrame = SOURCE):
    @asset(metadata={"doltflow/key": "id"})
    def raw() -> pd.DataFrame:
        return source

    @asset(metadata={"doltflow/key": "id"})
    def clean(raw: pd.DataFrame) -> pd.DataFrame:
        return raw[raw["price"] > 0]

    return [raw, clean]


def version(instance: DagsterInstance, name: str) -> str:
    event = instance.get_latest_materialization_event(AssetKey(name))
    return event.asset_materialization.tags["dagster/data_version"]


def told(instance: DagsterInstance, name: str) -> dict:
    event = instance.get_latest_materialization_event(AssetKey(name))
    return {key: value.value for key, value in event.asset_materialization.metadata.items()}


def test_each_materialization_is_a_commit_of_the_run_and_its_version_is_the_content(db, instance):
    resources = {"io_manager": TableIOManager(db=db)}
    result = materialize(assets(), instance=instance, resources=resources)
    database = Database(db)
    pd.testing.assert_frame_equal(database.load("clean", frame="pandas"), SOURCE.iloc[:2])
    actions = database.actions(run=result.run_id)
    assert [(one.kind, one.table, one.step) for one in actions] == [
        ("save", "raw", "raw"),
        ("load", "raw", "clean"),
        ("save", "clean", "clean"),
    ]
    shown = told(instance, "clean")
    assert shown["dagster/row_count"] == 2
    assert [(one.name, one.type) for one in shown["dagster/column_schema"].columns][0][0] == "id"
    assert (shown["doltflow/commit"], shown["doltflow/added"]) == (actions[-1].to_commit, 2)
    assert version(instance, "clean") == actions[-1].table_hash
    before = (version(instance, "raw"), version(instance, "clean"), database.resolve("main"))
    # The same data again: no commit, the same versions.
    materialize(assets(SOURCE.iloc[::-1]), instance=instance, resources=resources)
    assert (version(instance, "raw"), version(instance, "clean"), database.resolve("main")) == before
    materialize(assets(SOURCE.assign(price=[0.5, 9.0, -1.0])), instance=instance, resources=resources)
    assert version(instance, "clean") != before[1]
    assert told(instance, "clean")["doltflow/modified"] == 1


def test_what_is_read_is_what_was_materialized(db, instance):
    resources = {"io_manager": TableIOManager(db=db)}
    materialize(assets(), instance=instance, resources=resources)
    # Another program saves meanwhile.
    Database(db).save("raw", SOURCE.assign(price=[7.0, 7.0, 7.0]))
    materialize(assets(), instance=instance, resources=resources, selection=["clean"])
    pd.testing.assert_frame_equal(Database(db).load("clean", frame="pandas"), SOURCE.iloc[:2])


def test_partitions_are_upserts_and_each_reads_its_own(db, instance):
    days = StaticPartitionsDefinition(["2024-01-01", "2024-01-02"])
    metadata = {"doltflow/key": ["day", "id"], "doltflow/partition": "day"}

    @asset(partitions_def=days, metadata=metadata)
    def visits(context: AssetExecutionContext) -> pd.DataFrame:
        return pd.DataFrame(
            {"day": [context.partition_key] * 2, "id": [1, 2], "n": [int(context.partition_key[-1])] * 2}
        )

    @asset(partitions_def=days, metadata=metadata)
    def totals(context: AssetExecutionContext, visits: pd.DataFrame) -> pd.DataFrame:
        assert set(visits["day"]) == {context.partition_key}
        return visits.assign(n=visits["n"] * 10)

    def run(day: str) -> bool:
        resources = {"io_manager": TableIOManager(db=db)}
        return materialize([visits, totals], instance=instance, resources=resources, partition_key=day).success

    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(run, days.get_partition_keys()))
    rows = Database(db).load("totals", frame="rows")
    assert [(row["day"], row["id"], row["n"]) for row in rows] == [
        ("2024-01-01", 1, 10),
        ("2024-01-01", 2, 10),
        ("2024-01-02", 1, 20),
        ("2024-01-02", 2, 20),
    ]

    @asset(partitions_def=days, metadata={"doltflow/key": "id"})
    def wrong() -> pd.DataFrame:
        return SOURCE

    with pytest.raises(Exception, match="doltflow/partition"):
        materialize([wrong], resources={"io_manager": TableIOManager(db=db)}, partition_key="2024-01-01")


DATES = {"text": str, "date": datetime.date.fromisoformat, "timestamp": pd.Timestamp}


@pytest.mark.parametrize(
    ("keys", "kinds"), [(["2024-01-01", "2024-01-02"], DATES), (["3", "30"], {"integer": int})], ids=["dates", "numbers"]
)
def test_only_the_rows_of_a_partition_are_loaded(db, instance, keys, kinds):
    days = StaticPartitionsDefinition(keys)
    database = Database(db)
    read = {}

    def of(kind, cell):
        metadata = {"doltflow/key": ["day", "id"], "doltflow/partition": "day"}

        @asset(name=kind, partitions_def=days, metadata={**metadata, "doltflow/table": f"by {kind}"})
        def made(context: AssetExecutionContext) -> pd.DataFrame:
            day = cell(context.partition_key)
            return pd.DataFrame({"day": [day] * 2, "id": [2, 1], "x": [1.0, 2.0], "zip": ["2", "1"]})

        @asset(name=f"{kind}_seen", ins={"rows": AssetIn(kind)}, partitions_def=days)
        def seen(rows: pd.DataFrame) -> None:
            read[kind] = rows

        # Fault: what reads several partitions was refused by Dagster.
        @asset(name=f"{kind}_all", ins={"rows": AssetIn(kind)})
        def all_days(rows: pd.DataFrame) -> None:
            read[kind] = rows

        return made, seen, all_days

    made, seen, all_days = zip(*(of(*one) for one in kinds.items()))
    resources = {"io_manager": TableIOManager(db=db)}
    for key in keys:
        result = materialize([*made, *seen], instance=instance, resources=resources, partition_key=key)
        loads = [one for one in database.actions(run=result.run_id) if one.kind == "load"]
        # From the second on, the table has rows of others.
        assert {(one.rows, *one.tables) for one in loads} == {(2, f"by {kind}") for kind in kinds}
        for kind, cell in kinds.items():
            whole = database.load(f"by {kind}", frame="pandas")
            assert list(read[kind]["id"]) == [1, 2] and dict(read[kind].dtypes) == dict(whole.dtypes)
            assert {str(day) for day in read[kind]["day"]} == {str(cell(key))}
    selection = [one.key for one in all_days]
    assert materialize([*made, *all_days], instance=instance, resources=resources, selection=selection).success
    assert all(list(read[kind]["id"]) == [1, 2, 1, 2] for kind in kinds)


def test_stored_checks_are_asset_checks(db, instance):
    database = Database(db)
    database.save("clean", pd.DataFrame({"id": [1, 2], "price": [0.5, 7.0]}), key="id")
    database.add_check("clean", "price-low", {"kind": "range", "column": "price", "min": "0", "max": "5"}, level="warn")
    database.add_check("clean", "price-known", {"kind": "not-null", "column": "price"})
    database.add_check("other", "other", {"kind": "rows", "min": 0, "max": None})
    checks = table_checks("clean", db=db)
    result = materialize([*assets(), *checks], instance=instance, resources={"io_manager": TableIOManager(db=db)})
    found = {one.check_name: (one.passed, one.severity.value) for one in result.get_asset_check_evaluations()}
    assert found == {"price_low": (True, "WARN"), "price_known": (True, "ERROR")}
    materialize(
        [*assets(SOURCE.assign(price=[9.0, 1.0, 1.0]))],
        instance=instance,
        resources={"io_manager": TableIOManager(db=db)},
    )
    again = materialize(
        [*assets(SOURCE.assign(price=[9.0, 1.0, 1.0])), *checks],
        instance=instance,
        resources={"io_manager": TableIOManager(db=db)},
    )
    [low] = [one for one in again.get_asset_check_evaluations() if one.check_name == "price_low"]
    assert (low.passed, low.metadata["total"].value) == (False, 1)


def test_the_program_itself_and_a_killed_one(tmp_path, db):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "definitions.py").write_text(
        "import os, signal\n"
        "import pandas as pd\n"
        "from dagster import Definitions, asset\n"
        "from doltflow.dagster import TableIOManager\n"
        '@asset(metadata={"doltflow/key": "id"})\n'
        "def raw() -> pd.DataFrame:\n"
        '    return pd.DataFrame({"id": [1, 2], "n": [1, 2]})\n'
        '@asset(metadata={"doltflow/key": "id"})\n'
        "def clean(raw: pd.DataFrame) -> pd.DataFrame:\n"
        '    if os.environ.get("KILL"): os.kill(os.getpid(), signal.SIGKILL)\n'
        "    return raw\n"
        f"defs = Definitions(assets=[raw, clean], resources={{'io_manager': TableIOManager(db={db!r})}})\n"
    )
    words = [sys.executable, "-m", "dagster", "asset", "materialize", "-f", "definitions.py", "--select", "*"]
    env = {**os.environ, "DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "1"}
    killed = subprocess.run(words, check=False, cwd=tmp_path, env={**env, "KILL": "1"}, capture_output=True, text=True)
    assert killed.returncode != 0
    assert [one.name for one in Database(db).tables()] == ["raw"]
    done = subprocess.run(words, check=False, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [one.name for one in Database(db).tables()] == ["clean", "raw"]
    assert len(Database(db).log("raw")) == 1
