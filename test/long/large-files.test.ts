import { execFileSync } from 'node:child_process'
import { createWriteStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { measured } from '../../bench/measure.mjs'
import { csvWriter } from '../../dist/formats/csv/index.js'
import type { CellBatch } from '../../dist/formats/format.js'
import { runJob } from '../../dist/formats/job.js'
import { ownFolder } from '../formats/files.ts'

const SOURCE = 'node_modules/vega-datasets/data/flights-3m.parquet'
const CLI = 'dist/bin/doltflow.js'
const MOST_MB = 600
const folder = ownFolder()

/** Runs doltflow; gives the peak of all its processes in MB. */
async function peakOf(database: string, ...args: string[]): Promise<number> {
  const { peak } = (await measured(process.execPath, [CLI, '--db', folder.path(database), ...args])) as { peak: number }
  return peak
}

/** The rows of the table in a database, and its hash. */
function tableOf(database: string): unknown {
  const text = execFileSync(process.execPath, [CLI, '--db', folder.path(database), 'tables', '--json'])
  const [{ rows, hash }] = (JSON.parse(text.toString()) as { tables: { rows: number; hash: string }[] }).tables as [
    never,
  ]
  return { rows, hash }
}

/** The 3,000,000 flights have no key: they are numbered. */
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

beforeAll(async () => {
  await pipeline(numbered, createWriteStream(folder.path('flights.csv')))
  await peakOf('all.db', 'save', 'flights', folder.path('flights.csv'), '--key', 'id')
}, 600_000)
afterAll(folder.remove)

it.each(['parquet', 'arrow', 'jsonl', 'json', 'csv.gz'])(
  '3,000,000 rows load and save as %s within 600 MB',
  async (format) => {
    const file = folder.path(`flights.${format}`)
    const loaded = await peakOf('all.db', 'load', 'flights', file)
    const saved = await peakOf(`${format}.db`, 'save', 'flights', file, '--key', 'id')
    console.log(`${format}: load ${loaded.toFixed(0)} MB, save ${saved.toFixed(0)} MB`)
    expect(tableOf('all.db')).toMatchObject({ rows: 3_000_000 })
    expect(tableOf(`${format}.db`)).toEqual(tableOf('all.db'))
    expect(Math.max(loaded, saved)).toBeLessThan(MOST_MB)
  },
)

it('3,000,000 rows of Parquet as they are, without a key, within 600 MB', async () => {
  const saved = await peakOf('bare.db', 'save', 'flights', SOURCE)
  const loaded = await peakOf('bare.db', 'load', 'flights', folder.path('bare.parquet'))
  console.log(`without a key: load ${loaded.toFixed(0)} MB, save ${saved.toFixed(0)} MB`)
  expect(tableOf('bare.db')).toMatchObject({ rows: 3_000_000 })
  const argv = ['--db', folder.path('bare.db'), 'save', 'flights', folder.path('bare.parquet'), '--json']
  const again = execFileSync(process.execPath, [CLI, ...argv])
  expect(JSON.parse(again.toString())).toMatchObject({ changed: false, rows: 3_000_000 })
  expect(Math.max(loaded, saved)).toBeLessThan(MOST_MB)
})

it('3,000 rows of 100 KB of text load and save in every format, a few of them at a time', async () => {
  async function* rows(): AsyncGenerator<string> {
    yield 'id,t\n'
    for (let id = 0; id < 3000; id++) yield `${id},${String(id).repeat(5)}${'lorem ipsum '.repeat(8000)}\n`
  }
  await pipeline(rows, createWriteStream(folder.path('long.csv')))
  await peakOf('long.db', 'save', 'texts', folder.path('long.csv'), '--key', 'id')
  for (const format of ['csv', 'parquet', 'arrow', 'jsonl']) {
    const file = folder.path(`long.out.${format}`)
    const loaded = await peakOf('long.db', 'load', 'texts', file)
    const saved = await peakOf(`long-${format}.db`, 'save', 'texts', file, '--key', 'id')
    console.log(`long texts, ${format}: load ${loaded.toFixed(0)} MB, save ${saved.toFixed(0)} MB`)
    expect(tableOf(`long-${format}.db`)).toEqual(tableOf('long.db'))
    // The text is 288 MB: a load that held a page of 5,000 rows took 1,242 MB and more.
    expect(Math.max(loaded, saved)).toBeLessThan(MOST_MB)
  }
})

it.each([
  [12_000, 110],
  [40_000, 30],
])('a source of more than 1 GiB: %d rows of %d KB', async (count, kilobytes) => {
  async function* rows(): AsyncGenerator<string> {
    yield 'id,t\n'
    for (let id = 0; id < count; id++)
      yield `${id},${`${id} lorem `.repeat(100 * kilobytes).slice(0, 1000 * kilobytes)}\n`
  }
  const file = folder.path('gigabyte.csv')
  await pipeline(rows, createWriteStream(file))
  const saved = await peakOf('gigabyte.db', 'save', `t${count}`, file, '--key', 'id', '--type', 'id=integer')
  const loaded = await peakOf('gigabyte.db', 'load', `t${count}`, folder.path('gigabyte.out.csv'))
  console.log(`${statSync(file).size / 2 ** 30} GiB: save ${saved.toFixed(0)} MB, load ${loaded.toFixed(0)} MB`)
  execFileSync('cmp', [file, folder.path('gigabyte.out.csv')])
  expect(Math.max(loaded, saved)).toBeLessThan(MOST_MB)
})

it('a table larger than a sheet is refused by Excel, and leaves no file', async () => {
  const work = measured(process.execPath, [
    CLI,
    '--db',
    folder.path('all.db'),
    'load',
    'flights',
    folder.path('f.xlsx'),
  ])
  await expect(work).rejects.toThrow('1048576 rows')
})
