import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { csvSpans, csvWriter } from '../../dist/formats/csv/index.js'
import type { CellBatch, FileReadOptions, FileWriteOptions, SpanBatch, TextCell } from '../../dist/formats/format.js'
import { loadFormat } from '../../dist/formats/index.js'
import { runJob } from '../../dist/formats/job.js'
import type { Column } from '../../dist/types.js'

export interface Cells {
  columns: string[]
  rows: TextCell[][]
  lines: number[]
}

/** A folder of the test's own, removed by what is returned with it. */
export function ownFolder(): { path: (name: string) => string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-formats-'))
  return { path: (name) => join(folder, name), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Reads a whole file in a process of its own, as a save does. */
export function readCells(format: string, path: string, options: FileReadOptions = {}): Promise<Cells> {
  return cellsOf(runJob<CellBatch>({ kind: 'read', format, path, options }))
}

/** Reads a whole file in this process: quicker, where the file does no harm. */
export async function readHere(format: string, path: string, options: FileReadOptions = {}): Promise<Cells> {
  return cellsOf((await loadFormat(format)).read(path, options))
}

async function cellsOf(batches: AsyncIterable<CellBatch>): Promise<Cells> {
  const cells: Cells = { columns: [], rows: [], lines: [] }
  for await (const batch of batches) {
    const { spans, rows, firstLine, lines, columns } = batch
    const bytes = Buffer.from(batch.bytes)
    cells.columns = columns
    if (spans.length !== rows * columns.length * 2)
      throw new Error(`${rows} rows of ${columns.length} cells have ${spans.length} places`)
    for (let row = 0; row < rows; row++) {
      cells.rows.push(
        columns.map((_, column) => {
          const at = (row * columns.length + column) * 2
          return spans[at] === -1 ? null : bytes.toString('utf8', spans[at], spans[at + 1])
        }),
      )
      cells.lines.push(lines?.[row] ?? firstLine + row)
    }
  }
  return cells
}

type Columns = readonly (string | Column)[]
type WriteOptions = FileWriteOptions & { page?: number }

/** Writes a whole file in a process of its own, as a load does; `rows` come in pages of `page`. */
export async function writeCells(
  format: string,
  path: string,
  columns: Columns,
  rows: TextCell[][],
  { page = 100, ...options }: WriteOptions = {},
): Promise<void> {
  const input = (): AsyncIterable<Uint8Array> => pages(columns, rows, page)
  const job = { kind: 'write', format, columns: typed(columns), options } as const
  await pipeline(runJob<Uint8Array>(job, { input }), createWriteStream(path))
}

/** Writes a whole file in this process. */
export async function writeHere(
  format: string,
  path: string,
  columns: Columns,
  rows: TextCell[][],
  { page = 100, ...options }: WriteOptions = {},
): Promise<void> {
  async function* batches(): AsyncGenerator<SpanBatch> {
    const reader = csvSpans()
    reader.push(Buffer.from(csvWriter(names(columns)).head()))
    for await (const text of pages(columns, rows, page)) {
      const batch = reader.push(text)
      if (batch) yield batch
    }
    const last = reader.end()
    if (last) yield last
  }
  const writer = (await loadFormat(format)).write({ columns: typed(columns), batches }, options)
  await pipeline(writer, createWriteStream(path))
}

async function* pages(columns: Columns, rows: TextCell[][], page: number): AsyncGenerator<Uint8Array> {
  const text = csvWriter(names(columns))
  for (let from = 0; from < rows.length; from += page) yield Buffer.from(text.rows(rows.slice(from, from + page)))
}

function typed(columns: Columns): Column[] {
  return columns.map((column) => (typeof column === 'string' ? { name: column, type: 'any' } : column))
}

function names(columns: Columns): string[] {
  return typed(columns).map(({ name }) => name)
}
