import { afterAll, afterEach, expect, test } from 'vitest'
import { forgetMemory } from '../../dist/engines/memory/index.js'
import { open, type DoltflowError } from '../../dist/index.js'
import {
  closeDatabases,
  tableStep,
  useDatabases,
  type TableHandle,
  type TableStepOptions,
} from '../../dist/step/index.js'

/* What every adapter of a workflow engine stands on; the engines themselves are in test/managers/engines. */

const URL = 'memory:table-step'
useDatabases({ pipeline: URL }, { author: 'Night <night@example.com>' })
afterEach(async () => {
  await closeDatabases()
  forgetMemory(URL)
})
afterAll(() => useDatabases({}))

const rows = [{ id: 1, v: 'a' }]
const step = (id: string, more: Partial<TableStepOptions> = {}): TableStepOptions => ({
  id,
  run: 'w1',
  name: 'clean',
  ...more,
})
const save = (id: string, given: object[] = rows): Promise<TableHandle> =>
  tableStep('pipeline', step(id), (tables) => tables.save('t', given as typeof rows, { key: 'id' }))

test('a save happens once, with the rows that were published first; it is recorded with the workflow and the step', async () => {
  const first = await save('w1/clean')
  expect(first).toMatchObject({ db: 'pipeline', table: 't', rows: 1 })
  expect(await save('w1/clean', [{ id: 2, v: 'later' }])).toEqual(first)
  expect(await save('w2/clean', [{ id: 2, v: 'later' }])).not.toEqual(first)
  const db = await open(URL)
  const saves = await db.actions({ table: 't' })
  expect(saves.map(({ id, run, step: name, author }) => [id, run, name, author])).toEqual([
    ['w1/clean/t', 'w1', 'clean', 'Night <night@example.com>'],
    ['w2/clean/t', 'w1', 'clean', 'Night <night@example.com>'],
  ])
  await db.close()
})

test('a handle names its database; a table that is saved twice in a step is saved twice', async () => {
  const input = await save('w1/clean')
  const made = await tableStep(input, step('w1/twice'), async (tables) => {
    const found = []
    for await (const row of tables.rows(input)) found.push(row)
    expect(found).toEqual(rows)
    await tables.save('u', rows, { key: 'id' })
    return tables.save('u', [...rows, { id: 3, v: 'c' }])
  })
  expect(made.rows).toBe(2)
})

test('an error that comes again is the engine’s own for good; one that is worth another try, and one of the caller, stay', async () => {
  const permanent = (error: DoltflowError): Error => new TypeError(error.code)
  const cancelled = (error: DoltflowError): Error => new RangeError(error.code)
  const thrown = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error)
  const wrong = tableStep('pipeline', step('a', { permanent }), (tables) => tables.save('t', rows, { key: 'no' }))
  expect(await thrown(wrong)).toEqual(new TypeError('COLUMN_MISSING'))
  const signal = AbortSignal.abort()
  const stopped = tableStep('pipeline', step('b', { permanent, cancelled, signal }), (tables) => tables.save('t', rows))
  expect(await thrown(stopped)).toEqual(new RangeError('ABORTED'))
  const own = new Error('mine')
  expect(await thrown(tableStep('pipeline', step('c', { permanent }), () => Promise.reject(own)))).toBe(own)
  const without = tableStep('pipeline', { id: 'd', transaction: true }, async () => {})
  expect(await thrown(without)).toMatchObject({ code: 'OPTION_INVALID', data: { option: 'run' } })
  const outside = tableStep('pipeline', step('e'), (tables) => tables.publish())
  expect(await thrown(outside)).toMatchObject({ code: 'OPTION_INVALID', data: { option: 'transaction' } })
})

test('a transaction is begun by whichever step comes first, published once, and takes nothing more then', async () => {
  await save('before')
  const db = await open(URL)
  const main = await db.resolve('main')
  const inside = (id: string, table: string): Promise<TableHandle> =>
    tableStep('pipeline', step(id, { transaction: true }), (tables) => tables.save(table, rows, { key: 'id' }))
  await Promise.all([inside('1', 'one'), inside('2', 'two')])
  await inside('1', 'one')
  expect(await db.resolve('main')).toBe(main)
  expect(await db.runs()).toMatchObject([{ id: 'w1', status: 'running', host: null }])
  const publish = () => tableStep('pipeline', step('3', { transaction: true }), (tables) => tables.publish())
  expect(await publish()).toMatchObject({ status: 'published', changed: true })
  expect(await publish()).toMatchObject({ status: 'published' })
  expect((await db.tables()).map(({ name }) => name)).toEqual(['one', 't', 'two'])
  expect(await inside('4', 'three').catch((error: DoltflowError) => error)).toMatchObject({ code: 'RUN_EXISTS' })
  await db.close()
})

