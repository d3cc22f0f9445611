import type { DecodedArray, SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { found, readDate, readTimestamp } from '../dates.ts'
import type { CellSource } from '../format.ts'
import { columnKinds, type ColumnKind } from '../kinds.ts'
import { BIG_INTEGER, readNumber, result } from '../../numbers.ts'

/** How many cells a row group has at most, how many rows, and bytes of their text: what is held at once. */
const GROUP_CELLS = 1_000_000
const GROUP_ROWS = 122_880
const GROUP_BYTES = 2 ** 25

/** Writes a Parquet file, packed with Snappy. The rows are read twice, at first for the columns' types. */
export async function* writeParquet(source: CellSource): AsyncGenerator<Uint8Array> {
  const kinds = await columnKinds(source)
  const schema: SchemaElement[] = [
    { name: 'root', num_children: kinds.length },
    ...kinds.map((kind, index) => schemaElement(source.columns[index]!.name, kind)),
  ]
  const bytes = new ByteWriter(1 << 20)
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: 'doltflow' })
  const group = new Group(
    source.columns.map(({ name }) => name),
    kinds,
  )
  const most = Math.max(1000, Math.min(GROUP_ROWS, Math.floor(GROUP_CELLS / kinds.length)))
  for await (const { bytes: text, spans, rows } of source.batches()) {
    for (let row = 0; row < rows; row++) {
      group.add(text, spans, row)
      if (group.rows < most && group.bytes < GROUP_BYTES) continue
      group.write(writer)
      yield taken(bytes)
    }
  }
  if (group.rows > 0) group.write(writer)
  await writer.finish()
  yield taken(bytes)
}

/** What was written since the last time. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}

/** The rows of the coming row group, column by column. */
class Group {
  rows = 0
  /** Of the cells' texts. */
  bytes = 0
  readonly #names: string[]
  readonly #cells: ((bytes: Buffer, start: number, end: number) => unknown)[]
  #data: unknown[][]

  constructor(names: string[], kinds: ColumnKind[]) {
    this.#names = names
    this.#cells = kinds.map(cellValue)
    this.#data = names.map(() => [])
  }

  add(bytes: Buffer, spans: Int32Array, row: number): void {
    const width = this.#cells.length
    for (let column = 0, span = row * width * 2; column < width; column++, span += 2)
      this.#data[column]!.push(spans[span] === -1 ? null : this.#cells[column]!(bytes, spans[span]!, spans[span + 1]!))
    this.bytes += spans[(row + 1) * width * 2 - 1]! - spans[row * width * 2]!
    this.rows++
  }

  write(writer: ParquetWriter): void {
    const columnData = this.#names.map((name, index) => ({ name, data: this.#data[index] as DecodedArray }))
    void writer.write({ columnData, rowGroupSize: this.rows })
    this.#data = this.#names.map(() => [])
    this.rows = 0
    this.bytes = 0
  }
}

function schemaElement(name: string, column: ColumnKind): SchemaElement {
  const element = { name, repetition_type: 'OPTIONAL' } as const
  switch (column.kind) {
    case 'integer':
      return { ...element, type: 'INT64' }
    case 'real':
      return { ...element, type: 'DOUBLE' }
    case 'boolean':
      return { ...element, type: 'BOOLEAN' }
    case 'date':
      return { ...element, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }
    case 'decimal': {
      const { scale } = column
      const precision = 18
      return {
        ...element,
        type: 'INT64',
        converted_type: 'DECIMAL',
        scale,
        precision,
        logical_type: { type: 'DECIMAL', precision, scale },
      }
    }
    case 'timestamp':
    case 'instant': {
      const unit = column.digits === 9 ? 'NANOS' : 'MICROS'
      return {
        ...element,
        type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: column.kind === 'instant', unit },
      }
    }
    case 'text':
      return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
  }
}

/** How a column's cells become what the library writes. */
function cellValue(column: ColumnKind): (bytes: Buffer, start: number, end: number) => unknown {
  switch (column.kind) {
    case 'integer':
      return (bytes, start, end) =>
        readNumber(bytes, start, end, -1) === BIG_INTEGER ? result.big : BigInt(result.value)
    case 'real':
      return (bytes, start, end) => (readNumber(bytes, start, end, -1), result.value)
    case 'boolean':
      return (bytes, start) => bytes[start] === 0x74
    case 'date':
      return (bytes, start, end) => (readDate(bytes, start, end), found.days)
    case 'decimal':
      return (bytes, start, end) => BigInt(bytes.toString('latin1', start, end).replace('.', ''))
    case 'timestamp':
    case 'instant':
      return column.digits === 9 ? nanoseconds : microseconds
    case 'text':
      return (bytes, start, end) => bytes.toString('utf8', start, end)
  }
}

function microseconds(bytes: Buffer, start: number, end: number): bigint {
  readTimestamp(bytes, start, end)
  return BigInt(found.days * 86_400 + found.second) * 1_000_000n + BigInt(found.nanos / 1000)
}

function nanoseconds(bytes: Buffer, start: number, end: number): bigint {
  readTimestamp(bytes, start, end)
  return BigInt(found.days * 86_400 + found.second) * 1_000_000_000n + BigInt(found.nanos)
}
