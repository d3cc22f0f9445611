import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Cause, Database, StepOptions, StepResult } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

export function stepsContract(engine: EngineUnderTest): void {
  describe('steps', () => {
    const bench = new Bench(engine)
    let database: Database
    let folder: string
    let ran: number
    const raw = 'id,price,qty\n1,10,1\n2,20,2\n3,30,3\n'
    beforeEach(async () => {
      database = await bench.open()
      await bench.save(database, 'raw', raw, { key: 'id' })
      folder = join(bench.folder, `steps-${Math.random()}`)
      mkdirSync(folder)
      ran = 0
    })
    afterAll(() => bench.end())
    const base: StepOptions = { inputs: ['raw'], outputs: { clean: { key: 'id' } } }
    /** A step that keeps the rows whose price is over a limit. */
    const clean = (options: StepOptions = {}, db = database): Promise<StepResult> =>
      db.step('clean', { ...base, ...options }, async (step) => {
        ran++
        const rows = []
        for await (const row of step.rows('raw')) if (Number(row['price']) > 15) rows.push(row)
        return { clean: rows }
      })
    const kinds = (causes: readonly Cause[]) =>
      causes.map(({ kind, name }) => (name === null ? kind : `${kind} ${name}`))
    const text = (table = 'clean', options = {}) => bench.text(database, table, options)

    test('runs once, and then has its result; the record says what it consumed and produced', async () => {
      const first = await clean()
      expect(first).toMatchObject({ step: 'clean', status: 'done', branch: 'main', run: null, of: null })
      expect(kinds(first.causes)).toEqual(['never-ran'])
      const [action] = first.actions
      expect(action).toMatchObject({ kind: 'save', table: 'clean', step: 'clean', changed: true })
      expect(first.tables).toMatchObject([{ input: 'raw', table: 'raw', commit: action!.fromCommit, columns: null }])
      expect(first.outputs).toEqual([
        { table: 'clean', commit: action!.toCommit, hash: action!.tableHash, source: null },
      ])
      const head = await database.resolve('HEAD')
      const second = await clean()
      expect(second).toMatchObject({ status: 'skipped', causes: [], actions: [], outputs: first.outputs })
      expect(second.of).toEqual({ execution: first.execution, run: null, at: first.at })
      expect(await database.resolve('HEAD')).toBe(head)
      expect(ran).toBe(1)
      expect(await database.why('clean')).toMatchObject({ status: 'skipped', execution: second.execution })
      expect((await database.steps({ step: 'clean' })).map(({ status }) => status)).toEqual(['skipped', 'done'])
      expect((await refusal(database.why('nothing'))).code).toBe('STEP_NOT_FOUND')
    })

    test('what does not count is a hit', async () => {
      const file = join(folder, 'in.txt')
      const code = join(folder, 'code.py')
      writeFileSync(file, 'a')
      writeFileSync(code, '1')
      const options: StepOptions = {
        inputs: { raw: { columns: ['id', 'price'] } },
        files: [file],
        code: [code, 'abc1234'],
        params: { a: 1, b: { y: 1, x: [2] } },
      }
      await clean(options)
      const before = await database.resolve('HEAD')
      const hit = async (more: StepOptions = {}) => {
        expect(await clean({ ...options, ...more })).toMatchObject({ status: 'skipped', causes: [] })
      }
      // A file that was touched, or is called otherwise.
      writeFileSync(file, 'a')
      await hit()
      writeFileSync(join(folder, 'other.txt'), 'a')
      await hit({ files: [join(folder, 'other.txt')] })
      await hit({ params: { b: { x: [2], y: 1 }, a: 1 } })
      // The same data again, and rows in another order.
      await bench.save(database, 'raw', raw)
      await bench.save(database, 'raw', 'id,price,qty\n3,30,3\n1,10,1\n2,20,2\n')
      await hit()
      // Another column than those that count.
      await bench.save(database, 'raw', raw.replace('2,20,2', '2,20,9'))
      await hit()
      await bench.save(database, 'raw', raw.replaceAll('\n', ',x\n').replace('qty,x', 'qty,more'))
      await hit()
      // A change and its revert.
      await bench.save(
        database,
        'raw',
        raw.replaceAll('\n', ',x\n').replace('qty,x', 'qty,more').replace('2,20', '2,21'),
      )
      await database.revert('HEAD')
      await hit()
      // Another branch with the same content.
      await database.createBranch('exp', before)
      await hit({ branch: 'exp' })
      expect(ran).toBe(1)
    })

    test('each real change is a cause, alone and with others', async () => {
      const file = join(folder, 'in.txt')
      const code = join(folder, 'code')
      mkdirSync(code)
      writeFileSync(file, 'a')
      writeFileSync(join(code, 'one.py'), '1')
      let options: StepOptions = { files: [file], code: [code], params: { window: 7 } }
      await clean(options)
      const miss = async (more: StepOptions, ...expected: string[]) => {
        options = { ...options, ...more }
        expect(await clean({ ...options, ...more })).toMatchObject({ status: 'done' })
        const { causes } = await database.why('clean')
        expect(kinds(causes)).toEqual(expected)
        expect(await clean(options)).toMatchObject({ status: 'skipped' })
        return causes
      }
      await bench.save(database, 'raw', 'id,price,qty\n1,11,1\n2,20,7\n4,40,4\n')
      const [table] = await miss({}, 'table raw')
      expect(table!.text).toMatch(/^raw: 1 added, 2 modified \(columns price, qty\), 1 removed since 20/)
      expect(table!.data).toMatchObject({ added: 1, modified: 2, removed: 1, columns: ['price', 'qty'] })
      const [param] = await miss({ params: { window: 14 } }, 'param window')
      expect(param).toMatchObject({ text: 'param window: 7 → 14', data: { before: 7, after: 14 } })
      writeFileSync(file, 'b')
      await miss({}, `file ${file}`)
      writeFileSync(join(code, 'two.py'), '')
      await miss({}, `code ${code}`)
      // A hash with a name, of what is no file.
      await miss({ code: [code, 'clean=abc1234'] }, 'code clean')
      const [named] = await miss({ code: [code, 'clean=abc1235'] }, 'code clean')
      expect(named).toMatchObject({ text: 'code: clean changed', data: { before: 'abc1234', after: 'abc1235' } })
      expect(await database.plan()).toEqual([])
      await miss({ inputs: { raw: {}, more: { table: 'raw' } } }, 'inputs more')
      options = { ...options, inputs: ['raw'] }
      expect(await clean(options)).toMatchObject({ status: 'skipped' })
      await bench.save(database, 'raw', 'id,price,qty,x\n1,11,1,\n2,20,7,\n4,40,4,\n')
      const causes = await miss({ params: { window: 15 } }, 'table raw', 'param window')
      expect(causes[0]!.text).toMatch(/column x \(\w+\) is new/)
      expect((await clean({ ...options, force: true })).causes.map(({ kind }) => kind)).toEqual(['forced'])
    })

    test('an output that was overwritten, or is not on the branch, comes back by a restore', async () => {
      const first = await clean()
      await database.createBranch('other', first.tables[0]!.commit)
      const mended = await bench.text(database, 'clean')
      await bench.save(database, 'clean', 'id,price,qty\n9,9,9\n')
      const again = await clean()
      expect(again).toMatchObject({ status: 'skipped' })
      expect(again.actions).toMatchObject([{ kind: 'restore', table: 'clean', step: 'clean', changed: true }])
      expect(await text()).toBe(mended)
      expect(await clean({ branch: 'other' })).toMatchObject({ status: 'skipped', of: { execution: first.execution } })
      expect(await text('clean', { branch: 'other' })).toBe(mended)
      expect(ran).toBe(1)
    })

    test('one that fails publishes nothing, and runs again', async () => {
      const head = await database.resolve('HEAD')
      const broken = database.step('clean', base, () => Promise.reject(new Error('no luck')))
      // The error is the caller's own.
      await expect(broken).rejects.toThrow(/^no luck$/)
      expect(await database.resolve('HEAD')).toBe(head)
      expect(await database.why('clean')).toMatchObject({ status: 'failed', error: 'no luck', outputs: [] })
      expect(kinds((await clean()).causes)).toEqual(['never-ran'])
      const { code, message } = await refusal(database.step('odd', base, async () => ({ other: [{ id: 1 }] })))
      expect(code).toBe('USAGE')
      expect(message).toContain('gave nothing for clean')
    })

    test('what appends or upserts runs each time; what it made of an equal input stops the wave', async () => {
      const options: StepOptions = { outputs: { clean: { key: 'id', mode: 'upsert' } } }
      await clean(options)
      const again = await clean(options)
      expect(kinds(again.causes)).toEqual(['always-runs clean'])
      expect(again.actions).toMatchObject([{ changed: false }])
      const next = () =>
        database.step('sum', { inputs: ['clean'], outputs: { sum: { key: 'n' } } }, async () => ({ sum: [{ n: 1 }] }))
      await next()
      expect(await next()).toMatchObject({ status: 'skipped' })
    })

    test('results of runs count once they are published, and in the run itself', async () => {
      const failing = database.run({ id: 'r1' }, async (run) => {
        expect(await clean({}, run)).toMatchObject({ status: 'done', run: 'r1', branch: 'main' })
        expect(await clean({}, run)).toMatchObject({ status: 'skipped' })
        throw new Error('late')
      })
      await expect(failing).rejects.toThrow('late')
      expect((await database.planStep('clean', base)).runs).toBe(true)
      const resumed = await database.run({ id: 'r1', resume: true }, async (run) => {
        expect(await clean({}, run)).toMatchObject({ status: 'skipped', of: { run: 'r1' } })
      })
      expect(resumed).toMatchObject({ status: 'published', changed: true })
      await bench.save(database, 'raw', raw.replace('1,10', '1,99'))
      const { causes } = await database.planStep('clean', base)
      expect(causes[0]!.text).toBe('raw: 1 modified (column price) since run r1')
      await bench.save(database, 'raw', raw)
      expect(await clean()).toMatchObject({ status: 'skipped', of: { run: 'r1' } })
      expect(ran).toBe(1)
    })

    test('two that begin at once: one runs, the other has its result', async () => {
      const slow = (db: Database) =>
        db.step('slow', base, async (step) => {
          ran++
          await new Promise((done) => setTimeout(done, 300))
          const rows = []
          for await (const row of step.rows('raw')) rows.push(row)
          return { clean: rows }
        })
      const both = await Promise.all([slow(database), slow(database)])
      expect(both.map(({ status }) => status).toSorted()).toEqual(['done', 'skipped'])
      expect(ran).toBe(1)
    })

    test('files that it makes are its result, too', async () => {
      const out = join(folder, 'out.png')
      const draw = () =>
        database.step('draw', { inputs: ['raw'], outFiles: [out] }, async () => {
          ran++
          writeFileSync(out, 'picture')
        })
      expect(await draw()).toMatchObject({ status: 'done', outFiles: [{ name: out }], actions: [] })
      expect(await database.plan()).toEqual([])
      expect(await draw()).toMatchObject({ status: 'skipped' })
      writeFileSync(out, 'scribble')
      expect((await database.plan()).map(({ causes }) => causes[0]!.text)).toEqual([`its file ${out} was changed`])
      expect(kinds((await draw()).causes)).toEqual([`result-lost ${out}`])
      rmSync(out)
      expect((await draw()).causes[0]!.text).toBe(`its file ${out} is gone`)
      expect(ran).toBe(3)
    })

    test('by two calls, for programs that give no function', async () => {
      const { execution, status, tables } = await database.beginStep('clean', base)
      expect(status).toBe('begun')
      expect(tables).toHaveLength(1)
      const done = await database.endStep(execution, { outputs: { clean: [{ id: 1 }] } })
      expect(done).toMatchObject({ status: 'done', execution, outputs: [{ table: 'clean' }] })
      expect(await database.beginStep('clean', base)).toMatchObject({ status: 'skipped' })
      const other = await database.beginStep('other', base)
      expect(await database.endStep(other.execution, { error: 'broke' })).toMatchObject({
        status: 'failed',
        error: 'broke',
      })
      expect((await refusal(database.endStep(other.execution))).code).toBe('STEP_NOT_FOUND')
    })
  })
}
