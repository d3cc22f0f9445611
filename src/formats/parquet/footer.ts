import type { ColumnMetaData, LogicalType, SchemaElement } from 'hyparquet'
import { CompressionCodecs, ConvertedTypes, FieldRepetitionTypes, ParquetTypes } from 'hyparquet/src/constants.js'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import { limited } from './codecs.ts'
import { readExactly } from './read-exactly.ts'

/*
 * Of a file's metadata just what tells its values. The library makes more of it, and refuses a file whose statistics or
 * metadata of a program are odd, though no cell depends on them.
 */

/** In bytes: the metadata of a file with 10,000 columns and 100 row groups has some 100 MB. */
const LONGEST_FOOTER = 2 ** 27
const MOST_ROWS = 2n ** 40n

export interface Footer {
  /** From the root on, each before its children. */
  schema: SchemaElement[]
  groups: Group[]
  /** What programs have noted in it, by name. */
  metadata: ReadonlyMap<string, string>
}

export interface Group {
  rows: bigint
  /** In the order of the schema. */
  columns: Column[]
}

interface Column {
  /** The file that it lies in, where that is another. */
  elsewhere: string | undefined
  /** Undefined where it is encrypted. */
  chunk: Chunk | undefined
}

export type Chunk = Pick<
  ColumnMetaData,
  | 'type'
  | 'path_in_schema'
  | 'codec'
  | 'num_values'
  | 'total_compressed_size'
  | 'data_page_offset'
  | 'dictionary_page_offset'
>

/** A structure of Thrift, by the numbers of its fields. */
type Fields = Record<`field_${number}`, any>

export function readFooter(file: number, size: number): Footer {
  if (size < 12) throw new Error('it is too short')
  const tail = readExactly(file, size - 8, 8)
  const magic = tail.toString('latin1', 4)
  if (magic === 'PARE') throw new Error('it is encrypted')
  if (magic !== 'PAR1') throw new Error('its last bytes are not PAR1')
  const length = tail.readUInt32LE(0)
  if (length > size - 12) throw new Error('its footer is longer than the file')
  limited(length, LONGEST_FOOTER, 'footer')
  const bytes = readExactly(file, size - 8 - length, length)
  const {
    field_2: schema,
    field_4: groups,
    field_5: metadata,
  } = deserializeTCompactProtocol({ view: new DataView(bytes.buffer), offset: 0 })
  return { schema: list(schema).map(elementOf), groups: list(groups).map(groupOf), metadata: metadataOf(metadata) }
}

/** An odd entry is left out: no cell depends on it. */
function metadataOf(entries: unknown): Map<string, string> {
  const found = new Map<string, string>()
  for (const entry of Array.isArray(entries) ? (entries as (Fields | undefined)[]) : [])
    if (entry?.field_1 instanceof Uint8Array && entry.field_2 instanceof Uint8Array)
      found.set(text(entry.field_1), text(entry.field_2))
  return found
}

function groupOf({ field_1: columns, field_3: rows }: Fields): Group {
  if (typeof rows !== 'bigint' || rows < 0n || rows > MOST_ROWS)
    throw new Error('a row group has an odd number of rows')
  return { rows, columns: list(columns).map(columnOf) }
}

function columnOf({ field_1: path, field_3: chunk }: Fields): Column {
  return { elsewhere: path && text(path), chunk: chunk && chunkOf(chunk as Fields) }
}

function chunkOf(fields: Fields): Chunk {
  return {
    type: known(ParquetTypes, fields.field_1, 'type'),
    path_in_schema: list(fields.field_3).map(text),
    codec: known(CompressionCodecs, fields.field_4, 'codec'),
    num_values: fields.field_5,
    total_compressed_size: fields.field_7,
    data_page_offset: fields.field_9,
    dictionary_page_offset: fields.field_11,
  }
}

function elementOf(fields: Fields): SchemaElement {
  const element: SchemaElement = { name: text(fields.field_4) }
  if (fields.field_1 !== undefined) element.type = known(ParquetTypes, fields.field_1, 'type')
  if (fields.field_2 !== undefined) element.type_length = fields.field_2
  if (fields.field_3 !== undefined) element.repetition_type = known(FieldRepetitionTypes, fields.field_3, 'repetition')
  if (fields.field_5 !== undefined) element.num_children = fields.field_5
  if (fields.field_6 !== undefined) element.converted_type = ConvertedTypes[fields.field_6]!
  if (element.type === undefined && element.num_children === undefined)
    throw new Error(`${element.name} has neither a type nor members`)
  if (fields.field_7 !== undefined) element.scale = fields.field_7
  if (fields.field_8 !== undefined) element.precision = fields.field_8
  const logical = fields.field_10 && logicalType(fields.field_10 as Fields)
  if (logical) element.logical_type = logical
  return element
}

/** By the number of the field in the union LogicalType. */
const PLAIN_TYPES: Record<string, LogicalType['type']> = {
  field_1: 'STRING',
  field_2: 'MAP',
  field_3: 'LIST',
  field_4: 'ENUM',
  field_6: 'DATE',
  field_12: 'JSON',
  field_14: 'UUID',
  field_15: 'FLOAT16',
  field_16: 'VARIANT',
}

/** Undefined for one that gives values no other text than their stored type. */
function logicalType(union: Fields): LogicalType | undefined {
  const [[field, value] = ['', {}]] = Object.entries(union) as [string, Fields][]
  if (Object.hasOwn(PLAIN_TYPES, field)) return { type: PLAIN_TYPES[field] } as LogicalType
  switch (field) {
    case 'field_5':
      return { type: 'DECIMAL', scale: value.field_1, precision: value.field_2 }
    case 'field_7':
      return { type: 'TIME', isAdjustedToUTC: value.field_1, unit: timeUnit(value.field_2) }
    case 'field_8':
      return { type: 'TIMESTAMP', isAdjustedToUTC: value.field_1, unit: timeUnit(value.field_2) }
    case 'field_10':
      return { type: 'INTEGER', bitWidth: value.field_1, isSigned: value.field_2 }
    default:
      return undefined
  }
}

function timeUnit(union: Fields = {}): 'MILLIS' | 'MICROS' | 'NANOS' {
  if (union.field_1) return 'MILLIS'
  if (union.field_2) return 'MICROS'
  if (union.field_3) return 'NANOS'
  throw new Error('a time has an odd unit')
}

function known<T>(names: readonly T[], number: number, what: string): T {
  const name = names[number]
  if (name === undefined) throw new Error(`its footer has the odd ${what} ${number}`)
  return name
}

function list(value: unknown): Fields[] {
  if (Array.isArray(value)) return value as Fields[]
  throw new Error('its footer lacks a list')
}

function text(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()
  throw new Error('its footer lacks a name')
}
