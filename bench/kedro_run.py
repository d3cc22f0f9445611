"""Times a Kedro pipeline of 6 nodes and 14 table operations, beside the same with versioned CSV files. `npm run build` first."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["KEDRO_DISABLE_TELEMETRY"] = "1"
os.environ["DO_NOT_TRACK"] = "1"

import pandas as pd
from kedro.framework.hooks import _create_hook_manager
from kedro.io import DataCatalog
from kedro.io.core import generate_timestamp
from kedro.pipeline import node, pipeline
from kedro.runner import SequentialRunner

import doltflow
from doltflow.kedro import hooks

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "examples" / "kedro" / "src"))
from weather import nodes

NAMES = {"raw": "date", "weather": "date", "clean": "date", "monthly": "month", "kinds": "weather", "hottest": "date", "report": "fact"}
TIMES = 7

STEPS = pipeline(
    [
        node(lambda frame: frame, "raw", "weather", name="ingest"),
        node(nodes.clean, "weather", "clean", name="clean"),
        node(nodes.monthly, "clean", "monthly", name="monthly"),
        node(nodes.kinds, "clean", "kinds", name="kinds"),
        node(nodes.hottest, "clean", "hottest", name="hottest"),
        node(nodes.report, ["monthly", "kinds", "hottest"], "report", name="report"),
    ]
)


def run(config: dict[str, object]) -> float:
    version = generate_timestamp()
    catalog = DataCatalog.from_config(config, save_version=version)
    manager = _create_hook_manager()
    manager.register(hooks)
    before = time.perf_counter()
    manager.hook.before_pipeline_run(run_params={"run_id": version}, pipeline=STEPS, catalog=catalog)
    SequentialRunner().run(STEPS, catalog, manager)
    return time.perf_counter() - before


def configs() -> dict[str, dict[str, object]]:
    table = "doltflow.kedro.TableDataset"
    text = {"type": "pandas.CSVDataset", "versioned": True, "save_args": {"index": False}}
    return {
        "files": {name: {**text, "filepath": f"data/{name}.csv"} for name in NAMES},
        "tables": {name: {"type": table, "table": name, "key": key, "db": "bench.db"} for name, key in NAMES.items()},
    }


def child(kind: str, edit: int) -> None:
    """One process that imports Kedro and runs the pipeline; tells how long the resident process took to start."""
    started = 0.0
    if kind == "tables":
        from doltflow._server import server

        before = time.perf_counter()
        server()
        started = time.perf_counter() - before
    source = pd.read_csv(ROOT / "node_modules" / "vega-datasets" / "data" / "seattle-weather.csv")
    source.loc[0, "temp_max"] += edit
    config = configs()[kind]
    DataCatalog.from_config(config).save("raw", source)
    ran = run(config)
    doltflow.shut_down()
    print(f"TIMES {started} {ran}")


def main() -> None:
    os.chdir(tempfile.mkdtemp())
    for kind in configs():
        whole, runs, starts = [], [], []
        for edit in range(TIMES):
            before = time.perf_counter()
            words = [sys.executable, str(ROOT / "bench" / "kedro_run.py"), kind, str(edit)]
            said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
            taken = time.perf_counter() - before
            started, ran = map(float, said.split("TIMES ")[1].split())
            whole.append(taken - started)
            runs.append(ran)
            starts.append(started)
        middle = [statistics.median(found) * 1000 for found in (whole, runs, starts)]
        print("| {} | {:.0f} | {:.0f} | {:.0f} |".format(kind, *middle))
    print(f"load {os.getloadavg()[0]:.1f}")


if len(sys.argv) > 1:
    child(sys.argv[1], int(sys.argv[2]))
else:
    main()
