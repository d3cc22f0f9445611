import type { ColumnChunk, RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import type { TimeUnit } from '../../types.ts'
import type { CellSource, FileWriteOptions, Piece } from '../format.ts'
import type { ColumnKind } from '../kinds.ts'
import { OWN_TYPES, ownTypes } from '../own-types.ts'
import { writeTyped, type TypedGroup } from '../typed-rows.ts'
import { ARROW_SCHEMA, arrowSchema } from './arrow-schema.ts'
import { writeChunk } from './column-chunk.ts'
import { declaredType } from './declared-type.ts'

/** How many cells a row group has at most, how many rows, and bytes of their text: what is held at once. */
const GROUP_CELLS = 1_000_000
const GROUP_ROWS = 122_880
const GROUP_BYTES = 2 ** 23
/** `PAR1` */
const MAGIC = 0x31524150

/** Writes a Parquet file, packed with Snappy. */
export function writeParquet(source: CellSource, options: FileWriteOptions): AsyncIterable<Piece> {
  const { columns } = source
  const rows = Math.max(1000, Math.min(GROUP_ROWS, Math.floor(GROUP_CELLS / columns.length)))
  async function* write(kinds: ColumnKind[], groups: AsyncIterable<TypedGroup>): AsyncGenerator<Uint8Array> {
    const names = columns.map(({ name }) => name)
    const elements = kinds.map((kind, index) => schemaElement(names[index]!, storedKind(kind)))
    const entries = [
      [OWN_TYPES, ownTypes(columns, elements.map(declaredType))],
      [ARROW_SCHEMA, await arrowSchema(names, kinds)],
    ].flatMap(([key, value]) => (value === undefined ? [] : [{ key: key!, value }]))
    yield* fileOf(elements, entries, groups)
  }
  return writeTyped(source, { rows, bytes: GROUP_BYTES }, options, write, storedKind)
}

async function* fileOf(
  elements: SchemaElement[],
  entries: { key: string; value: string }[],
  groups: AsyncIterable<TypedGroup>,
): AsyncGenerator<Uint8Array> {
  const writer = new ByteWriter(2 ** 20)
  writer.appendUint32(MAGIC)
  const written: RowGroup[] = []
  for await (const group of groups) {
    if (group.rows === 0) continue
    const start = writer.offset
    const columns = group.columns.map((cells, index) => writeChunk(writer, elements[index]!, cells))
    written.push(rowGroup(group.rows, columns, writer.offset - start))
    yield taken(writer)
  }
  writeMetadata(writer, {
    version: 2,
    created_by: 'doltflow',
    schema: [{ name: 'root', num_children: elements.length }, ...elements],
    num_rows: written.reduce((sum, { num_rows: rows }) => sum + rows, 0n),
    row_groups: written,
    ...(entries.length > 0 && { key_value_metadata: entries }),
  } as unknown as Parameters<typeof writeMetadata>[1])
  writer.appendUint32(MAGIC)
  yield taken(writer)
}

function rowGroup(rows: number, columns: ColumnChunk[], size: number): RowGroup {
  const unpacked = columns.reduce((sum, { meta_data: chunk }) => sum + chunk!.total_uncompressed_size, 0n)
  return { columns, total_byte_size: unpacked, num_rows: BigInt(rows), total_compressed_size: BigInt(size) }
}

/** What was written since the last time. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}

function schemaElement(name: string, column: ColumnKind): SchemaElement {
  const element = { name, repetition_type: 'OPTIONAL' } as const
  switch (column.kind) {
    case 'integer':
      return { ...element, ...integerElement(column) }
    case 'duration':
      return { ...element, type: 'INT64' }
    case 'real':
      return { ...element, type: column.bits === 32 ? 'FLOAT' : 'DOUBLE' }
    case 'boolean':
      return { ...element, type: 'BOOLEAN' }
    case 'date':
      return { ...element, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }
    case 'decimal': {
      const { scale, precision } = column
      return {
        ...element,
        type: 'INT64',
        converted_type: 'DECIMAL',
        scale,
        precision,
        logical_type: { type: 'DECIMAL', precision, scale },
      }
    }
    case 'time':
      return {
        ...element,
        type: column.unit === 'ms' ? 'INT32' : 'INT64',
        logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: unitOf(column.unit) },
      }
    case 'timestamp': {
      const isAdjustedToUTC = column.zone !== undefined
      return {
        ...element,
        type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: unitOf(column.unit) },
      }
    }
    case 'bytes':
      return { ...element, type: 'BYTE_ARRAY' }
    case 'text':
      return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
  }
}

function integerElement({ bits, signed }: Extract<ColumnKind, { kind: 'integer' }>): Partial<SchemaElement> {
  const type = bits === 64 ? 'INT64' : 'INT32'
  // The library writes the logical type's width in more bits than the format has for it.
  return signed && bits >= 32 ? { type } : { type, converted_type: `${signed ? '' : 'U'}INT_${bits}` }
}

/** Parquet has no seconds, and decimals of more digits are not of 64 bits. */
function storedKind(kind: ColumnKind): ColumnKind {
  if (kind.kind === 'decimal') return { ...kind, precision: Math.min(18, kind.precision) }
  if ((kind.kind === 'time' || kind.kind === 'timestamp') && kind.unit === 's') return { ...kind, unit: 'ms' }
  return kind
}

function unitOf(unit: TimeUnit): 'MILLIS' | 'MICROS' | 'NANOS' {
  return unit === 'ns' ? 'NANOS' : unit === 'us' ? 'MICROS' : 'MILLIS'
}
