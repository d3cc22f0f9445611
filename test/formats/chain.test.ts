import { readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { open, type Database } from '../../dist/index.js'
import { csvWriter } from '../../dist/formats/csv/index.js'
import { aColumn, ODD_CELLS } from '../contract/file-format.ts'
import { patience, runs } from '../properties/runs.ts'
import { ownFolder } from './files.ts'

/* A table is the same, to its hash, whichever formats it went through. */

const folder = ownFolder()
let db: Database
let count = 0
beforeAll(async () => {
  db = await open(folder.path('chain.db'))
  await db.save('other', { rows: [{ id: 1 }] }, { key: 'id' })
  await db.createTag('empty')
})
afterAll(async () => {
  await db.close()
  folder.remove()
})

/**
 * Saves CSV as a table, takes that from format to format, each time into a new table of the same name; gives each one's hash
 * and CSV.
 */
async function through(text: string, formats: string[]): Promise<{ hash: string | null; text: string }[]> {
  const tables: { hash: string | null; text: string }[] = []
  let branch = ''
  const save = async (file: string): Promise<void> => {
    branch = `b${count++}`
    const { tableHash } = await db.save('t', file, { key: 'id', branch: { new: branch, from: 'empty' } })
    await db.load('t', folder.path('t.csv'), { branch })
    tables.push({ hash: tableHash, text: readFileSync(folder.path('t.csv'), 'utf8') })
  }
  const path = folder.path('source.csv')
  writeFileSync(path, text)
  await save(path)
  for (const format of formats) {
    const file = folder.path(`t.${format}`)
    await db.load('t', file, { branch })
    await save(file)
  }
  return tables
}

function csvOf(columns: ((index: number) => string | null)[], rows: number): string {
  const writer = csvWriter(['id', ...columns.map((_, index) => `c${index}`)])
  const cells = Array.from({ length: rows }, (_, row) => [String(row), ...columns.map((cell) => cell(row))])
  return writer.head() + writer.rows(cells)
}

const { numRuns, seed } = runs('chain')

it('CSV → Parquet → Excel → JSON Lines → Arrow → JSON is the table that CSV makes', { timeout: patience }, async () => {
  const chain = ['parquet', 'xlsx', 'jsonl', 'arrow', 'json', 'tsv.gz']
  const table = fc.tuple(fc.array(aColumn, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 60 }))
  await fc.assert(
    fc.asyncProperty(table, async ([columns, rows]) => {
      const text = csvOf(columns, rows)
      const tables = await through(text, chain)
      expect(tables).toEqual(tables.map(() => tables[0]))
    }),
    { seed, numRuns: Math.ceil(numRuns / 60) },
  )
})

it('of every odd cell, too, and of prices, whose scale each new table pins anew', { timeout: patience }, async () => {
  const text = csvOf(
    [
      (row) => ODD_CELLS[row % ODD_CELLS.length]!,
      (row) => (row / 4).toFixed(2),
      (row) => (row % 7 ? `${row}.0` : null),
      (row) => (row % 2 ? 'true' : 'false'),
      (row) => `2024-02-${10 + (row % 19)}`,
      (row) => `2024-02-29T00:00:${10 + (row % 50)}Z`,
    ],
    ODD_CELLS.length,
  )
  const tables = await through(text, ['parquet', 'xlsx', 'arrow', 'jsonl', 'csv'])
  expect(tables).toEqual(tables.map(() => tables[0]))
})

it.each([
  ['xlsx', 'x'.repeat(32_768), 'FORMAT_CANNOT_HOLD'],
  ['parquet', 'x'.repeat(32_768), undefined],
  ['jsonl', 'x'.repeat(1_000_000), undefined],
])('%s says so where it can not hold a cell', async (format, cell, code) => {
  const work = through(csvOf([() => cell], 2), [format])
  if (code) await expect(work).rejects.toMatchObject({ code, data: { format } })
  else expect(new Set((await work).map(({ hash }) => hash)).size).toBe(1)
})
