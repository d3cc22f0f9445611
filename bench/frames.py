"""Times a frame of 300,000 x 20 through the Python package, beside pandas and pyarrow. `npm run build` first."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from doltflow import Database, shut_down

ROWS = 300_000
TIMES = 3


def frame() -> pd.DataFrame:
    random = np.random.default_rng(1)
    columns: dict[str, object] = {"id": np.arange(ROWS)}
    columns |= {f"i{n}": random.integers(0, 10**6, ROWS) for n in range(5)}
    columns |= {f"f{n}": random.random(ROWS) * 1000 for n in range(6)}
    words = np.array([f"some text {n}" for n in range(1000)])
    columns |= {f"t{n}": words[random.integers(0, 1000, ROWS)] for n in range(4)}
    columns["zip"] = [f"{number:05}" for number in random.integers(0, 10**5, ROWS)]
    columns["yes"] = random.random(ROWS) < 0.5
    columns["at"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 10**7, ROWS), unit="s")
    holes = random.random(ROWS)
    holes[holes < 0.1] = np.nan
    columns["holes"] = holes
    return pd.DataFrame(columns)


def seconds(work: Callable[[], object]) -> float:
    found = []
    for _ in range(TIMES):
        before = time.perf_counter()
        work()
        found.append(time.perf_counter() - before)
    return statistics.median(found)


def main() -> None:
    os.chdir(tempfile.mkdtemp())
    data = frame()
    table = pa.Table.from_pandas(data)
    db = Database("bench.db")
    db.init()
    count = iter(range(100))

    def first() -> object:
        return db.save(f"t{next(count)}", data, key="id")

    def edited() -> object:
        data.loc[:99, "i0"] = next(count)
        return db.save("t0", data)

    rows = {
        "pandas.to_csv": seconds(lambda: data.to_csv("x.csv", index=False)),
        "pandas.read_csv": seconds(lambda: pd.read_csv("x.csv")),
        "pyarrow, write Parquet": seconds(lambda: pq.write_table(table, "x.parquet")),
        "pyarrow, read Parquet": seconds(lambda: pq.read_table("x.parquet").to_pandas()),
        "doltflow, first save": seconds(first),
        "doltflow, 100 rows changed": seconds(edited),
        "doltflow, same frame": seconds(lambda: db.save("t0", data)),
        "doltflow, load": seconds(lambda: db.load("t0", frame="pandas")),
        "doltflow, load to polars": seconds(lambda: db.load("t0", frame="polars")),
    }
    for name, value in rows.items():
        print(f"| {name} | {value:.2f} |")
    print(f"MB on disk: {Path('bench.db').stat().st_size / 2**20:.0f}; load {os.getloadavg()[0]:.1f}")
    shut_down()


main()
