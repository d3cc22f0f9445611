"""A real Snakemake over tables: the interface's own tests, and workflows as users run them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from doltflow import Database
from snakemake_interface_storage_plugins.tests import TestStorageBase
from snakemake_storage_plugin_doltflow import StorageProvider, StorageProviderSettings

WORKFLOW = """
storage:
    provider="doltflow",
    db="pipeline.db",

rule all:
    input: storage.doltflow("doltflow://totals.csv")

rule clean:
    input: storage.doltflow("doltflow://raw.csv")
    output: storage.doltflow("doltflow://clean.csv?key=id")
    shell: "echo clean >> ran; grep -v ,-1 {input} > {output}"

rule totals:
    input: storage.doltflow("doltflow://clean.csv")
    output: storage.doltflow("doltflow://totals.csv?key=name")
    shell: "echo totals >> ran; if [ -n \\"${{KILL:-}}\\" ]; then kill -9 $PPID $$; fi; echo name,n > {output}; echo rows,$(($(wc -l < {input}) - 1)) >> {output}"
"""


class TestStorage(TestStorageBase):
    __test__ = True

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.db = str(tmp_path / "pipeline.db")

    def get_storage_provider_cls(self):
        return StorageProvider

    def get_storage_provider_settings(self):
        return StorageProviderSettings(db=self.db)

    def get_query(self, tmp_path) -> str:
        return "doltflow://test.csv"

    def get_query_not_existing(self, tmp_path) -> str:
        return "doltflow://nothing.csv"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "Snakefile").write_text(WORKFLOW)
    save(tmp_path, "id,price\n1,2\n2,-1\n3,4\n")
    return tmp_path


def save(place: Path, text: str, **options) -> None:
    (place / "raw.txt").write_text(text)
    Database(str(place / "pipeline.db")).save("raw", place / "raw.txt", key="id", format="csv", **options)


def snakemake(place: Path, *words: str, env=None) -> list[str]:
    """Runs it; gives the rules that ran."""
    (place / "ran").unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", *words],
        cwd=place,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
    )
    if env is None:
        assert done.returncode == 0, done.stdout + done.stderr
    return (place / "ran").read_text().split() if (place / "ran").exists() else []


def rows(place: Path, table: str) -> list[dict]:
    return Database(str(place / "pipeline.db")).load(table, frame="rows")


def test_the_same_content_runs_nothing_and_other_rows_run_what_is_behind_them(place):
    assert snakemake(place) == ["clean", "totals"]
    assert rows(place, "totals") == [{"name": "rows", "n": 2}]
    database = Database(str(place / "pipeline.db"))
    assert [one.message.split("\n")[0] for one in database.log("clean")] != []
    assert all("drop" not in one.kind for one in database.actions())
    assert snakemake(place) == []
    head = database.resolve("main")
    # The same rows, saved again and in another order, and a save into another table.
    save(place, "id,price\n3,4\n1,2\n2,-1\n")
    database.save("unrelated", [{"id": 1}], key="id")
    assert snakemake(place) == []
    save(place, "id,price\n1,2\n2,-1\n3,4\n4,5\n")
    assert snakemake(place) == ["clean", "totals"]
    assert rows(place, "totals") == [{"name": "rows", "n": 3}]
    assert database.resolve("main") != head
    assert snakemake(place) == []
    # A change that a rule filters out: its output is as it was, and no commit is made of it.
    before = [one.hash for one in database.log("clean")]
    save(place, "id,price\n1,2\n2,-1\n3,4\n4,5\n5,-1\n")
    assert snakemake(place)[0] == "clean"
    assert [one.hash for one in database.log("clean")] == before
    assert snakemake(place) == []


def test_all_files_may_go_and_come_back(place):
    snakemake(place)
    shutil.rmtree(place / ".snakemake")
    assert snakemake(place) == []
    assert snakemake(place, "--forceall") == ["clean", "totals"]
    assert len(Database(str(place / "pipeline.db")).log("clean")) == 1


def test_a_job_that_is_killed_leaves_nothing_half_and_the_next_run_goes_on(place):
    assert snakemake(place, env={"KILL": "1"}) == ["clean", "totals"]
    assert [one.name for one in Database(str(place / "pipeline.db")).tables()] == ["clean", "raw"]
    # It was killed itself, and has left its lock.
    snakemake(place, "--unlock")
    assert snakemake(place, "--rerun-incomplete") == ["totals"]
    assert rows(place, "totals") == [{"name": "rows", "n": 2}]


def test_a_run_of_doltflow_makes_a_transaction_of_it(place):
    database = Database(str(place / "pipeline.db"))
    words = [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet"]
    command = [sys.executable, "-m", "doltflow", "--db", "pipeline.db", "run", "--id", "night", "--", *words]
    done = subprocess.run(command, check=False, cwd=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    [merge] = [one for one in database.log() if one.message.startswith("run night")]
    assert len(merge.parents) == 2
    assert {one.table for one in database.actions(run="night") if one.kind == "save"} == {"clean", "totals"}


def test_parallel_jobs_that_save_to_main_all_land_and_wildcards_work(tmp_path):
    names = ["a", "b", "c", "d", "e", "f"]
    for name in names:
        (tmp_path / f"{name}.txt").write_text("id,n\n1,1\n2,2\n")
        Database(str(tmp_path / "pipeline.db")).save(f"raw_{name}", tmp_path / f"{name}.txt", key="id", format="csv")
    (tmp_path / "Snakefile").write_text(
        'storage: provider="doltflow", db="pipeline.db"\n'
        f"rule all:\n    input: [storage.doltflow('doltflow://clean_' + name + '.parquet') for name in {names!r}]\n"
        "rule clean:\n"
        '    input: storage.doltflow("doltflow://raw_{name}.parquet")\n'
        '    output: storage.doltflow("doltflow://clean_{name}.parquet?key=id")\n'
        '    shell: "echo {wildcards.name} >> ran; cp {input} {output}"\n'
    )
    assert sorted(snakemake(tmp_path)) == names
    assert len([one for one in Database(str(tmp_path / "pipeline.db")).tables() if one.name.startswith("clean_")]) == 6
    assert snakemake(tmp_path) == []


def test_a_wrong_query_says_what_is_wrong():
    assert "doltflow://TABLE.EXT" in str(StorageProvider.is_valid_query("doltflow://raw"))
    assert "there is no option keys" in str(StorageProvider.is_valid_query("doltflow://raw.csv?keys=id"))
