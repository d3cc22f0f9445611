import { ByteWriter } from 'hyparquet-writer'
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js'

/* Parquet files that no writer writes: what their metadata and pages say is up to the test. */

export interface CraftedPage {
  header: Record<string, unknown>
  bytes: Buffer
}

export interface CraftedColumn {
  path: string[]
  pages: CraftedPage[]
  codec?: number
  /** Default: 2, INT64 */
  type?: number
  /** How many entries it says that it has. Default: as many as there are rows */
  entries?: number
  /** How many of its bytes it does not count. Default: none */
  uncounted?: number
  /** The file that it says to lie in. */
  elsewhere?: string
  statistics?: Record<string, unknown>
}

/** An element of the schema: a group has `children`, a column has none. */
export interface CraftedElement {
  name: string
  children?: number
  /** 0 required, 1 optional, 2 repeated. Default: 1 */
  repetition?: number
  /** 1 is a map, 3 a list, 21 an interval. */
  converted?: number
  /** Default: 2, INT64 */
  type?: number
  length?: number
  logical?: Record<string, unknown>
}

export const GZIP = 2
export const BROTLI = 4
export const LZ4 = 5

/**
 * A file of one row group. Elements begin with the root.
 * @param metadata what programs have written beside the schema
 */
export function craftedParquet(
  schema: CraftedElement[],
  rows: number,
  columns: CraftedColumn[],
  metadata?: Record<string, unknown>[],
): Buffer {
  const writer = new ByteWriter()
  const put = (value: Record<string, unknown>): void =>
    serializeTCompactProtocol(writer, value as Parameters<typeof serializeTCompactProtocol>[1])
  writer.appendBytes(Buffer.from('PAR1'))
  const chunks = columns.map(
    ({ path, pages, codec = 0, type = 2, entries = rows, uncounted = 0, elsewhere, statistics }) => {
      const start = writer.offset
      for (const { header, bytes } of pages) {
        put(header)
        writer.appendBytes(bytes)
      }
      const size = BigInt(writer.offset - start - uncounted)
      return {
        field_1: elsewhere,
        field_2: 0n,
        field_3: {
          field_1: type,
          field_2: [0],
          field_3: path,
          field_4: codec,
          field_5: BigInt(entries),
          field_6: size,
          field_7: size,
          field_9: BigInt(start),
          field_12: statistics,
        },
      }
    },
  )
  const footer = writer.offset
  put({
    field_1: 2,
    field_2: schema.map(({ name, children, repetition = 1, converted, type = 2, length, logical }, index) => ({
      field_1: children === undefined ? type : undefined,
      field_2: length,
      field_3: index === 0 ? undefined : repetition,
      field_4: name,
      field_5: children,
      field_6: converted,
      field_10: logical,
    })),
    field_3: BigInt(rows),
    field_4: [{ field_1: chunks, field_2: 0n, field_3: BigInt(rows) }],
    field_5: metadata,
  })
  writer.appendUint32(writer.offset - footer)
  writer.appendBytes(Buffer.from('PAR1'))
  return Buffer.from(writer.getBytes())
}

/** A data page: it says that it has `count` values, and its levels are those of `levels`, one run after the other. */
export function craftedPage(count: number, levels: Buffer[], values: Buffer = Buffer.alloc(0)): CraftedPage {
  const bytes = Buffer.concat([
    ...levels.flatMap((runs) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(runs.length)
      return [length, runs]
    }),
    values,
  ])
  return craftedHeader(count, bytes, bytes.length)
}

/** Whole numbers as a page has them. */
export function int64s(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from(BigInt64Array.of(BigInt(value)).buffer)))
}

/** Numbers of `width` bits, as many as a multiple of eight, as one packed run. */
export function packedRun(width: number, values: number[]): Buffer {
  const bits = values.flatMap((value) => Array.from({ length: width }, (_, bit) => (value >> bit) & 1))
  const bytes = Array.from({ length: bits.length / 8 }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((byte, bit, index) => byte | (bit << index), 0),
  )
  return Buffer.from([...varint(((values.length / 8) << 1) | 1), ...bytes])
}

/** A data page of bytes as they are, which say that they unpack to `unpacked`. */
export function craftedHeader(count: number, bytes: Buffer, unpacked: number): CraftedPage {
  const page = { field_1: count, field_2: 0, field_3: 3, field_4: 3 }
  return { header: { field_1: 0, field_2: unpacked, field_3: bytes.length, field_5: page }, bytes }
}

/** A run of `count` times the value ("Run Length Encoding / Bit-Packing Hybrid"). */
export function run(count: number, value: number): Buffer {
  return Buffer.from([...varint(count * 2), value])
}

function varint(number: number): number[] {
  const bytes: number[] = []
  let rest = number
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return [...bytes, rest]
}
