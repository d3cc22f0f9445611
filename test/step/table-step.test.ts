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