test('a transaction is dropped by its compensation, or by hand', async () => {
  await save('before')
  const db = await open(URL)
  const inside = (run: string) =>
    tableStep('pipeline', { id: run, run, transaction: true }, (tables) => tables.save('one', rows, { key: 'id' }))
  const drop = (run: string) => tableStep('pipeline', { id: 'd', run, transaction: true }, (tables) => tables.drop())
  await inside('w2')
  await drop('w2')
  await inside('w3')
  await db.dropRun('w3')
  expect((await db.runs()).map(({ status }) => status)).toEqual(['dropped', 'dropped'])
  expect((await db.tables()).map(({ name }) => name)).toEqual(['t'])
  expect((await db.branches()).map(({ name }) => name)).toEqual(['main'])
  await db.close()
})

const inRun = { run: 'w1', transaction: true } as const
const refused = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error)

test('a save of a transaction that was published gives its first handle; reads see what was published', async () => {
  await save('before')
  const last = (): Promise<[TableHandle, unknown[]]> =>
    tableStep('pipeline', { id: 'last', ...inRun }, async (tables) => {
      const handle = await tables.save('total', rows, { key: 'id' })
      await tables.publish()
      const found = []
      for await (const row of tables.rows('total')) found.push(row)
      return [handle, found]
    })
  const first = await last()
  expect(first[1]).toEqual(rows)
  expect(await last()).toEqual(first)
  const late = tableStep('pipeline', { id: 'late', ...inRun }, (tables) => tables.save('total', rows))
  expect(await refused(late)).toMatchObject({ code: 'RUN_EXISTS', retryable: false })
})

test('what was dropped stays dropped: who is late is refused', async () => {
  await save('before')
  const work = () => tableStep('pipeline', { id: 'a', ...inRun }, (tables) => tables.save('one', rows, { key: 'id' }))
  const drop = () => tableStep('pipeline', { id: 'b', ...inRun }, (tables) => tables.drop())
  await work()
  await drop()
  await drop()
  expect(await refused(work())).toMatchObject({ code: 'RUN_EXISTS', data: { status: 'dropped' } })
  const db = await open(URL)
  expect((await db.runs()).map(({ status }) => status)).toEqual(['dropped'])
  await db.close()
})

test('a run whose branch was not made yet when its process was killed goes on', async () => {
  await save('before')
  const work = () => tableStep('pipeline', { id: 'a', ...inRun }, (tables) => tables.save('one', rows, { key: 'id' }))
  await tableStep('pipeline', { id: 'b', ...inRun }, async () => {})
  const db = await open(URL)
  await db.deleteBranch('run/w1')
  expect((await work()).rows).toBe(1)
  const { status } = await tableStep('pipeline', { id: 'c', ...inRun }, (tables) => tables.publish())
  expect([status, (await db.tables()).map(({ name }) => name)]).toEqual(['published', ['one', 't']])
  await db.close()
})

test('the first step of a transaction makes the database, as a save does', async () => {
  expect(await tableStep('pipeline', { id: 'a', ...inRun }, ({ save: keep }) => keep('one', rows))).toMatchObject({
    rows: 1,
  })
})

test('steps of one run publish to one branch', async () => {
  await save('before')
  await tableStep('pipeline', { id: 'a', ...inRun }, async () => {})
  const other = tableStep('pipeline', { id: 'b', run: 'w1', transaction: { into: 'exp' } }, async () => {})
  expect(await refused(other)).toMatchObject({ code: 'OPTION_INVALID', data: { option: 'into', run: 'w1' } })
})

test('what a step is given is checked before it begins', async () => {
  const given: unknown[] = [
    {},
    { id: '' },
    { id: 3 },
    undefined,
    { id: 'a', heartbeat: 3 },
    { id: 'a', attempts: 3 },
    { id: 'a', run: 'r', transaction: 'yes' },
    { id: 'a', run: 'r', transaction: { inot: 'exp' } },
  ]
  for (const options of given)
    expect(
      await refused(tableStep('pipeline', options as never, async () => {})),
      JSON.stringify(options),
    ).toMatchObject({ code: 'OPTION_INVALID' })
  expect(await refused(tableStep('pipeline', step('a'), undefined as never))).toMatchObject({ code: 'USAGE' })
  expect(() => useDatabases({ other: undefined as never })).toThrow(expect.objectContaining({ code: 'USAGE' }))
})

test('a source that fails while it is fetched is worth another try', async () => {
  const permanent = (error: DoltflowError): Error => new TypeError(error.code)
  const feed = async function* () {
    yield rows[0]!
    throw new Error('fetch failed')
  }
  const failed = await refused(tableStep('pipeline', step('a', { permanent }), (tables) => tables.save('t', feed())))
  expect(failed).toMatchObject({ code: 'IO_FAILED', retryable: true })
})

test('a database that a step closed is opened again; one that nobody named is told by the handle', async () => {
  const made = await save('before')
  await tableStep('pipeline', step('a'), ({ db }) => db.close())
  expect(await refused(save('b'))).toMatchObject({ code: 'CLOSED', retryable: true })
  expect(await save('b')).toMatchObject({ table: 't' })
  const elsewhere = await refused(tableStep({ ...made, db: 'orders' }, step('c'), async () => {}))
  expect(elsewhere).toMatchObject({ code: 'HANDLE_NOT_FOUND', data: { db: 'orders' } })
  expect((elsewhere as Error).message).toContain('pipeline')
})
