"""Writes the golden files of Parquet, Arrow and Excel into a folder: python make.py FOLDER (needs pyarrow, openpyxl and duckdb)."""
import numpy as np, pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather as fe, datetime as dt, decimal as de, json, sys
D=sys.argv[1]
utc=dt.timezone.utc
cols={
 'id': pa.array([1,2,3],pa.int32()),
 'i8': pa.array([-128,None,127],pa.int8()), 'u8': pa.array([255,None,0],pa.uint8()), 'u32': pa.array([4294967295,None,0],pa.uint32()),
 'i64': pa.array([-2**63,None,2**63-1],pa.int64()), 'u64': pa.array([2**64-1,None,0],pa.uint64()),
 'f32': pa.array([0.1,None,1e10],pa.float32()), 'f64': pa.array([0.1,None,1e21],pa.float64()),
 'bool': pa.array([True,None,False]),
 'text': pa.array(['é\n"',None,''],pa.string()), 'large': pa.array(['a',None,'😀'],pa.large_string()),
 'cat': pa.array(['x',None,'x']).dictionary_encode(),
 'bytes': pa.array([b'\x00\xff',None,b''],pa.binary()), 'fixed': pa.array([b'ab',None,b'cd'],pa.binary(2)),
 'dec': pa.array([de.Decimal('0.50'),None,de.Decimal('-12345678901234567890.12')],pa.decimal128(30,2)),
 'date': pa.array([dt.date(2024,2,29),None,dt.date(1,1,1)],pa.date32()),
 'ts_ms': pa.array([dt.datetime(2024,2,29,12,34,56,500000),None,dt.datetime(1969,12,31,23,59,59)],pa.timestamp('ms')),
 'ts_us': pa.array([dt.datetime(2024,2,29,12,34,56,123456),None,dt.datetime(2024,1,1)],pa.timestamp('us')),
 'ts_ns': pa.array([1,None,-1],pa.timestamp('ns')),
 'ts_utc': pa.array([dt.datetime(2024,2,29,12,34,56,tzinfo=utc),None,dt.datetime(1960,1,1,tzinfo=utc)],pa.timestamp('us',tz='UTC')),
 'time': pa.array([dt.time(12,34,56,1000),None,dt.time(0,0,0)],pa.time64('us')),
 'list': pa.array([[1,None,2**60],None,[]],pa.list_(pa.int64())),
 'struct': pa.array([{'a':1,'b':'x'},None,{'a':None,'b':'"'}],pa.struct([('a',pa.int64()),('b',pa.string())])),
 'map': pa.array([[('k',1)],None,[('a',None),('b',2)]],pa.map_(pa.string(),pa.int64())),
}
t=pa.table(cols)
for codec in ['snappy','gzip','zstd','brotli','lz4','none']:
  pq.write_table(t,f'{D}/parquet/types-{codec}.parquet',compression=codec)
pq.write_table(t,f'{D}/parquet/types-v2-plain.parquet',compression='zstd',data_page_version='2.0',use_dictionary=False)
pq.write_table(t.select(['id','ts_ms','ts_ns','date']),f'{D}/parquet/int96.parquet',use_deprecated_int96_timestamps=True)
pq.write_table(t.select(['id','i64','f64','text','dec']),f'{D}/parquet/delta.parquet',use_dictionary=False,column_encoding={'id':'DELTA_BINARY_PACKED','i64':'DELTA_BINARY_PACKED','f64':'BYTE_STREAM_SPLIT','text':'DELTA_BYTE_ARRAY','dec':'PLAIN'})
t2=t.drop_columns([])
for codec in ['lz4','zstd','uncompressed']:
  fe.write_feather(t,f'{D}/arrow/types-{codec}.arrow',compression=codec)
