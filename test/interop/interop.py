"""Reads what doltflow wrote, and writes what doltflow shall read: python interop.py FOLDER."""
import datetime as dt
import decimal
import json
import sys

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet

folder = sys.argv[1]
seen = {}


def plain(value):
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    return value


def rows(table):
    return [[plain(value) for value in row.values()] for row in table.to_pylist()]


for name, table in {
    "parquet": parquet.read_table(f"{folder}/ours.parquet"),
    "arrow": feather.read_table(f"{folder}/ours.arrow"),
}.items():
    seen[name] = {"types": [str(field.type) for field in table.schema], "rows": rows(table)}
    table.validate(full=True)

sheet = openpyxl.load_workbook(f"{folder}/ours.xlsx").active
seen["xlsx"] = {"rows": [[plain(cell) for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]}
seen["jsonl"] = {"rows": [list(json.loads(line).values()) for line in open(f"{folder}/ours.jsonl", encoding="utf-8")]}
seen["json"] = {"rows": [list(row.values()) for row in json.load(open(f"{folder}/ours.json", encoding="utf-8"))]}
seen["csv.gz"] = {"rows": len(pd.read_csv(f"{folder}/ours.csv.gz"))}
seen["pandas"] = {
    "parquet": {name: str(kind) for name, kind in pd.read_parquet(f"{folder}/ours.parquet").dtypes.items()},
    "excel": {name: str(kind) for name, kind in pd.read_excel(f"{folder}/ours.xlsx").dtypes.items()},
}

frame = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "n": [9007199254740993, -5, 0],
        "r": [0.1, 1e21, -2.5],
        "t": ["é\n\"", "", "=1+1"],
        "b": [True, False, True],
        "d": pd.to_datetime(["2024-02-29 12:34:56.125", "1999-12-31 23:59:59", "2024-01-01 00:00:00"], format="ISO8601"),
    }
)
frame.to_parquet(f"{folder}/theirs.parquet", index=False)
frame.to_parquet(f"{folder}/theirs-gzip.parquet", index=False, compression="gzip")
frame.to_feather(f"{folder}/theirs.feather")
frame.to_json(f"{folder}/theirs.jsonl", orient="records", lines=True, date_format="iso", double_precision=15)
frame.to_json(f"{folder}/theirs.json", orient="records", date_format="iso", double_precision=15)
frame.assign(n=[5, -5, 0], t=["é\n\"", "", "'=1+1"]).to_excel(f"{folder}/theirs.xlsx", index=False)
print(json.dumps(seen, ensure_ascii=False))
