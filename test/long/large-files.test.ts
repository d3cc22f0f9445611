import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { csvWriter } from '../../dist/formats/csv/index.js'
import type { CellBatch } from '../../dist/formats/format.js'
import { runJob } from '../../dist/formats/job.js'
import { ownFolder } from '../formats/files.ts'

const SOURCE = 'node_modules/vega-datasets/data/flights-3m.parquet'
const MOST_MB = 600
const folder = ownFolder()

/** Saves and loads in a process of their own, so that its peak is theirs; tells the rows, and the peak in MB. */
function measured(source: string, ...targets: string[]): { rows: number[]; peak: number } {
  const script = `
    import { open } from './dist/index.js'
    const db = await open(process.argv[1])
    const rows = [(await db.save('flights', process.argv[2], { key: 'id' })).rows]
    for (const target of process.argv.slice(3)) rows.push((await db.load('flights', target)).rows)
    await db.close()
    console.log(JSON.stringify({ rows, peak: Math.round(process.resourceUsage().maxRSS / 1024) }))`
  const database = folder.path(`${randomUUID()}.db`)
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script, '--', database, source, ...targets], {
      encoding: 'utf8',
    }),
  )
}

/** The 3,000,000 flights have no key: they are numbered. */
beforeAll(async () => {
  async function* numbered(): AsyncGenerator<string> {
    let id = 0
    for await (const { columns, rows, spans, bytes } of runJob<CellBatch>({
      kind: 'read',
      format: 'parquet',
      path: SOURCE,
      options: {},
    })) {
      const writer = csvWriter(['id', ...columns])
      if (id === 0 && rows === 0) yield writer.head()
      const text = Buffer.from(bytes)
      const cell = (at: number): string | null =>
        spans[at] === -1 ? null : text.toString('utf8', spans[at], spans[at + 1])
      yield writer.rows(
        Array.from({ length: rows }, (_, row) => [
          String(id++),
          ...columns.map((__, column) => cell((row * columns.length + column) * 2)),
        ]),
      )
    }
  }
  await pipeline(numbered, createWriteStream(folder.path('flights.csv')))
}, 600_000)
afterAll(folder.remove)

it.each(['parquet', 'arrow', 'jsonl', 'json', 'csv.gz'])(
  '3,000,000 rows load and save as %s within 600 MB',
  { timeout: 1_200_000 },
  (format) => {
    const file = folder.path(`flights.${format}`)
    const loaded = measured(folder.path('flights.csv'), file)
    const saved = measured(file)
    console.log(format, loaded, saved)
    expect([...loaded.rows, ...saved.rows]).toEqual([3_000_000, 3_000_000, 3_000_000])
    expect(Math.max(loaded.peak, saved.peak)).toBeLessThan(MOST_MB)
  },
)
