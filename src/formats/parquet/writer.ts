import type { ColumnChunk, RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import type { CellSource, FileWriteOptions, Piece } from '../format.ts'
import type { ColumnKind } from '../kinds.ts'
import { writeTyped, type TypedGroup } from '../typed-rows.ts'
import { writeChunk } from './column-chunk.ts'

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
  return writeTyped(source, { rows, bytes: GROUP_BYTES }, options, (kinds, groups) => {
    const elements = kinds.map((kind, index) => schemaElement(columns[index]!.name, kind))
    return fileOf(elements, groups)
  })
}

async function* fileOf(elements: SchemaElement[], groups: AsyncIterable<TypedGroup>): AsyncGenerator<Uint8Array> {
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
