import type { ColumnChunk, Encoding, PageHeader, SchemaElement, Statistics } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import type { TypedCells } from '../typed-column.ts'
import { bitWidth, dictionaryOf, type Dictionary } from './dictionary.ts'
import { isSet, plainValues, type PlainValues } from './plain-values.ts'

/*
 * The library takes values one by one, bigints and strings, which costs more than half of a load; of it are the headers,
 * the runs of levels and the packing.
 */

/** In bytes, unpacked: beyond these a page of texts ends. */
const PAGE = 2 ** 20

/** Writes one column of a row group: a dictionary where it pays, and pages (of version 2). */
export function writeChunk(writer: ByteWriter, element: SchemaElement, cells: TypedCells): ColumnChunk {
  const start = writer.offset
  const values = plainValues(cells, element.type === 'INT32' || element.type === 'FLOAT')
  const dictionary = element.type === 'BOOLEAN' ? undefined : dictionaryOf(values)
  let unpacked = dictionary ? writeDictionary(writer, values, dictionary) : 0
  const encoding: Encoding = dictionary ? 'RLE_DICTIONARY' : 'PLAIN'
  const data = writer.offset
  let pages = 0
  for (let from = 0, to = 0, value = 0; from < cells.rows; from = to, pages++) {
    to = dictionary ? cells.rows : pageEnd(cells, from)
    const { levels, nulls } = levelsOf(cells, from, to)
    const page = new ByteWriter()
    if (dictionary) writeIndexes(page, dictionary)
    else values.write(page, value, value + to - from - nulls)
    value += to - from - nulls
    unpacked += writePage(writer, levels, page.getBytes(), {
      num_values: to - from,
      num_nulls: nulls,
      num_rows: to - from,
      encoding,
    })
  }
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: element.type!,
      encodings: dictionary ? ['PLAIN', 'RLE_DICTIONARY'] : ['PLAIN'],
      path_in_schema: [element.name],
      codec: 'SNAPPY',
      num_values: BigInt(cells.rows),
      total_compressed_size: BigInt(writer.offset - start),
      total_uncompressed_size: BigInt(unpacked),
      data_page_offset: BigInt(data),
      ...(dictionary && { dictionary_page_offset: BigInt(start) }),
      statistics: isUnsigned(element) ? { null_count: BigInt(cells.nulls) } : statisticsOf(cells, values, dictionary),
      encoding_stats: [
        ...(dictionary ? [{ page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 } as const] : []),
        { page_type: 'DATA_PAGE_V2', encoding, count: pages },
      ],
    },
  }
}

function pageEnd({ rows, offsets, text }: TypedCells, from: number): number {
  if (text.length === 0) return rows
  let to = from + 1
  while (to < rows && offsets[to]! - offsets[from]! + 4 * (to - from) < PAGE) to++
  return to
}

/** Whether there is a value, row by row. */
function levelsOf({ nulls, validity }: TypedCells, from: number, to: number): { levels: Uint8Array; nulls: number } {
  const levels = new Uint8Array(to - from).fill(1)
  let missing = 0
  if (nulls > 0)
    for (let row = from; row < to; row++)
      if (!isSet(validity, row)) {
        levels[row - from] = 0
        missing++
      }
  const packed = new ByteWriter()
  writeRleBitPackedHybrid(packed, levels, 1)
  return { levels: packed.getBytes(), nulls: missing }
}

function writeIndexes(page: ByteWriter, { firsts, indexes }: Dictionary): void {
  const width = bitWidth(firsts.length)
  page.appendUint8(width)
  writeRleBitPackedHybrid(page, indexes, width)
}

/** @returns the bytes of the page, unpacked, with its header */
function writePage(
  writer: ByteWriter,
  levels: Uint8Array,
  data: Uint8Array,
  header: Pick<NonNullable<PageHeader['data_page_header_v2']>, 'num_values' | 'num_nulls' | 'num_rows' | 'encoding'>,
): number {
  const start = writer.offset
  const packed = snappyCompress(data)
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levels.length + data.length,
    compressed_page_size: levels.length + packed.length,
    data_page_header_v2: {
      ...header,
      definition_levels_byte_length: levels.length,
      repetition_levels_byte_length: 0,
      is_compressed: true,
    },
  })
  const headerSize = writer.offset - start
  writer.appendBytes(levels)
  writer.appendBytes(packed)
  return headerSize + levels.length + data.length
}

/** @returns the bytes of its page, unpacked, with the header */
function writeDictionary(writer: ByteWriter, values: PlainValues, { firsts }: Dictionary): number {
  const start = writer.offset
  const page = new ByteWriter()
  for (const index of firsts) values.write(page, index, index + 1)
  const data = page.getBytes()
  const packed = snappyCompress(data)
  writePageHeader(writer, {
    type: 'DICTIONARY_PAGE',
    uncompressed_page_size: data.length,
    compressed_page_size: packed.length,
    dictionary_page_header: { num_values: firsts.length, encoding: 'PLAIN' },
  })
  const headerSize = writer.offset - start
  writer.appendBytes(packed)
  return headerSize + data.length
}

/** The values are compared with their sign. */
function isUnsigned({ converted_type: converted }: SchemaElement): boolean {
  return converted?.startsWith('UINT_') ?? false
}

function statisticsOf(cells: TypedCells, values: PlainValues, dictionary: Dictionary | undefined): Statistics {
  const null_count = BigInt(cells.nulls)
  const count = dictionary?.firsts.length ?? values.count
  if (count === 0) return { null_count }
  let least = 0
  let greatest = 0
  for (let each = 0; each < count; each++) {
    const index = dictionary ? dictionary.firsts[each]! : each
    if (values.compare(index, least) < 0) least = index
    else if (values.compare(index, greatest) > 0) greatest = index
  }
  // What is no number has no place in an order.
  if (Number.isNaN(values.value(least))) return { null_count }
  return { min_value: values.value(least), max_value: values.value(greatest), null_count }
}
