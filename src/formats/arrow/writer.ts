import {
  Bool,
  DateDay,
  Decimal,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  TimestampNanosecond,
  Utf8,
  type DataType,
} from 'apache-arrow'
import type { CellSource } from '../format.ts'
import { columnKinds, type ColumnKind } from '../kinds.ts'
import { ColumnBuffers } from './column-buffers.ts'

/** How many rows, and bytes of a column's text, a record batch has at most. */
const BATCH_ROWS = 65_536
const BATCH_BYTES = 2 ** 24
/** In bytes: smaller pieces of the file are put together. */
const PIECE = 1 << 18

/** Writes an Arrow IPC file, unpacked. The rows are read twice, at first for the columns' types. */
export async function* writeArrow(source: CellSource): AsyncGenerator<Uint8Array> {
  const kinds = await columnKinds(source)
  const fields = kinds.map((kind, index) => new Field(source.columns[index]!.name, arrowType(kind), true))
  const writer = new RecordBatchFileWriter()
  const written = writer.writeAll(recordBatches(source, kinds, new Schema(fields)))
  written.catch((error: unknown) => writer.abort(error))
  let pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of writer) {
    pieces.push(piece)
    size += piece.length
    if (size < PIECE) continue
    yield Uint8Array.prototype.slice.call(Buffer.concat(pieces))
    pieces = []
    size = 0
  }
  await written
  yield Uint8Array.prototype.slice.call(Buffer.concat(pieces))
}

async function* recordBatches(source: CellSource, kinds: ColumnKind[], schema: Schema): AsyncGenerator<RecordBatch> {
  const columns = kinds.map((kind) => new ColumnBuffers(kind))
  let rows = 0
  let any = false
  const take = (): RecordBatch => {
    const children = columns.map((column, index) => column.take(schema.fields[index]!.type))
    const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children })
    rows = 0
    any = true
    return new RecordBatch(schema, data)
  }
  for await (const { bytes, spans, rows: count } of source.batches()) {
    for (let row = 0, span = 0; row < count; row++) {
      for (const column of columns) {
        column.add(bytes, spans[span]!, spans[span + 1]!)
        span += 2
      }
      rows++
      if (rows >= BATCH_ROWS || columns.some((column) => column.bytes > BATCH_BYTES)) yield take()
    }
  }
  if (rows > 0 || !any) yield take()
}

function arrowType(column: ColumnKind): DataType {
  switch (column.kind) {
    case 'integer':
      return new Int64()
    case 'real':
      return new Float64()
    case 'boolean':
      return new Bool()
    case 'date':
      return new DateDay()
    case 'decimal':
      return new Decimal(column.scale, 18, 128)
    case 'timestamp':
    case 'instant': {
      const zone = column.kind === 'instant' ? 'UTC' : null
      return column.digits === 9 ? new TimestampNanosecond(zone) : new TimestampMicrosecond(zone)
    }
    case 'text':
      return new Utf8()
  }
}
