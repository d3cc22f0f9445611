import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clone, open } from '../../dist/index.js'
import { cell, Lab, patience, runs, sorted, type Cells } from './kit.ts'

const lab = new Lab()
beforeAll(() => lab.start())
afterAll(() => lab.end())
const parameters = runs('cells')

/** What was loaded at which hash, to be loaded again later. */
const seen: { hash: string; table: string; cells: Cells }[] = []
const columns = ['a', 'id', 'b']
const table = fc
  .array(fc.tuple(cell, cell), { maxLength: 8 })
  .map((rows) => rows.map(([a, b], index) => [a, String(index), b]))
let count = 0

test(
  'cells come back as they were, and the same data makes no commit',
  async () => {
    await fc.assert(
      fc.asyncProperty(table, table, async (rows, later) => {
        if (await lab.next()) seen.length = 0
        const name = `t${++count}`
        for (const [index, cells] of [rows, later].entries()) {
          const action = await lab.database.save(name, lab.csv(columns, cells), { key: 'id', allowEmpty: true })
          expect(await lab.cells(name)).toEqual([columns, ...cells])
          if (index === 0) {
            const again = await lab.database.save(name, lab.quotedCsv(columns, cells.toReversed()), {
              key: 'id',
              allowEmpty: true,
            })
            expect([again.changed, again.toCommit, again.tableHash]).toEqual([false, action.toCommit, action.tableHash])
          }
          if (count % 3 === 0) seen.push({ hash: action.toCommit!, table: name, cells: [columns, ...cells] })
          expect(index === 0 || action.changed === (JSON.stringify(rows) !== JSON.stringify(later))).toBe(true)
        }
      }),
      parameters,
    )
  },
  patience,
)

test(
  'a load at a hash never changes: not by later saves, not by gc, not in a clone',
  async () => {
    const check = async (database = lab.database) => {
      for (const { hash, table: name, cells } of seen)
        expect(await lab.cells(name, { at: hash }, database)).toEqual(cells)
    }
    expect(seen.length).toBeGreaterThan(5)
    await check()
    await lab.database.gc()
    await check()
    const remote = `file://${join(lab.folder, 'remote.db')}`
    await lab.database.push(remote)
    await clone(remote, join(lab.folder, 'clone.db'))
    const copy = await open(join(lab.folder, 'clone.db'))
    await check(copy)
    await copy.gc()
    await check(copy)
    await copy.close()
  },
  patience,
)

test(
  'keys come back as they were',
  async () => {
    const keys = fc.uniqueArray(
      cell.filter((one) => one !== null),
      { maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(keys, fc.boolean(), async (list, two) => {
        await lab.next()
        const rows: Cells = list.map((key, index) => [key, String(index % 2)])
        const name = `keyed${two ? 2 : 1}`
        const header = ['key', 'part']
        await lab.database.save(name, lab.csv(header, rows), { key: two ? ['part', 'key'] : 'key', allowEmpty: true })
        const [head, ...loaded] = await lab.cells(name)
        expect(head).toEqual(header)
        expect(sorted(loaded)).toEqual(sorted(rows))
        expect(
          (await lab.database.save(name, lab.quotedCsv(header, rows.toReversed()), { allowEmpty: true })).changed,
        ).toBe(false)
      }),
      parameters,
    )
  },
  patience,
)

test(
  'rows() gives the same values, and rows saved again are the same data',
  async () => {
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        if (await lab.next()) await lab.database.init()
        const branch = { new: 'values' }
        const saved = await lab.database.save('values', lab.csv(columns, rows), { key: 'id', branch, allowEmpty: true })
        const types = (await lab.database.schema('values', { at: 'values' }))!.columns.map(
          ({ type }) => /^decimal\((\d+)\)$/.exec(type)?.[1],
        )
        const values: unknown[][] = []
        for await (const batch of lab.database.rows('values', { branch: 'values', as: 'batches' }))
          values.push(...batch.rows)
        const texts = values.map((row) =>
          row.map((value, index) =>
            value === null || typeof value === 'string'
              ? value
              : types[index] === undefined
                ? String(value)
                : Number(value).toFixed(Number(types[index])),
          ),
        )
        expect(texts).toEqual(rows)
        if (types.every((type) => type === undefined)) {
          const again = await lab.database.save(
            'values',
            { rows: values, columns },
            { branch: 'values', allowEmpty: true },
          )
          expect([again.changed, again.tableHash]).toEqual([false, saved.tableHash])
        }
      }),
      parameters,
    )
  },
  patience,
)

test(
  'any dialect: what is loaded is read back',
  async () => {
    const shape = fc
      .record({
        delimiter: fc.constantFrom(
          ',',
          ';',
          '\t',
          '|',
          ' ',
          '.',
          '-',
          'e',
          '5',
          '0',
          '\\',
          '中',
          '[',
          '1',
          '+',
          '\u001f',
          'n',
        ),
        quote: fc.constantFrom('"', "'", '$', '1', '.', 'u', '\u001e'),
        null: fc.constantFrom('', 'NA', '1.5', '7', '\\N'),
      })
      .filter(
        ({ delimiter, quote, null: text }) => delimiter !== quote && !text.includes(delimiter) && !text.includes(quote),
      )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }),
        shape,
        fc.boolean(),
        async (pairs, options, header) => {
          const rows: Cells = pairs.map(([a, b], index) => [a, String(index), b])
          await lab.next()
          const back = `back${header}`
          await lab.database.save('dialect', lab.csv(columns, rows), { key: 'id' })
          const path = join(lab.folder, 'dialect.csv')
          await lab.database.load('dialect', path, { text: { ...options, header } })
          const { null: nullText, ...read } = options
          const text = { ...read, header, nulls: nullText === '' ? [] : [nullText] }
          const saved = await lab.database.save(back, path, { key: header ? 'id' : 'c2', text })
          expect(saved.rows).toBe(rows.length)
          expect((await lab.cells(back)).slice(1)).toEqual(rows)
        },
      ),
      parameters,
    )
  },
  patience,
)
