import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database, Origin } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

export function lineageContract(engine: EngineUnderTest): void {
  describe('lineage', () => {
    const bench = new Bench(engine)
    let database: Database
    const raw = 'id,price,qty\n1,10,1\n2,20,2\n'
    const pass = (db: Database, name: string, from: string, to: string) =>
      db.step(name, { inputs: [from], outputs: { [to]: { key: 'id' } }, command: ['do', name] }, async (step) => {
        const rows = []
        for await (const row of step.rows(from)) rows.push(row)
        return { [to]: rows }
      })
    beforeEach(async () => {
      database = await bench.open()
      await bench.save(database, 'raw', raw, { key: 'id', source: 'shop:orders' })
    })
    afterAll(() => bench.end())
    const pipeline = (id: string) =>
      database.run({ id }, async (run) => {
        await pass(run, 'clean', 'raw', 'clean')
        await pass(run, 'totals', 'clean', 'totals')
      })
    /** `totals [totals r1] < clean [clean r1] < raw` */
    const line = ({ table, by, inputs }: Origin): string =>
      [`${table}${by?.step ? ` [${by.step} ${by.run}]` : ''}`, ...inputs.map(line)].join(' < ')

    test('a row is traced to its sources, through the runs that really made it', async () => {
      await pipeline('r1')
      await bench.save(database, 'raw', raw.replace('2,20', '2,21'))
      await pipeline('r2')
      const first = await database.trace('totals', [1])
      expect(line(first)).toBe('totals [totals r1] < clean [clean r1] < raw')
      expect(first.inputs[0]!.inputs[0]!.by).toMatchObject({ step: null, files: ['shop:orders'] })
      expect(first.by).toMatchObject({ command: ['do', 'totals'] })
      const second = await database.trace('totals', [2], { column: 'price' })
      expect(line(second)).toBe('totals [totals r2] < clean [clean r2] < raw')
      expect(second.change).toMatchObject({ kind: 'modified', before: { price: 20 }, after: { price: 21 } })
      // Its other cell is from the first run.
      expect(line(await database.trace('totals', [2], { column: 'qty' }))).toBe(
        'totals [totals r1] < clean [clean r1] < raw',
      )
      expect((await refusal(database.trace('totals', [9]))).code).toBe('ROW_NOT_FOUND')
    })

    test('a result that was put back leads to the step that made it', async () => {
      await pipeline('r1')
      await bench.save(database, 'totals', 'id\n7\n', { schema: 'replace' })
      await pipeline('r3')
      expect(line(await database.trace('totals', [1]))).toBe('totals [totals r1] < clean [clean r1] < raw')
    })

    test('what a check refused and a person published leads to what it really read', async () => {
      await pass(database, 'mk', 'raw', 'u')
      await database.addCheck('u', 'pos', { kind: 'range', column: 'price', min: '0', max: null })
      const second = await bench.save(database, 'raw', raw.replace('1,10', '1,-1'), { source: 'shop:second' })
      const refused = async (work: Promise<unknown>): Promise<string> => String((await refusal(work)).data['branch'])
      const override = { override: 'pos', reason: 'known' }
      await database.merge(await refused(pass(database, 'mk', 'raw', 'u')), override)
      const { by, inputs } = await database.trace('u', [1], { column: 'price' })
      expect([by!.step, by!.reads, inputs[0]!.by!.files]).toEqual([
        'mk',
        [{ table: 'raw', commit: second.toCommit }],
        ['shop:second'],
      ])
      await database.merge(
        await refused(bench.save(database, 'u', raw.replace('2,20', '2,-2'), { source: 'shop:u' })),
        override,
      )
      expect((await database.trace('u', [2], { column: 'price' })).by).toMatchObject({ step: null, files: ['shop:u'] })
    })

    test('a run without steps has all its files, and each table its own', async () => {
      await database.run({ id: 'r1' }, async (run) => {
        await bench.save(run, 'a', 'id\n1\n', { key: 'id', source: 'shop:a' })
        await bench.save(run, 'b', 'id\n1\n', { key: 'id', source: 'shop:b' })
      })
      expect((await database.trace('a', [1])).by!.files).toEqual(['shop:a'])
      expect((await database.trace('b', [1])).by!.files).toEqual(['shop:b'])
    })

    test('who read what a run or a commit wrote, and the plan that mends it', async () => {
      await pipeline('r1')
      const bad = await bench.save(database, 'raw', raw.replace('2,20', '2,99'), { run: 'ingest' })
      await bench.save(database, 'other', 'id\n1\n', { key: 'id' })
      await pass(database, 'unrelated', 'other', 'more')
      await pipeline('r2')
      const found = await database.recall('ingest')
      expect(found.wrote).toEqual([{ table: 'raw', commit: bad.toCommit }])
      expect(found.reached.map(({ step, run, through }) => [step, run, through])).toEqual([
        ['clean', 'r2', ['raw']],
        ['totals', 'r2', ['clean']],
      ])
      expect(found.plan).toEqual(['clean', 'totals'])
      expect((await database.recall(bad.toCommit!)).plan).toEqual(['clean', 'totals'])
      expect((await refusal(database.recall('nothing'))).code).toBe('RUN_NOT_FOUND')
    })

    test('a branch that has not what a run wrote is not reached; one that merged it is', async () => {
      await database.createBranch('apart')
      await bench.save(database, 'raw', raw.replace('2,20', '2,99'), { run: 'ingest' })
      const on = (branch: string, name: string) =>
        database.step(name, { inputs: ['raw'], outputs: { [name]: { key: 'id' } }, branch }, async () => ({
          [name]: [{ id: 1 }],
        }))
      await on('apart', 'before')
      expect((await database.recall('ingest')).plan).toEqual([])
      await database.merge('main', { into: 'apart' })
      await on('apart', 'after')
      await on('main', 'here')
      expect((await database.recall('ingest')).plan).toEqual(['after', 'here'])
    })

    test('the graph of tables and steps, of all, of a table and of a run', async () => {
      await pipeline('r1')
      await bench.save(database, 'other', 'id\n1\n', { key: 'id' })
      await pass(database, 'unrelated', 'other', 'more')
      const edges = async (options = {}) =>
        (await database.lineage(options)).edges.map(({ from, to }) => `${from} > ${to}`)
      expect(await edges({ table: 'clean' })).toEqual([
        'file shop:orders > table raw',
        'table raw > step clean',
        'step clean > table clean',
        'table clean > step totals',
        'step totals > table totals',
      ])
      expect(await edges({ run: 'r1' })).not.toContain('table other > step unrelated')
      expect(await edges()).toContain('table other > step unrelated')
      const alone = { nodes: [{ id: 'table other', kind: 'table', name: 'other' }], edges: [] }
      expect(await database.lineage({ table: 'other', run: 'r1' })).toEqual(alone)
      expect((await refusal(database.lineage({ table: 'othr' }))).code).toBe('TABLE_NOT_FOUND')
    })

    test('what must run again, in order', async () => {
      await pipeline('r1')
      expect(await database.plan()).toEqual([])
      await bench.save(database, 'raw', raw.replace('2,20', '2,21'))
      const steps = await database.plan()
      expect(steps.map(({ step, certain }) => [step, certain])).toEqual([
        ['clean', true],
        ['totals', false],
      ])
      expect(steps[0]!.causes[0]!.text).toBe('raw: 1 modified (column price) since run r1')
      expect(steps[1]!.causes[0]!.text).toBe('the step clean runs before it')
    })
  })
}
