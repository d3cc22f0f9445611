"""Writes columns of every type that pyarrow has, and what their cells are as texts: python every_type.py FOLDER."""

import datetime as dt
import decimal
import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet

folder = sys.argv[1]
decimal.getcontext().prec = 100
Decimal = decimal.Decimal
cases = {}


def add(name, values, texts, **options):
    array = values if isinstance(values, pa.Array) else pa.array(values, **options)
    cases[name] = (array, texts)


def add_timestamps(unit, zone, values, texts):
    add(f"timestamp-{unit}", pa.array(values, type=pa.int64()).cast(pa.timestamp(unit, zone)), texts)


for precision, scale in [(38, 0), (38, 38), (38, 10), (9, 2), (18, 4), (76, 20), (1, 1)]:
    kind = pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
    most = Decimal((0, (9,) * precision, -scale))
    numbers = [most, -most, Decimal((1, (1,), -scale)), Decimal((0, (0,), -scale))]
    add(f"decimal-{precision}-{scale}", [*numbers, None], [*(f"{number:f}" for number in numbers), None], type=kind)
add(
    "f64",
    [float("nan"), float("inf"), -float("inf"), -0.0, 5e-324, 1.7976931348623157e308, 0.1],
    ["NaN", "Infinity", "-Infinity", "0", "5e-324", "1.7976931348623157e+308", "0.1"],
    type=pa.float64(),
)
add("f32", [0.1, 1e38, float("nan"), -0.0, 1.4e-45], ["0.1", "1e+38", "NaN", "0", "1e-45"], type=pa.float32())
add(
    "f16",
    np.array([0.1, 65504, float("inf"), -0.0, 5.960464477539063e-8, 10.305], dtype=np.float16),
    ["0.1", "65500", "Infinity", "0", "6e-8", "10.305"],
    type=pa.float16(),
)
add("u64", [2**64 - 1, 0, 2**63, None], ["18446744073709551615", "0", "9223372036854775808", None], type=pa.uint64())
add("u32", [2**32 - 1, 0], ["4294967295", "0"], type=pa.uint32())
add("u8", [255, 0], ["255", "0"], type=pa.uint8())
add("i8", [-128, 127], ["-128", "127"], type=pa.int8())
add("u16", [65535, 1], ["65535", "1"], type=pa.uint16())
add("i16", [-32768, 1], ["-32768", "1"], type=pa.int16())
add("i64", [-(2**63), 2**63 - 1, 0], ["-9223372036854775808", "9223372036854775807", "0"], type=pa.int64())
add_timestamps(
    "s",
    None,
    [0, -1, 253402300799, -62135596800, 253402300800, None],
    [
        "1970-01-01T00:00:00",
        "1969-12-31T23:59:59",
        "9999-12-31T23:59:59",
        "0001-01-01T00:00:00",
        "+010000-01-01T00:00:00",
        None,
    ],
)
add_timestamps("ms", None, [0, -1, 1], ["1970-01-01T00:00:00", "1969-12-31T23:59:59.999", "1970-01-01T00:00:00.001"])
add_timestamps(
    "us",
    "UTC",
    [0, -1, 2**63 - 1],
    ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "+294247-01-10T04:00:54.775807Z"],
)
add_timestamps(
    "ns",
    "Europe/Berlin",
    [2**63 - 1, -(2**63) + 1, 1000, 1],
    [
        "2262-04-11T23:47:16.854775807Z",
        "1677-09-21T00:12:43.145224193Z",
        "1970-01-01T00:00:00.000001Z",
        "1970-01-01T00:00:00.000000001Z",
    ],
)
add(
    "d32",
    pa.array([0, -1, 2932896, -719162, 2932897], type=pa.int32()).cast(pa.date32()),
    ["1970-01-01", "1969-12-31", "9999-12-31", "0001-01-01", "+010000-01-01"],
)
add("d64", pa.array([0, 86400000], type=pa.int64()).cast(pa.date64()), ["1970-01-01", "1970-01-02"])
add("t32s", [dt.time(12, 34, 56), dt.time(0, 0)], ["12:34:56", "00:00:00"], type=pa.time32("s"))
add("t32ms", [dt.time(12, 34, 56, 125000)], ["12:34:56.125"], type=pa.time32("ms"))
add("t64us", [dt.time(23, 59, 59, 999999), None], ["23:59:59.999999", None], type=pa.time64("us"))
add(
    "t64ns",
    pa.array([1, 86399999999999], type=pa.int64()).cast(pa.time64("ns")),
    ["00:00:00.000000001", "23:59:59.999999999"],
)
add("bool", [True, False, None], ["true", "false", None])
add("bin", [b"\x00\xff", b"", None], ["AP8=", "", None], type=pa.binary())
add("lbin", [b"ab", None], ["YWI=", None], type=pa.large_binary())
add("fbin", [b"abc", b"xyz"], ["YWJj", "eHl6"], type=pa.binary(3))
add("str", ['é\n"', "", "a,b", "\ufeffx", "😀", " lead", None], ['é\n"', "", "a,b", "\ufeffx", "😀", " lead", None])
add("lstr", ["a", "", None], ["a", "", None], type=pa.large_string())
add(
    "sview",
    ["a", "\ufeffx", "\ufeff a long string beyond twelve bytes", None],
    ["a", "\ufeffx", "\ufeff a long string beyond twelve bytes", None],
    type=pa.string_view(),
)
add("dict", pa.array(["x", "y", None, "x"]).dictionary_encode(), ["x", "y", None, "x"])
add("dicti", pa.array([5, None, 5, 7], type=pa.int64()).dictionary_encode(), ["5", None, "5", "7"])
add("list", [[1, None, 3], [], None], ["[1,null,3]", "[]", None], type=pa.list_(pa.int64()))
add("llist", [["a"], ['"']], ['["a"]', '["\\""]'], type=pa.large_list(pa.string()))
add("flist", [[1, 2], [3, 4]], ["[1,2]", "[3,4]"], type=pa.list_(pa.int32(), 2))
add(
    "struct",
    [{"a": 1, "b": None}, None],
    ['{"a":1,"b":null}', None],
    type=pa.struct([("a", pa.int64()), ("b", pa.string())]),
)
add("map", [[("k", 1), ("l", None)], [], None], ['{"k":1,"l":null}', "{}", None], type=pa.map_(pa.string(), pa.int64()))
add(
    "deep",
    [[[{"x": [Decimal("0.35")]}]], None],
    ['[[{"x":[0.35]}]]', None],
    type=pa.list_(pa.list_(pa.struct([("x", pa.list_(pa.decimal128(5, 2)))]))),
)
add(
    "lts",
    [[dt.datetime(2024, 2, 29, 1, 2, 3, 4)]],
    ['["2024-02-29T01:02:03.000004"]'],
    type=pa.list_(pa.timestamp("us")),
)
add("lu64", [[2**64 - 1]], ["[18446744073709551615]"], type=pa.list_(pa.uint64()))
add("lnan", [[float("nan"), 1.5]], ["[null,1.5]"], type=pa.list_(pa.float64()))
add("lbin2", [[b"\x00\xff"]], ['["AP8="]'], type=pa.list_(pa.binary()))
add("null", pa.nulls(3), [None, None, None])
add("mapint", [[(1, "a")]], ['{"1":"a"}'], type=pa.map_(pa.int32(), pa.string()))
add("sdict", pa.StructArray.from_arrays([pa.array(["x", "y"]).dictionary_encode()], ["d"]), ['{"d":"x"}', '{"d":"y"}'])
# Names in an order of their own, twice, of bytes, with a mark, and such as JavaScript's objects can't have.
add(
    "mapnames",
    [[(10, "x"), (2, "y"), (10, None)]],
    ['{"10":"x","2":"y","10":null}'],
    type=pa.map_(pa.int32(), pa.string()),
)
add("mapbin", [[(b"\xff", 1), (b"\xfe", 2)]], ['{"/w==":1,"/g==":2}'], type=pa.map_(pa.binary(), pa.int8()))
add("mapmark", [[("\ufeffx", 1), ("", 2)]], ['{"\ufeffx":1,"":2}'], type=pa.map_(pa.string(), pa.int8()))
add("mapdate", [[(dt.date(2024, 2, 29), 1)]], ['{"2024-02-29":1}'], type=pa.map_(pa.date32(), pa.int8()))
add(
    "mapdeep",
    [[("k", [[(2, {"x": None}), (1, None)], [], None]), ("k", None), ("l", [])], None],
    ['{"k":[{"2":{"x":null},"1":null},{},null],"k":null,"l":[]}', None],
    type=pa.map_(pa.string(), pa.list_(pa.map_(pa.int8(), pa.struct([("x", pa.int8())])))),
)
add(
    "snames",
    [{"10": 1, "2": 2, "__proto__": "p", "a.b": 3, "\ufeffa": 4}, None],
    ['{"10":1,"2":2,"__proto__":"p","a.b":3,"\ufeffa":4}', None],
    type=pa.struct([(name, pa.string() if "p" in name else pa.int8()) for name in ["10", "2", "__proto__", "a.b", "\ufeffa"]]),
)
add("ldur", [[dt.timedelta(seconds=5), None]], ["[5,null]"], type=pa.list_(pa.duration("s")))

WAYS = {
    "parquet": {
        "snappy": {},
        "gzip": {"compression": "gzip", "use_dictionary": False},
        "zstd": {"compression": "zstd", "data_page_version": "2.0", "data_page_size": 10},
    },
    "arrow": {"plain": {"compression": "uncompressed"}, "zstd": {"compression": "zstd", "chunksize": 2}},
}
expected = {}
for name, (array, texts) in cases.items():
    table = pa.table({"id": pa.array(range(len(array))), "\ufeffc": array})
    for format, ways in WAYS.items():
        for way, options in ways.items():
            file = f"{name}-{way}.{format}"
            (parquet.write_table if format == "parquet" else feather.write_feather)(
                table, f"{folder}/{file}", **options
            )
            expected[file] = texts
print(json.dumps(expected, ensure_ascii=False))
