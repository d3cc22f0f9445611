import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

const COUNTRIES = ['DE', 'FR', 'IT', 'US', 'JP']
interface Order {
  id: number
  country: string
  kind: string
  price: number | null
}
const csv = (rows: readonly Order[]): string =>
  `id,country,kind,price\n${rows.map((row) => [row.id, row.country, row.kind, row.price ?? ''].join(',')).join('\n')}\n`
const orders = (count: number): Order[] =>
  Array.from({ length: count }, (_, id) => ({ id, country: COUNTRIES[id % 5]!, kind: 'sale', price: id }))

export function reviewContract(engine: EngineUnderTest): void {
  describe('review', () => {
    const bench = new Bench(engine)
    afterAll(() => bench.end())
    const changed = async (before: Order[], after: Order[], key = 'id'): Promise<Database> => {
      const db = await bench.open()
      await bench.save(db, 'orders', csv(before), { key })
      await bench.save(db, 'orders', csv(after), { branch: { new: 'fix', from: 'main' } })
      return db
    }

    test('it finds what was planted, and nothing else', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            country: fc.constantFrom(...COUNTRIES),
            modified: fc.integer({ min: 10, max: 20 }),
            removed: fc.integer({ min: 0, max: 4 }),
            noise: fc.integer({ min: 0, max: 2 }),
            nulls: fc.boolean(),
          }),
          async ({ country, modified, removed, noise, nulls }) => {
            const before = orders(200)
            const ours = before.filter((row) => row.country === country)
            const others = before.filter((row) => row.country !== country).slice(0, noise)
            const edited = new Set([...ours.slice(0, modified), ...others].map(({ id }) => id))
            const gone = new Set(ours.slice(modified, modified + removed).map(({ id }) => id))
            const after = before
              .filter(({ id }) => !gone.has(id))
              .map((row) => (edited.has(row.id) ? { ...row, price: nulls ? null : row.price! + 1000 } : row))
            const db = await changed(before, after)
            const { tables, checks } = await db.review('main', 'fix')
            expect(checks).toEqual([])
            expect(tables).toHaveLength(1)
            const [table] = tables
            const all = edited.size + removed
            expect(table).toMatchObject({ table: 'orders', added: 0, modified: edited.size, removed, schema: [] })
            const found = table!.concentrated.find((one) => one.column === 'country')
            expect(found).toMatchObject({ value: country, rows: all - noise, elsewhere: 0.2 })
            expect(found!.share).toBeCloseTo((all - noise) / all)
            // All rows have this one: it tells nothing.
            expect(table!.concentrated.map(({ column }) => column)).not.toContain('kind')
            const price = table!.columns[0]!
            expect(price).toMatchObject({ column: 'price', changed: edited.size })
            expect(table!.columns.slice(1).every((column) => column.changed === 0)).toBe(true)
            const touched = before.filter(({ id }) => edited.has(id) || gone.has(id)).map((row) => row.price!)
            expect(price.before).toMatchObject({
              values: all,
              nulls: 0,
              numbers: all,
              least: Math.min(...touched),
              greatest: Math.max(...touched),
            })
            expect(price.before.mean).toBeCloseTo(touched.reduce((sum, one) => sum + one, 0) / all)
            expect(price.after).toMatchObject(
              nulls ? { values: 0, nulls: edited.size, mean: null } : { values: edited.size, nulls: 0 },
            )
            expect(table!.samples.filter((row) => row.kind === 'modified')).toHaveLength(5)
            expect(table!.samples.filter((row) => row.kind === 'removed')).toHaveLength(removed)
            await db.close()
          },
        ),
        { numRuns: engine.name === 'memory' ? 200 : 5 },
      )
    })

    test('a value that most rows have is found among hundreds that few have', async () => {
      const before = orders(400)
      // Each other row has a value of its own, and comes first.
      const after = before.map((row, at) => ({ ...row, kind: at < 79 ? `odd${at}` : 'same' }))
      const db = await changed(before, after)
      const [table] = (await db.review('main', 'fix')).tables
      expect(table!.concentrated).toEqual([
        { column: 'kind', value: 'same', rows: 321, share: 321 / 400, elsewhere: 0 },
      ])
    })

    test('only what the branch did since they parted, with what checks find; new tables and columns, too', async () => {
      const before = orders(20)
      const db = await changed(before, [...before, { id: 99, country: 'XX', kind: 'sale', price: -1 }])
      await bench.save(db, 'orders', csv(before.slice(1)))
      await bench.save(db, 'other', 'a,b\n1,2\n', { key: 'a', branch: 'fix' })
      await db.addCheck('orders', 'paid', { kind: 'range', column: 'price', min: '0', max: null }, { level: 'warn' })
      const { from, to, tables, checks } = await db.review('main', 'fix')
      expect(from).toBe(await db.resolve('main~1'))
      expect(to).toBe(await db.resolve('fix'))
      expect(tables.map(({ table, change, added, removed }) => [table, change, added, removed])).toEqual([
        ['orders', 'modified', 1, 0],
        ['other', 'added', 1, 0],
      ])
      expect(checks.map(({ check, failure }) => [check.name, failure?.total])).toEqual([['paid', 1]])
      expect((await db.review('fix', 'fix')).tables).toEqual([])
      expect((await refusal(db.review('main', 'nowhere'))).code).toBe('REF_NOT_FOUND')
      await bench.save(db, 'orders', 'id,more\n1,2\n', { branch: 'fix', schema: 'replace' })
      const [wide] = (await db.review('main', 'fix')).tables
      expect(wide!.schema).toEqual(expect.arrayContaining([expect.stringContaining('column more')]))
    })

    test('what a merge would come to, and nothing moves; a step that reads the table is downstream', async () => {
      const before = orders(20)
      const edited = (price: number) => before.map((row) => (row.id === 3 ? { ...row, price } : row))
      const db = await changed(before, edited(30))
      const step = (name: string, input: string, output: string) =>
        db.step(name, { inputs: [input], outputs: { [output]: { key: 'id' } } }, async () => ({
          [output]: [{ id: 1 }],
        }))
      await step('sum', 'orders', 'sums')
      await step('report', 'sums', 'reports')
      await step('apart', 'reports', 'apart')
      await bench.save(db, 'orders', csv(before.slice(0, 19)))
      const branches = await db.branches({ all: true })
      const clean = await db.review('main', 'fix')
      expect(clean.merge).toEqual({ total: 0, tables: [], conflicts: [], refused: null })
      expect(clean.downstream).toEqual([
        { step: 'sum', reads: ['orders'], writes: ['sums'] },
        { step: 'report', reads: ['sums'], writes: ['reports'] },
        { step: 'apart', reads: ['reports'], writes: ['apart'] },
      ])
      expect(await db.branches({ all: true })).toEqual(branches)
      await bench.save(db, 'orders', csv(edited(31)))
      const { merge } = await db.review('main', 'fix')
      expect(merge).toMatchObject({ total: 1, tables: ['orders'], refused: null })
      expect(merge!.conflicts).toMatchObject([
        { table: 'orders', key: { id: 3 }, base: { price: 3 }, ours: { price: 31 }, theirs: { price: 30 } },
      ])
      expect((await db.review('fix', 'main')).merge!.conflicts).toMatchObject([{ ours: { price: 30 } }])
      // The branch that is reviewed may have all of the other.
      expect((await db.review('main~2', 'main')).merge!.total).toBe(0)
    })
  })
}
