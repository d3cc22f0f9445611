import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { csvWriter } from '../../../dist/formats/csv/index.js'
import type { Database } from '../../../dist/index.js'
import { patience, runs } from '../../properties/runs.ts'
import { Bench, type EngineUnderTest } from '../bench.ts'
import { aColumn, ODD_CELLS } from '../file-format.ts'

function parquetType(file: string, column: string): string | undefined {
  const { schema } = parquetMetadata(new Uint8Array(readFileSync(file)))
  return schema.find(({ name }) => name === column)?.type
}

/** A table is the same, to its hash, whichever formats it went through. */
export function formatsContract(engine: EngineUnderTest): void {
  describe('formats', () => {
    const bench = new Bench(engine)
    let database: Database
    let count = 0
    beforeAll(async () => {
      database = await bench.open()
      await bench.save(database, 'other', 'id\n1\n', { key: 'id' })
      await database.createTag('empty')
    })
    afterAll(() => bench.end())

    /** The values that rows have in a column. */
    const column = async (table: string, name: string, branch: string): Promise<unknown[]> => {
      const values: unknown[] = []
      for await (const { columns, rows } of database.rows(table, { branch, as: 'batches' })) {
        const place = columns.indexOf(name)
        values.push(...rows.map((row) => row[place]))
      }
      return values
    }

    /** Saves CSV as a table, takes that from format to format, each time into a new table of the same name; gives each one. */
    const through = async (text: string, formats: string[]) => {
      const tables: { hash: string | null; text: string }[] = []
      let branch = ''
      const save = async (file: string): Promise<void> => {
        branch = `b${count++}`
        const { tableHash } = await database.save('t', file, { key: 'id', branch: { new: branch, from: 'empty' } })
        tables.push({ hash: tableHash, text: await bench.text(database, 't', { branch }) })
      }
      await save(bench.file(text))
      for (const format of formats) {
        const file = bench.path(format)
        await database.load('t', file, { branch })
        await save(file)
      }
      return tables
    }

    test(
      'CSV → Parquet → Excel → JSON Lines → Arrow → JSON → TSV is the table that CSV makes',
      { timeout: patience },
      async () => {
        const chain = ['parquet', 'xlsx', 'jsonl', 'arrow', 'json', 'tsv.gz']
        const table = fc.tuple(fc.array(aColumn, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 60 }))
        const { numRuns, seed } = runs(`${engine.name}: formats`)
        await fc.assert(
          fc.asyncProperty(table, async ([columns, rows]) => {
            const tables = await through(csvOf(columns, rows), chain)
            expect(tables).toEqual(tables.map(() => tables[0]))
          }),
          { seed, numRuns: Math.ceil(numRuns / 100) },
        )
      },
    )

    test('a column of reals holds whole numbers beyond 64 bits, in Parquet and Arrow too', async () => {
      const values = [0.5, 5, 100000000000000000n, 2 ** 63, 1e20, -1e20, 123456789012345680000, 1e21]
      const types = { f: 'real' } as const
      const rows = values.map((f, id) => ({ id, f }))
      const saved = await database.save('r', { rows }, { key: 'id', types, branch: { new: 'reals', from: 'empty' } })
      expect(await column('r', 'f', 'reals')).toEqual(values)
      for (const format of ['parquet', 'arrow', 'jsonl', 'xlsx', 'csv']) {
        const file = bench.path(format)
        await database.load('r', file, { branch: 'reals' })
        const branch = `reals-${format}`
        const again = await database.save('r', file, { key: 'id', types, branch: { new: branch, from: 'empty' } })
        expect(again.tableHash, format).toBe(saved.tableHash)
        expect(await column('r', 'f', branch), format).toEqual(values)
        if (format === 'parquet') expect(parquetType(file, 'f')).toBe('DOUBLE')
      }
      const wide = bench.file('id,f\n1,18446744073709551616\n')
      const refused = database.save('w', wide, { key: 'id', types, branch: { new: 'wide', from: 'empty' } })
      await expect(refused).rejects.toMatchObject({ code: 'TYPE_MISMATCH' })
    })

    test('identifiers of 20 digits are texts, also those that a double would give back', async () => {
      const ids = ['12345678901234567891', '12345678901234567000', '100000000000000000000']
      const branch = 'identifiers'
      await database.save('t', bench.file(`id\n${ids.join('\n')}\n`), {
        key: 'id',
        branch: { new: branch, from: 'empty' },
      })
      expect((await column('t', 'id', branch)).toSorted()).toEqual(ids.toSorted())
    })

    test(
      'of every odd cell, too, and of prices, whose scale each new table pins anew',
      { timeout: patience },
      async () => {
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
      },
    )

    test.each([
      ['xlsx', 'x'.repeat(32_768), 'FORMAT_CANNOT_HOLD'],
      ['parquet', 'x'.repeat(32_768), undefined],
      ['jsonl', 'x'.repeat(1_000_000), undefined],
    ])('%s says so where it can not hold a cell', async (format, cell, code) => {
      const work = through(csvOf([() => cell], 2), [format])
      if (code) await expect(work).rejects.toMatchObject({ code, data: { format } })
      else expect(new Set((await work).map(({ hash }) => hash)).size).toBe(1)
    })
  })
}

function csvOf(columns: ((index: number) => string | null)[], rows: number): string {
  const writer = csvWriter(['id', ...columns.map((_, index) => `c${index}`)])
  const cells = Array.from({ length: rows }, (_, row) => [String(row), ...columns.map((cell) => cell(row))])
  return writer.head() + writer.rows(cells)
}
