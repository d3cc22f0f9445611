"""Writes typed pandas frames, and tells how each came back: python frames.py write|check FOLDER."""

import datetime as dt
import decimal
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather

mode, folder = sys.argv[1], Path(sys.argv[2])
Decimal = decimal.Decimal
when = pd.to_datetime(["2024-02-29 12:34:56.789", "1969-12-31 23:59:59", "2100-01-01"], format="ISO8601")


def one(values, dtype=None):
    return pd.DataFrame({"id": ["a", "b", "c"], "x": pd.Series(values, dtype=dtype)})


FRAMES = {
    "int64": one([1, -2, 2**63 - 1]),
    **{f"int{bits}": one([1, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1], f"int{bits}") for bits in (8, 16, 32)},
    **{f"uint{bits}": one([1, 0, 2**bits - 1], f"uint{bits}") for bits in (8, 16, 32, 64)},
    "float64-whole": one([1.0, 2.0, 3.0]),
    "float64": one([1.5, 0.1, -2.0]),
    "float64-missing": one([1.0, np.nan, 3.0]),
    "float64-infinite": one([1.5, np.inf, -np.inf]),
    "float64-extreme": one([1e300, 5e-324, 1e20]),
    "float32": one([0.1, 1e38, 16777216.0], "float32"),
    "float32-whole": one([1.0, 2.0, np.inf], "float32"),
    "bool": one([True, False, True]),
    "text": one(["x", "", "ü\n\"'"]),
    "text-missing": one(["x", None, "y"]),
    "text-integers": one(["1", "2", "3"]),
    "text-reals": one(["1.50", "2.25", "3.00"]),
    "text-booleans": one(["true", "false", "true"]),
    "text-dates": one(["2024-01-01", "2024-01-02", "2024-01-03"]),
    "text-timestamps": one(["2024-01-01T00:00:00", "2024-01-02T00:00:00", "2024-01-03T00:00:00"]),
    "text-codes": one(["007", "42", "0001"]),
    "text-json": one(['{"a":1}', "[1]", "null"]),
    "text-nan": one(["NaN", "Infinity", "-0"]),
    "date": one([dt.date(2024, 2, 29), dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
    "date-missing": one([dt.date(2024, 2, 29), None, dt.date(1969, 12, 31)]),
    "timestamp-ms": one(when.as_unit("ms")),
    "timestamp-us": one(when.as_unit("us")),
    "timestamp-ns": one(when.as_unit("ns")),
    "timestamp-midnights": one(when.normalize().as_unit("ns")),
    "timestamp-missing": one(pd.Series(when.as_unit("us")).where([True, False, True])),
    "timestamp-utc": one(when.as_unit("us").tz_localize("UTC")),
    "decimal": one([Decimal("1.50"), Decimal("-2.25"), Decimal("0.00")]),
    "decimal-wide": one([Decimal("1.50"), Decimal("12345678.25"), None]),
    "bytes": one([b"\x00\xff", b"", b"abc"]),
    "bytes-like-text": one([b"abc", b"def", b"\xd7\x6d\xf8"]),
    "time": one([dt.time(12, 34, 56), dt.time(0, 0), dt.time(23, 59, 59, 999999)]),
    "timedelta": one(pd.to_timedelta([1, 2, 3_600_000_000], unit="us")),
    "timestamp-s": one(when.floor("s").as_unit("s")),
    "timestamp-zone": one(when.as_unit("us").tz_localize("UTC").tz_convert("Europe/Oslo")),
    "empty": one([1, 2, 3]).iloc[:0].assign(f=pd.Series([], dtype="float64"), b=pd.Series([], dtype="bool")),
    "all-missing": one([np.nan] * 3, "float64"),
}


def write():
    for name, frame in FRAMES.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
        feather.write_feather(pa.Table.from_pandas(frame, preserve_index=False), str(folder / f"{name}.arrow"))
    print(json.dumps(list(FRAMES)))


def difference(frame, other):
    try:
        pd.testing.assert_frame_equal(frame, other, check_exact=True)
        return "same"
    except AssertionError as error:
        return " ".join(str(error).split())[:300]


def check():
    found = {}
    for name, frame in FRAMES.items():
        for kind in ("parquet", "arrow"):
            path = folder / f"{name}.out.{kind}"
            other = pd.read_parquet(path) if kind == "parquet" else feather.read_table(str(path)).to_pandas()
            found[f"{name} {kind}"] = difference(frame, other)
    print(json.dumps(found))


write() if mode == "write" else check()
