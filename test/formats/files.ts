import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { csvWriter } from '../../dist/formats/csv/index.js'
import type { CellBatch, FileReadOptions, FileWriteOptions, TextCell } from '../../dist/formats/format.js'
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

/** Reads a whole file in its worker. */
export async function readCells(format: string, path: string, options: FileReadOptions = {}): Promise<Cells> {
  const cells: Cells = { columns: [], rows: [], lines: [] }
  for await (const batch of runJob<CellBatch>({ kind: 'read', format, path, options })) {
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

/** Writes a whole file in its worker; `rows` come in pages of `page`. */
export async function writeCells(
  format: string,
  path: string,
  columns: readonly (string | Column)[],
  rows: TextCell[][],
  options: FileWriteOptions & { page?: number } = {},
): Promise<void> {
  const { page = 100, ...shape } = options
  const typed = columns.map((column): Column => (typeof column === 'string' ? { name: column, type: 'any' } : column))
  const text = csvWriter(typed.map(({ name }) => name))
  async function* input(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < rows.length; from += page) yield Buffer.from(text.rows(rows.slice(from, from + page)))
  }
  await pipeline(
    runJob<Uint8Array>({ kind: 'write', format, columns: typed, options: shape }, { input }),
    createWriteStream(path),
  )
}
