import { closeSync, fstatSync, openSync } from 'node:fs'
import {
  parquetMetadata,
  parquetScan,
  parquetSchema,
  type FileMetaData,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet'
import { BatchMaker } from '../cells.ts'
import { checkNames } from '../csv/header.ts'
import type { CellBatch, FileReadOptions } from '../format.ts'
import { cellTexts, nestedParsers } from './cell-texts.ts'
import { decompressors, limited } from './codecs.ts'
import { nestedTexts, storedColumn } from './nested-texts.ts'
import { PageCursor } from './pages.ts'
import { readExactly } from './read-exactly.ts'

/** In bytes: the metadata of a file with 10,000 columns and 100 row groups has some 100 MB. */
const LONGEST_FOOTER = 2 ** 27

/**
 * Reads a Parquet file's rows: its footer, then its row groups, page by page. A column of lists, maps or structs is held a
 * row group at a time.
 */
export async function* readParquet(path: string, options: FileReadOptions): AsyncGenerator<CellBatch> {
  const file = openSync(path, 'r')
  try {
    const size = fstatSync(file).size
    const metadata = readFooter(file, size)
    const tree = parquetSchema(metadata)
    const columns = tree.children.map(({ element }) => element.name)
    checkNames(columns, () => ({ line: 1, column: 1 }))
    const maker = new BatchMaker(columns, options)
    yield maker.batch([], 0)
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows)
      if (rows === 0) continue
      const sources = await Promise.all(
        tree.children.map((column) => columnSource(file, size, metadata, group, tree, column)),
      )
      yield* batches(sources, rows, maker)
    }
  } finally {
    closeSync(file)
  }
}

/** Fills the cells of one column: every `step`-th place of `texts` from `place` on, `count` of them. */
interface ColumnSource {
  fill(texts: (string | null)[], place: number, step: number, count: number): void
}

function* batches(sources: ColumnSource[], rows: number, maker: BatchMaker): Generator<CellBatch> {
  const width = sources.length
  for (let done = 0, count = 0; done < rows; done += count) {
    count = Math.min(maker.rows, rows - done)
    const texts = Array.from<string | null>({ length: count * width })
    sources.forEach((source, place) => source.fill(texts, place, width, count))
    yield maker.batch(texts, count)
  }
}

function readFooter(file: number, size: number): FileMetaData {
  if (size < 12) throw new Error('it is too short')
  const tail = readExactly(file, size - 8, 8)
  const magic = tail.toString('latin1', 4)
  if (magic === 'PARE') throw new Error('it is encrypted')
  if (magic !== 'PAR1') throw new Error('its last bytes are not PAR1')
  const length = tail.readUInt32LE(0)
  if (length > size - 12) throw new Error('its footer is longer than the file')
  limited(length, LONGEST_FOOTER, 'footer')
  const metadata = parquetMetadata(new Uint8Array(readExactly(file, size - 8 - length, length + 8)), {
    geoparquet: false,
  })
  for (const { num_rows: rows } of metadata.row_groups)
    if (rows < 0n || rows > 2n ** 40n) throw new Error('a row group has an odd number of rows')
  return metadata
}

async function columnSource(
  file: number,
  size: number,
  metadata: FileMetaData,
  group: RowGroup,
  tree: SchemaTree,
  column: SchemaTree,
): Promise<ColumnSource> {
  const { name, repetition_type: repetition } = column.element
  const chunk = group.columns.find((one) => one.meta_data?.path_in_schema[0] === name)?.meta_data
  if (!chunk) throw new Error(`a row group lacks the column ${name}`)
  if (column.children.length === 0 && repetition !== 'REPEATED')
    return new PageCursor(file, size, chunk, [tree, column], cellTexts(column.element))
  const buffer = {
    byteLength: size,
    slice: (from: number, to: number = size): ArrayBuffer => new Uint8Array(readExactly(file, from, to - from)).buffer,
  }
  const scan = await parquetScan({
    file: buffer,
    metadata: storedColumn(metadata, group, column),
    compressors: decompressors,
    utf8: false,
    parsers: nestedParsers,
    geoparquet: false,
  })
  const values = await scan.readColumn({ column: 'c0', rowStart: 0, rowEnd: Number(group.num_rows) })
  const text = nestedTexts(column)
  let at = 0
  return {
    fill(texts, place, step, count) {
      for (let index = 0; index < count; index++) {
        const json = text(values[at++])
        texts[place + index * step] = json === 'null' ? null : json
      }
    },
  }
}
