import {
  Binary,
  Decimal,
  Field,
  Float32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Uint64,
  Utf8,
  type Data,
  type DataType,
} from 'apache-arrow'
import type { CellSource, FileWriteOptions, Piece } from '../format.ts'
import { OWN_TYPES, ownTypes } from '../own-types.ts'
import { narrowed, type TypedCells, type Values } from '../typed-column.ts'
import { writeTyped, type TypedGroup } from '../typed-rows.ts'
import { arrowType } from './arrow-type.ts'
import { declaredType } from './declared-type.ts'

/** How many rows, and bytes of their text, a record batch has at most. */
const LIMITS = { rows: 65_536, bytes: 2 ** 23 }
/** In bytes: smaller pieces of the file are put together. */
const PIECE = 1 << 18

/** Writes an Arrow IPC file, unpacked. */
export function writeArrow(source: CellSource, options: FileWriteOptions): AsyncIterable<Piece> {
  return writeTyped(source, LIMITS, options, (kinds, groups) => {
    const fields = kinds.map((kind, index) => new Field(source.columns[index]!.name, arrowType(kind), true))
    const types = ownTypes(
      source.columns,
      fields.map(({ type }) => declaredType(type, new Map())),
    )
    return fileOf(new Schema(fields, new Map(types === undefined ? [] : [[OWN_TYPES, types]])), groups)
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
  const isText = type instanceof Utf8 || type instanceof Binary
  return makeData({
    type,
    length: rows,
    nullCount: nulls,
    nullBitmap: nulls === 0 ? undefined : validity,
    ...(isText ? { valueOffsets: offsets, data: text } : { data: inWidth(type, values) }),
  } as never)
}

/** The values in the width that the type has. */
function inWidth(type: DataType, values: Values): ArrayBufferView {
  if (type instanceof Decimal) return widened(values as BigInt64Array)
  const { ArrayType } = type as DataType & { ArrayType: new (length: number | ArrayBufferLike) => Values }
  if (values instanceof Float64Array) return type instanceof Float32 ? Float32Array.from(values) : values
  if (!(values instanceof BigInt64Array)) return values
  if (type instanceof Uint64) return new BigUint64Array(values.buffer, values.byteOffset, values.length)
  return new ArrayType(0).BYTES_PER_ELEMENT === 8
    ? values
    : narrowed(values, new ArrayType(values.length) as Int32Array)
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
