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
  type Data,
  type DataType,
} from 'apache-arrow'
import type { CellSource, FileWriteOptions, Piece } from '../format.ts'
import type { ColumnKind } from '../kinds.ts'
import type { TypedCells } from '../typed-column.ts'
import { writeTyped, type TypedGroup } from '../typed-rows.ts'

/** How many rows, and bytes of their text, a record batch has at most. */
const LIMITS = { rows: 65_536, bytes: 2 ** 23 }
/** In bytes: smaller pieces of the file are put together. */
const PIECE = 1 << 18

/** Writes an Arrow IPC file, unpacked. */
export function writeArrow(source: CellSource, options: FileWriteOptions): AsyncIterable<Piece> {
  return writeTyped(source, LIMITS, options, (kinds, groups) => {
    const fields = kinds.map((kind, index) => new Field(source.columns[index]!.name, arrowType(kind), true))
    return fileOf(new Schema(fields), groups)
  })
}

async function* fileOf(schema: Schema, groups: AsyncIterable<TypedGroup>): AsyncGenerator<Uint8Array> {
  const writer = new RecordBatchFileWriter()
  const pieces = writer[Symbol.asyncIterator]()
  let coming = pieces.next()
  // The writer waits for nobody: what a batch has become is taken before the next one is made.
  for await (const group of groups) {
    writer.write(recordBatch(schema, group))
    const written: Uint8Array[] = []
    for (let piece = await ready(coming); piece; piece = await ready(coming)) {
      written.push(piece.value as Uint8Array)
      coming = pieces.next()
    }
    yield* joined(written)
  }
  writer.finish()
  const rest: Uint8Array[] = []
  for (let piece = await coming; !piece.done; piece = await pieces.next()) rest.push(piece.value as Uint8Array)
  yield* joined(rest)
}

/** What a promise has given already. */
function ready<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, Promise.resolve(undefined)])
}

/** Small pieces put together. */
function* joined(pieces: Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = []
  let size = 0
  for (const piece of pieces) {
    small.push(piece)
    size += piece.length
    if (size < PIECE) continue
    yield Buffer.concat(small)
    small = []
    size = 0
  }
  yield Buffer.concat(small)
}

function recordBatch(schema: Schema, { rows, columns }: TypedGroup): RecordBatch {
  const children = columns.map((cells, index) => arrowData(schema.fields[index]!.type, cells))
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }))
}

function arrowData(type: DataType, { rows, nulls, validity, values, offsets, text }: TypedCells): Data {
  const data =
    type instanceof Utf8
      ? { valueOffsets: offsets, data: text }
      : { data: type instanceof Decimal ? widened(values as BigInt64Array) : values }
  return makeData({
    type,
    length: rows,
    nullCount: nulls,
    nullBitmap: nulls === 0 ? undefined : validity,
    ...data,
  } as never)
}

/** Numbers of 64 bits as ones of 128: the higher half is the sign. */
function widened(values: BigInt64Array): Uint32Array {
  const wide = new BigInt64Array(values.length * 2)
  values.forEach((value, index) => {
    wide[index * 2] = value
    wide[index * 2 + 1] = value >> 63n
  })
  return new Uint32Array(wide.buffer)
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