pq.write_table(t.slice(0,0).select(['id','text']),f'{D}/parquet/empty.parquet')
fe.write_feather(t.slice(0,0).select(['id','text']),f'{D}/arrow/empty.arrow')
big=pa.table({'id':pa.array(range(500)),'t':pa.array([None if i%7==0 else f'v{i%50}' for i in range(500)])})
pq.write_table(big,f'{D}/parquet/groups.parquet',row_group_size=77,data_page_size=100)
# Nested values that are no doubles.
D2=de.Decimal
one={'n':D2('0.35'),'t':dt.datetime(2024,2,29,12,34,56,125000),'u':dt.datetime(2024,2,29,12,34,56,tzinfo=utc),'d':dt.date(2024,2,29),'b':b'\x00\xff','i':2**60,'f':0.1,'w':2**64-1,'x':True,'s':'é"','nan':float('nan'),'z':dt.time(12,34,56)}
kinds=pa.struct([('n',pa.decimal128(30,2)),('t',pa.timestamp('us')),('u',pa.timestamp('us',tz='UTC')),('d',pa.date32()),('b',pa.binary()),('i',pa.int64()),('f',pa.float32()),('w',pa.uint64()),('x',pa.bool_()),('s',pa.string()),('nan',pa.float64()),('z',pa.time64('us'))])
nested=pa.table({
 'id': [1,2,3],
 's': pa.array([one,None,{}],kinds), 'l': pa.array([[one,None],[],None],pa.list_(kinds)),
 'd': pa.array([[D2('0.35'),D2('1.10')],[None],None],pa.list_(pa.decimal128(9,2))),
 'm': pa.array([[('a',[D2('0.10')]),('b',None)],[],None],pa.map_(pa.string(),pa.list_(pa.decimal128(9,2)))),
 'll': pa.array([[[1,2],[],None],None,[]],pa.list_(pa.list_(pa.int32()))),
})
pq.write_table(nested,f'{D}/parquet/nested.parquet')
fe.write_feather(nested,f'{D}/arrow/nested.arrow',compression='uncompressed')
# Names and keys that JavaScript's objects have of their own.
proto=pa.table({
 'id': [1,2], '__proto__': ['p','q'],
 's': pa.array([{'__proto__':1,'a':2},{'__proto__':None,'a':3}],pa.struct([('__proto__',pa.int64()),('a',pa.int64())])),
 'm': pa.array([[('__proto__',5),('b',6)],[]],pa.map_(pa.string(),pa.int64())),
 'l': pa.array([[{'__proto__':{'x':'y'}}],None],pa.list_(pa.struct([('__proto__',pa.struct([('x',pa.string())]))]))),
})
pq.write_table(proto,f'{D}/parquet/proto.parquet')
fe.write_feather(proto,f'{D}/arrow/proto.arrow',compression='uncompressed')
import openpyxl
from openpyxl.styles import numbers
wb=openpyxl.Workbook(); ws=wb.active; ws.title='First'
ws.append(['id','n','t','d','ts','b','price','time','f'])
ws.append([1,0.1,'a',dt.date(2024,2,29),dt.datetime(2024,2,29,12,34,56,500000),True,0.5,dt.time(12,30),2])
ws.append([])
ws.append([2,12345678901234567890,' é\n"<&>_x000D_ ',dt.date(1900,3,1),dt.datetime(2024,1,1),False,12,dt.time(0,0,1),'#N/A'])
ws.append([3,None,None,None,None,None,None,None,None])
for r in (2,4): ws.cell(r,7).number_format='0.00'
w2=wb.create_sheet('Zweites Blatt'); w2.append(['a','b']); w2.append([1,'x'])
wb.save(f'{D}/xlsx/openpyxl.xlsx')
wb=openpyxl.Workbook(); wb.epoch=openpyxl.utils.datetime.CALENDAR_MAC_1904 if hasattr(openpyxl.utils.datetime,'CALENDAR_MAC_1904') else wb.epoch
wb.active.append(['id','d']); wb.active.append([1,dt.date(2024,2,29)]); wb.save(f'{D}/xlsx/mac-1904.xlsx')
# What other settings of the same writers give: page headers of more than a KiB, pages without values, identifiers.
long=pa.table({'id':[1,2],'note':['a'*2000,'b'*600]})
pq.write_table(long,f'{D}/parquet/long-statistics.parquet')
pq.write_table(pa.table({'id':[1,2],'n':pa.array([None,None],pa.int64())}),f'{D}/parquet/no-values-v2.parquet',data_page_version='2.0')
import uuid
one=uuid.UUID('f24f9b64-81fa-49d1-b74e-8c09a6e31c56').bytes
ids=pa.table({'id':[1,2],'u':pa.array([one,None],pa.uuid()),'j':pa.array(['{"a":1}',None],pa.json_()),'half':pa.array(np.array([10.305,6e-8],np.float16)),'tiny':pa.array([1e-45,1e-40],pa.float32())})
pq.write_table(ids,f'{D}/parquet/ids.parquet')
fe.write_feather(ids,f'{D}/arrow/ids.arrow',compression='uncompressed')
# Variants, packed and with columns of their own (duckdb 2.0.1, which has both).
import duckdb
duckdb.sql(f"""copy (select i as id, case i
  when 1 then 12345.6789::decimal(9,4)::variant
  when 2 then 9876543210.123456789::decimal(19,9)::variant
  when 3 then timestamptz '2024-11-07 12:33:54.123456+00'::variant
  when 4 then '2024-11-07 12:33:54.123456789'::timestamp_ns::variant
  when 5 then time '12:33:54.123456'::variant
  when 6 then 10.11::float::variant
  when 7 then {{'b': [1::variant, null, 'x'::variant], 'a': {{'c': true, '__proto__': 2}}}}::variant
  when 8 then 'é"'::variant
  when 10 then date '2024-02-29'::variant
  when 11 then '\\xAA\\xAB'::blob::variant
  when 12 then 9223372036854775807::bigint::variant
  when 13 then uuid 'f24f9b64-81fa-49d1-b74e-8c09a6e31c56'::variant
  end as v from range(1,14) t(i)) to '{D}/parquet/variant.parquet' (format parquet)""")
duckdb.sql(f"""copy (select i as id, case i
  when 1 then {{'a': 1, 'b': 'x', 'd': 1.50::decimal(9,2)}}::variant
  when 2 then {{'a': 2, 'c': [1,2]}}::variant
  when 3 then 'text'::variant
  when 4 then {{'b':'y'}}::variant
  when 6 then {{'a':'no number', 'b': null}}::variant
  end as v from range(1,7) t(i)) to '{D}/parquet/variant-shredded.parquet' (format parquet, shredding {{'v': 'STRUCT(a INTEGER, b VARCHAR, d DECIMAL(9,2))'}})""")
