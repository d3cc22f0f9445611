import { readFileSync } from 'node:fs'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { jsonlSink, type Action, type Database } from '../../../dist/index.js'
import { Bench, collect, refusal, testOf, type EngineUnderTest } from '../bench.ts'

const FIELDS = [
  'added',
  'author',
  'branch',
  'changed',
  'data',
  'durationMs',
  'file',
  'fileCommit',
  'fromCommit',
  'handle',
  'id',
  'kind',
  'merged',
  'modified',
  'notices',
  'parameters',
  'removed',
  'repeated',
  'rows',
  'run',
  'sourceHash',
  'sql',
  'startedAt',
  'step',
  'table',
  'tableHash',
  'tables',
  'toCommit',
]

export function recordContract(engine: EngineUnderTest): void {
  describe('records', () => {
    const bench = new Bench(engine)
    let database: Database
    beforeEach(async () => {
      database = await bench.open()
    })
    afterAll(() => bench.end())
    const save = (text: string, options = {}) => bench.save(database, 'foo', text, { key: 'id', ...options })

    test('an id names one call: of another table, branch or kind it is refused, and nothing passes for saved', async () => {
      const ids = await bench.open()
      await bench.save(ids, 'foo', 'id,a\n1,x\n', { key: 'id', id: 'job-1' })
      for (const branch of ['main', { new: 'side' }] as const)
        for (const table of ['foo', 'other']) {
          const saving = bench.save(ids, table, 'id,a\n1,x\n', { key: 'id', id: 'job-1', branch })
          if (table === 'foo' && branch === 'main') expect((await saving).id).toBe('job-1')
          else expect(await refusal(saving)).toMatchObject({ code: 'ID_TAKEN', data: { first: { table: 'foo' } } })
        }
      expect((await ids.tables()).map(({ name }) => name)).toEqual(['foo'])
    })
    test('an action has all its fields, and is stored as it was given', async () => {
      const data = { n: 1.5, t: 'é\n', list: [null, true], deep: { x: '' } }
      const saved = await save('id,a\n1,x\n', { run: 'r', step: 's', data, author: 'A B <a@b.c>' })
      expect(Object.keys(saved).toSorted()).toEqual(FIELDS)
      expect(saved.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(saved.sourceHash).toMatch(/^[0-9a-f]{64}$/)
      expect(new Date(saved.startedAt).toISOString()).toBe(saved.startedAt)
      expect(await database.actions()).toEqual([{ ...saved, handle: null }])
      const loaded = await database.load('foo', bench.path(), { run: 'r', step: 't', data: 'text' })
      expect((await database.actions())[1]).toEqual({ ...loaded, handle: null })
    })
    test('by run, table and commit', async () => {
      const one = await save('id,a\n1,x\n', { run: 'r1' })
      const two = await save('id,a\n2,x\n', { run: 'r2' })
      const bar = await bench.save(database, 'bar', 'id\n1\n', { key: 'id', run: 'r2' })
      const load = await database.load('foo', bench.path(), { run: 'r3', at: one.toCommit! })
      const ids = async (filter: object) => (await database.actions(filter)).map(({ id }) => id)
      expect(await ids({ run: 'r2' })).toEqual([two.id, bar.id])
      expect(await ids({ table: 'foo' })).toEqual([one.id, two.id, load.id])
      expect(await ids({ table: 'foo', run: 'r2' })).toEqual([two.id])
      expect(await ids({ commit: one.toCommit! })).toEqual([one.id, load.id])
      expect(await ids({ commit: 'HEAD' })).toEqual([bar.id])
      expect(await ids({ run: 'none' })).toEqual([])
      expect((await refusal(database.actions({ commit: 'none' }))).code).toBe('REF_NOT_FOUND')
    })
    test('a run whose id ends as ~1 does is named by it; without one, ~1 is the commit before', async () => {
      const first = await save('id,a\n1,x\n', { run: 'r~1' })
      const second = await save('id,a\n1,y\n', { run: 'r' })
      const third = await save('id,a\n1,z\n', { run: 's' })
      expect(await database.resolve('run:r~1')).toBe(first.toCommit)
      expect(await database.resolve('run:s~1')).toBe(second.toCommit)
      expect(await database.resolve('run:r~1~0')).toBe(first.toCommit)
      expect(await database.resolve('run:s~2')).toBe(first.toCommit)
      expect(await database.resolve('run:s')).toBe(third.toCommit)
      expect((await refusal(database.resolve('run:none~1'))).code).toBe('RUN_NOT_FOUND')
    })
    test('a save that changed nothing is recorded, a load without a run is not', async () => {
      await save('id,a\n1,x\n')
      await save('id,a\n1,x\n', { run: 'again' })
      await database.load('foo', bench.path())
      expect((await database.actions()).map(({ kind, changed, run }) => [kind, changed, run])).toEqual([
        ['save', true, null],
        ['save', false, 'again'],
      ])
    })
    test('defaults of the opened database: run, step, author, sinks', async () => {
      const told: Action[] = []
      const other = await bench.open(database.location, {
        run: 'R',
        step: 'S',
        author: 'C D <c@d>',
        sinks: [(action) => told.push(action)],
      })
      const saved = await bench.save(other, 'foo', 'id,a\n1,x\n', { key: 'id' })
      const loaded = await other.load('foo', bench.path())
      expect([saved, loaded].map(({ run, step, author }) => [run, step, author])).toEqual([
        ['R', 'S', 'C D <c@d>'],
        ['R', 'S', 'C D <c@d>'],
      ])
      expect(told.map(({ id }) => id)).toEqual([saved.id, loaded.id])
      expect((await other.actions()).map(({ id }) => id)).toEqual([saved.id, loaded.id])
    })
    test('sinks: a function, several, asynchronous ones; every load and save, with the finished action', async () => {
      const told: unknown[][] = []
      const path = bench.path('jsonl')
      const meta = [
        (action: Action) => told.push(['function', action.kind, action.toCommit ?? action.fromCommit]),
        {
          name: 'later',
          write: async (action: Action) =>
            void (await Promise.resolve(), told.push(['object', action.kind, action.rows])),
        },
        jsonlSink(path),
      ]
      const saved = await save('id,a\n1,x\n', { meta })
      const loaded = await database.load('foo', bench.path(), { meta })
      expect(told).toEqual([
        ['function', 'save', saved.toCommit],
        ['object', 'save', 1],
        ['function', 'load', saved.toCommit],
        ['object', 'load', 1],
      ])
      const { notices: _s, ...savedRecord } = { ...saved, handle: null }
      const { notices: _l, ...loadedRecord } = { ...loaded, handle: null }
      expect(
        readFileSync(path, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ).toEqual([savedRecord, loadedRecord])
    })
    test('a sink that fails is told, and the save stands', async () => {
      const failing = { name: 'broken', write: () => Promise.reject(new Error('no disk')) }
      const told: string[] = []
      const action = await save('id,a\n1,x\n', {
        meta: [failing, (one: Action) => told.push(one.id), jsonlSink('/no/such/folder/x')],
      })
      expect(action.changed).toBe(true)
      expect(action.notices.map(({ code }) => code)).toEqual(['SINK_FAILED', 'SINK_FAILED'])
      expect(action.notices[0]!.message).toMatch(/save was done.*broken: no disk/)
      expect(told).toEqual([action.id])
      expect(await database.actions()).toHaveLength(1)
      const loaded = await database.load('foo', bench.path(), { meta: failing })
      expect(loaded.notices.map(({ code }) => code)).toEqual(['SINK_FAILED'])
      const thrown = await save('id,a\n2,x\n', {
        meta: () => {
          throw 'a string'
        },
      })
      expect(thrown.notices[0]!.message).toContain('a string')
    })
    testOf(engine, 'otherPrograms')('the table sink failing is told, too', async () => {
      await save('id,a\n1,x\n')
      engine.leave(database.location, 'doltflow', 'CREATE TABLE stray (a INT PRIMARY KEY)')
      const action = await save('id,a\n2,x\n')
      expect(action.changed).toBe(true)
      // Either it writes beside what is there, or it tells.
      const found = (await database.actions()).some(({ id }) => id === action.id)
      expect(found ? [] : ['SINK_FAILED']).toEqual(action.notices.map(({ code }) => code))
    })
    test('records lie in no data branch, and no branch lists them', async () => {
      await save('id,a\n1,x\n')
      expect((await database.tables()).map(({ name }) => name)).toEqual(['foo'])
      expect((await database.branches()).map(({ name }) => name)).toEqual(['main'])
      expect((await database.branches({ all: true })).map(({ name }) => name)).toEqual(['doltflow', 'main'])
    })
    testOf(engine, 'queries')('records can be asked for by a query, on their own branch', async () => {
      await save('id,a\n1,x\n')
      const [batch] = await collect(
        database.rows({ sql: 'SELECT * FROM _doltflow_actions' }, { at: 'doltflow', as: 'batches' }),
      )
      const cell = (name: string) => batch!.rows.map((row) => row[batch!.columns.indexOf(name)])
      expect([cell('table'), cell('kind')]).toEqual([['foo'], ['save']])
    })
    testOf(engine, 'queries')('a load by a query is found by each table that it read', async () => {
      await save('id,a\n1,x\n')
      await bench.save(database, 'other', 'id,b\n1,y\n', { key: 'id' })
      await bench.save(database, 'third', 'id,c\n1,z\n', { key: 'id' })
      const sql = 'SELECT f.a, count(*) AS n FROM foo f JOIN other o ON o.id = f.id GROUP BY f.a'
      const loaded = await database.load({ sql }, bench.path(), { run: 'reader' })
      expect(loaded).toMatchObject({ table: null, tables: ['foo', 'other'] })
      const idsOf = async (table: string) => (await database.actions({ table, run: 'reader' })).map(({ id }) => id)
      expect(await idsOf('foo')).toEqual([loaded.id])
      expect(await idsOf('other')).toEqual([loaded.id])
      expect(await idsOf('third')).toEqual([])
      expect((await database.actions({ table: 'other' })).map(({ kind }) => kind)).toEqual(['save', 'load'])
      expect((await database.actions({ table: 'other' }))[1]).toEqual(loaded)
      await bench.save(database, 'other', 'id,b\n1,later\n')
      expect(await bench.text(database, 'other', { at: 'run:reader' })).toBe('id,b\n1,y\n')
      expect((await database.load('foo', bench.path())).tables).toBe(null)
    })
    test('a caller’s own id: a repeat does nothing and gives the first action', async () => {
      const first = await save('id,a\n1,x\n', { id: 'step-1/é', run: 'r' })
      expect(first.id).toBe('step-1/é')
      await save('id,a\n2,x\n')
      const head = await database.resolve('main')
      const again = await save('id,a\n1,x\n', { id: 'step-1/é' })
      expect(again).toMatchObject({ ...first, repeated: true, notices: [{ code: 'REPEATED' }] })
      expect(await database.resolve('main')).toBe(head)
      expect(await database.actions({ run: 'r' })).toHaveLength(1)
      expect((await database.show(first.toCommit!)).commit.trailers['Doltflow-Action']).toBe('step-1/é')
    })
    test('a caller’s own id after a refusal may be tried again', async () => {
      await refusal(save('id,a\n,x\n', { id: 'mine' }))
      expect((await save('id,a\n1,x\n', { id: 'mine' })).changed).toBe(true)
    })
    test('a caller’s own id, by many at once: one does it', async () => {
      await save('id,a\n1,x\n')
      const others = await Promise.all([1, 2, 3, 4].map(() => bench.open(database.location)))
      const actions = await Promise.all(
        others.map((one, index) =>
          bench.save(one, 'foo', `id,a\n1,x\n${index + 5},y\n`, { id: 'same', onRepeat: 'first' }),
        ),
      )
      expect(new Set(actions.map(({ toCommit }) => toCommit)).size).toBe(1)
      expect((await database.log({ table: 'foo' })).length).toBe(2)
      expect((await database.actions()).length).toBe(2)
    })
    // Fault: another night's rows under the same id were not saved, and the answer said that they were.
    test('a repeated id says so; with other rows it is refused, whatever file they come in', async () => {
      const first = await save('id,a\n1,x\n2,y\n', { id: 'night' })
      expect(first.repeated).toBe(false)
      await save('id,a\n1,x\n2,y\n3,later\n')
      for (const same of ['id,a\n1,x\n2,y\n', 'id,a\n2,y\n1,"x"\n'])
        expect(await save(same, { id: 'night' })).toMatchObject({
          repeated: true,
          toCommit: first.toCommit,
          notices: [{ code: 'REPEATED' }],
        })
      const other = 'id,a\n1,x\n2,night two\n'
      expect(await refusal(save(other, { id: 'night' }))).toMatchObject({
        code: 'ID_TAKEN',
        data: { id: 'night', startedAt: first.startedAt },
      })
      expect(await save(other, { id: 'night', onRepeat: 'first' })).toMatchObject({
        repeated: true,
        toCommit: first.toCommit,
      })
      const added = await save('id,a\n7,seven\n', { id: 'added', mode: 'append' })
      expect(await save('id,a\n7,seven\n', { id: 'added', mode: 'append' })).toMatchObject({
        repeated: true,
        toCommit: added.toCommit,
      })
      expect((await refusal(save('id,a\n8,eight\n', { id: 'added', mode: 'append' }))).code).toBe('ID_TAKEN')
      expect(await bench.text(database, 'foo')).toBe('id,a\n1,x\n2,y\n3,later\n7,seven\n')
      expect((await database.branches({ all: true })).map(({ name }) => name)).toEqual(['doltflow', 'main'])
    })
    test('long ids are told apart, and one too long is refused', async () => {
      const long = 'x'.repeat(150)
      const one = await save('id,a\n1,x\n', { id: `${long}1` })
      expect((await save('id,a\n2,x\n', { id: `${long}2` })).toCommit).not.toBe(one.toCommit)
      const again = await save('id,a\n1,x\n', { id: `${long}1` })
      expect(again).toMatchObject({ ...one, repeated: true, notices: [...one.notices, { code: 'REPEATED' }] })
      for (const id of ['', 'a\0b'])
        expect([id, (await refusal(save('id,a\n3,x\n', { id }))).code]).toEqual([id, 'OPTION_INVALID'])
    })
    // Fault: more than an engine can hold was ENGINE_FAILED, 'string or blob too big'.
    test('long messages, data, runs and steps are kept, and what is too long is refused with the limit', async () => {
      const long = { message: 'm'.repeat(30_000), data: { note: 'd'.repeat(30_000) }, run: 'r'.repeat(1000) }
      const { toCommit } = await save('id,a\n1,long\n', long)
      expect((await database.show(toCommit!)).commit.message).toBe(long.message)
      expect((await database.actions({ run: long.run }))[0]!.data).toEqual(long.data)
      const tooLong = 'x'.repeat(66_000)
      for (const option of ['message', 'data', 'id', 'run', 'step'])
        expect(await refusal(save('id,a\n1,longer\n', { [option]: tooLong }))).toMatchObject({
          code: 'OPTION_INVALID',
          data: { option },
        })
      expect(await database.rowCount('foo')).toBe(1)
    })
    test('the order of actions, and what a run means, do not hang on the callers’ ids', async () => {
      const last = []
      for (const id of ['z', 'm', 'a']) last.push(await save(`id,a\n1,${id}\n`, { id, run: 'r' }))
      expect((await database.actions()).map(({ id }) => id)).toEqual(['z', 'm', 'a'])
      expect(await database.resolve('run:r', { table: 'foo' })).toBe(last.at(-1)!.toCommit)
    })
    test('run:<id> is the last save, also of two tables', async () => {
      const foo = await save('id,a\n1,x\n', { run: 'r' })
      const bar = await bench.save(database, 'bar', 'id\n1\n', { key: 'id', run: 'r' })
      expect(await database.resolve('run:r', { table: 'foo' })).toBe(foo.toCommit)
      expect(await database.resolve('run:r', { table: 'bar' })).toBe(bar.toCommit)
      expect(await database.resolve('run:r')).toBe(bar.toCommit)
      expect((await refusal(database.resolve('run:r', { table: 'baz' }))).code).toBe('RUN_NOT_FOUND')
      // Runs named like other refs, numbers or with odd characters.
      for (const run of ['007', 'main', 'a~b', '2024-01-01', 'é "x"']) {
        const saved = await save(`id,a\n1,"${run.replaceAll('"', '')}"\n`, { run })
        expect(await database.resolve(`run:${run}`, { table: 'foo' })).toBe(saved.toCommit)
      }
    })
  })
}
