import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database, SaveAllOptions } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

type Row = Record<'k' | 'a' | 'b', string>
const ORDERS = ['kab', 'kba', 'akb', 'abk', 'bka', 'bak']
/** Every two orders of the columns in the base, on one side and on the other. */
const CASES = ORDERS.flatMap((base, at) =>
  ORDERS.map((ours, shift) => {
    const theirs = ORDERS[(at + shift) % ORDERS.length]!
    return { table: `t_${base}_${ours}_${theirs}`, base, ours, theirs }
  }),
).concat(ORDERS.map((order) => ({ table: `t_${order}`, base: order, ours: order, theirs: order })))

/**
 * Merges of a table whose columns, the key among them, stand in another order in each version. Where the key was not the
 * first column, cells went into other columns, texts into the key, and edits were dropped without a word.
 */
export function mergeOrdersContract(engine: EngineUnderTest): void {
  describe('merge of columns in any order', () => {
    const bench = new Bench(engine)
    const one = { k: '1', a: 'a1', b: 'b1' }
    const two = { k: '2', a: 'a2', b: 'b2' }
    let database: Database
    beforeEach(async () => {
      database = await bench.open()
    })
    afterAll(() => bench.end())
    const file = (order: string, rows: Row[]) =>
      bench.file([[...order], ...rows.map((row) => [...order].map((name) => row[name as keyof Row]))].join('\n'))
    const save = (side: 'base' | 'ours' | 'theirs', rows: Row[], options: SaveAllOptions = {}) =>
      database.saveAll(Object.fromEntries(CASES.map((given) => [given.table, file(given[side], rows)])), {
        tables: Object.fromEntries(
          CASES.map(({ table }) => [table, side === 'base' ? { key: 'k' } : { schema: 'replace' }]),
        ),
        ...options,
      })
    /** The rows by the columns' names, and the tables that have others. */
    const others = async (rows: Row[], options = {}) => {
      const expected = rows.map(({ k, a, b }) => `${k} ${a} ${b}`)
      const wrong: unknown[] = []
      for (const { table } of CASES) {
        const [header, ...lines] = (await bench.text(database, table, options)).trimEnd().split('\n')
        const cells = lines.map((line) => line.split(','))
        const found = cells.map((row) => ['k', 'a', 'b'].map((name) => row[header!.split(',').indexOf(name)]).join(' '))
        if (found.toSorted().join() !== expected.join()) wrong.push([table, found])
      }
      return wrong
    }

    test('each side’s cells and rows are there, on a branch of one’s own and as a save that builds on a commit', async () => {
      const base = (await save('base', [one, two]))[0]!.toCommit!
      await database.createBranch('f')
      const theirs = [one, { ...two, b: 'T' }, { k: '4', a: 'a4', b: 'b4' }]
      await save('theirs', theirs, { branch: 'f' })
      const ours = [{ ...one, a: 'O' }, two, { k: '3', a: 'a3', b: 'b3' }]
      await save('ours', ours)
      await database.createBranch('g')
      const merged = [{ ...one, a: 'O' }, { ...two, b: 'T' }, ours[2]!, theirs[2]!]
      expect(await database.merge('f')).toMatchObject({ changed: true, merged: true })
      expect(await others(merged)).toEqual([])
      expect(await others(theirs, { branch: 'f' })).toEqual([])
      await save('theirs', theirs, { branch: { from: base, mergeTo: 'g' } })
      expect(await others(merged, { branch: 'g' })).toEqual([])
      expect(await database.merge('f')).toMatchObject({ changed: false })
      expect((await database.status()).dirty).toEqual([])
    })
    test('a cell that both changed, and a row that one deleted, are conflicts; a policy decides them alone', async () => {
      await save('base', [one, two])
      await database.createBranch('f')
      await save('theirs', [{ k: '1', a: 'A', b: 'T' }], { branch: 'f' })
      await save('ours', [
        { ...one, b: 'O' },
        { ...two, a: 'A' },
      ])
      await database.createBranch('g')
      const error = await refusal(database.merge('f'))
      expect(error).toMatchObject({ code: 'CONFLICT', data: { total: 2 * CASES.length } })
      const rows = (
        error.data['conflicts'] as { table: string; key: object; base: object; ours: object; theirs: object }[]
      )
        .filter(({ table }) => table === 't_bka_kba_bak')
        .map(({ key, base, ours, theirs }) => [key, base, ours, theirs])
      const numbered = (row: Row) => ({ ...row, k: Number(row.k) })
      expect(rows).toEqual([
        [{ k: 1 }, numbered(one), numbered({ ...one, b: 'O' }), { k: 1, a: 'A', b: 'T' }],
        [{ k: 2 }, numbered(two), numbered({ ...two, a: 'A' }), null],
      ])
      await database.merge('f', { onConflict: 'theirs' })
      expect(await others([{ k: '1', a: 'A', b: 'T' }])).toEqual([])
      await database.merge('f', { into: 'g', onConflict: 'ours' })
      expect(
        await others(
          [
            { k: '1', a: 'A', b: 'O' },
            { ...two, a: 'A' },
          ],
          { branch: 'g' },
        ),
      ).toEqual([])
    })
    test('a revert takes back its own cells, where columns have moved since or did so in it, and its other tables', async () => {
      await save('base', [one, two])
      await bench.save(database, 'plain', 'k,a\n1,x\n', { key: 'k' })
      const { toCommit } = (
        await database.saveAll(
          {
            ...Object.fromEntries(CASES.map(({ table, theirs }) => [table, file(theirs, [one, { ...two, b: 'T' }])])),
            plain: bench.file('k,a\n1,CHANGED\n2,y\n'),
          },
          { tables: Object.fromEntries(CASES.map(({ table }) => [table, { schema: 'replace' }])) },
        )
      )[0]!
      await save('ours', [
        { ...one, a: 'O' },
        { ...two, b: 'T' },
      ])
      await bench.save(database, 'plain', 'k,a\n1,CHANGED\n2,y\n3,z\n')
      await database.revert(toCommit!)
      expect(await others([{ ...one, a: 'O' }, two])).toEqual([])
      expect(await bench.text(database, 'plain')).toBe('k,a\n1,x\n3,z\n')
      expect((await database.status()).dirty).toEqual([])
      expect((await database.log())[0]!.parents).toHaveLength(1)
    })
    test.for([
      ['any', 'text', '5', '6'],
      ['any', 'text', '0.50', '0.75'],
      ['integer', 'any', '5', 'x'],
      ['decimal(2)', 'any', '0.50', '0.5'],
      ['real', 'text', '2.5', '1e5'],
    ] as const)(
      'a column that both sides made %s → %s: a cell that one side left as it was is no edit',
      async ([from, to, before, after]) => {
        const cells = (...all: string[]) => `k,a\n${all.map((cell, index) => `${index + 1},${cell}\n`).join('')}`
        await bench.save(database, 't', cells(before, before, before), { key: 'k', types: { a: from } })
        await database.createBranch('f')
        await bench.save(database, 't', cells(before, before, after, after), { types: { a: to }, branch: 'f' })
        await bench.save(database, 't', cells(after, before, before), { types: { a: to } })
        await database.merge('f')
        expect(await bench.text(database, 't')).toBe(cells(after, before, after, after))
      },
    )
  })
}
