import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { open, type Action, type Commit, type Database } from '../../dist/index.js'
import { expectClean, folder, rowsOf } from '../faults/kit.ts'

/*
 * Many calls of one process at once. Fault: each had a thread and a connection of its own, met a head that had moved, and
 * merged: 64 small saves took twenty times as long as one after the other, and 555 MB.
 */

const MANY = 32

/** The engine's threads that there are, and the most there were. */
let workers = 0
let most = 0
const count = (worker: Worker): void => {
  most = Math.max(most, ++workers)
  worker.once('exit', () => void workers--)
}
/** Four that write, if the machine is so slow that none is quick, and two that are kept. */
const MOST = 6
beforeAll(() => void process.on('worker', count))
afterAll(() => void process.off('worker', count))

let db: Database
beforeEach(async () => {
  db = await open(join(folder(), 'x.db'))
  await db.save('t', { rows: [{ k: -1, v: 'first' }] }, { key: 'k' })
  most = workers
  return () => db.close()
})

const numbers = Array.from({ length: MANY }, (_, n) => n)
const commits = (): Promise<Commit[]> => db.log({ limit: 10_000 })
const merges = async (): Promise<number> => (await commits()).filter(({ parents }) => parents.length > 1).length
const upsert = (n: number): Promise<Action> => db.save('t', { rows: [{ k: n, v: `row ${n}` }] }, { mode: 'upsert' })

async function expectOneEach(actions: readonly Action[], before: number): Promise<void> {
  expect(new Set(actions.map(({ toCommit }) => toCommit)).size).toBe(actions.length)
  expect(actions.filter(({ changed, merged }) => !changed || merged)).toEqual([])
  expect(actions.map(({ added, modified, removed }) => [added, modified, removed])).toEqual(
    actions.map(() => [1, 0, 0]),
  )
  expect(await commits()).toHaveLength(before + actions.length)
  expect(await merges()).toBe(0)
}

describe('many saves at once', () => {
  it('into one table: a commit each, no merge, a few threads', async () => {
    const before = (await commits()).length
    await expectOneEach(await Promise.all(numbers.map(upsert)), before)
    expect(most).toBeLessThanOrEqual(MOST)
    expect(await rowsOf(db, 't')).toEqual(['-1,first', ...numbers.map((n) => `${n},row ${n}`)])
    await expectClean(db)
  })

  it('as appends, and from async sources', async () => {
    const before = (await commits()).length
    async function* rows(n: number): AsyncGenerator<{ k: number; v: string }> {
      yield { k: n, v: `row ${n}` }
    }
    const actions = numbers.map((n) =>
      db.save('t', n % 2 === 0 ? { rows: [{ k: n, v: `row ${n}` }] } : rows(n), { mode: 'append' }),
    )
    await expectOneEach(await Promise.all(actions), before)
    expect(await rowsOf(db, 't')).toHaveLength(MANY + 1)
  })

  it('into tables of their own, and with two databases open on the file', async () => {
    const other = await open(db.location)
    const before = (await commits()).length
    const actions = numbers.map((n) => (n % 2 === 0 ? db : other).save(`t${n}`, { rows: [{ k: 1 }] }, { key: 'k' }))
    await expectOneEach(await Promise.all(actions), before)
    expect(most).toBeLessThanOrEqual(2 * MOST)
    expect(await db.tables()).toHaveLength(MANY + 1)
    await other.close()
  })

  it('to a new branch, which the first of them makes', async () => {
    const options = { mode: 'upsert', branch: { new: 'exp' } } as const
    const saves = numbers.slice(0, 8).map((n) => db.save('t', { rows: [{ k: n, v: 'x' }] }, options))
    await Promise.all(saves)
    expect(await rowsOf(db, 't', 'exp')).toHaveLength(9)
    expect((await db.log({ branch: 'exp' })).filter(({ parents }) => parents.length > 1)).toEqual([])
  })

  it('beside restores, drops and merges', async () => {
    await db.save('u', { rows: [{ k: 1 }] }, { key: 'k' })
    await db.save('w', { rows: [{ k: 1 }] }, { key: 'k', branch: { new: 'side' } })
    await Promise.all([...numbers.slice(0, 8).map(upsert), db.drop('u'), db.merge('side'), db.restore('t', 'HEAD')])
    expect((await db.tables()).map(({ name }) => name)).toEqual(['t', 'w'])
    // The one merge that was asked for.
    expect(await merges()).toBeLessThanOrEqual(1)
    await expectClean(db)
  })
})

describe('saves at once that meet in a table', () => {
  it('keep the rows of the others, each meant for the table as it was when the call began', async () => {
    const files = ['a', 'b', 'c'].map((name, n) => [
      { k: -1, v: 'first' },
      { k: n, v: name },
    ])
    const actions = await Promise.all(files.map((rows) => db.save('t', { rows })))
    expect(actions.map(({ added, removed }) => [added, removed])).toEqual(files.map(() => [1, 0]))
    expect(await rowsOf(db, 't')).toEqual(['-1,first', '0,a', '1,b', '2,c'])
  })

  it('merge cells of one row, and conflict where they must', async () => {
    await db.save('c', { rows: [{ k: 1, x: 'x', y: 'y' }] }, { key: 'k' })
    const change = (x: string, y: string) => db.save('c', { rows: [{ k: 1, x, y }] }, { mode: 'upsert' })
    await Promise.all([change('X', 'y'), change('x', 'Y')])
    expect(await rowsOf(db, 'c')).toEqual(['1,X,Y'])
    const [one, other] = await Promise.allSettled([change('1', 'Y'), change('2', 'Y')])
    expect([one!.status, other!.status].toSorted()).toEqual(['fulfilled', 'rejected'])
    const failed = [one!, other!].find(({ status }) => status === 'rejected') as PromiseRejectedResult
    expect(failed.reason).toMatchObject({ code: 'CONFLICT' })
  })

  it('refuse to merge if that was asked for', async () => {
    const results = await Promise.allSettled(
      [1, 2].map((n) => db.save('t', { rows: [{ k: n, v: '' }] }, { mode: 'upsert', noMerge: true })),
    )
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  })
})

describe('a save is not held up', () => {
  /** Gives a row, and then nothing until it is told to end. */
  function silent(): { source: AsyncIterable<{ k: number; v: string }>; end(): void } {
    let end = (): void => {}
    const ended = new Promise<void>((resolve) => (end = resolve))
    async function* rows(): AsyncGenerator<{ k: number; v: string }> {
      yield { k: 1000, v: 'slow' }
      await ended
    }
    return { source: rows(), end: () => end() }
  }

  it('by sources that never end', async () => {
    const controller = new AbortController()
    const sources = numbers.slice(0, 8).map(() => silent())
    const hanging = sources.map(({ source }) => db.save('t', source, { mode: 'upsert', signal: controller.signal }))
    const settled = Promise.allSettled(hanging)
    await Promise.all(numbers.slice(0, 8).map(upsert))
    expect(await rowsOf(db, 't')).toHaveLength(9)
    controller.abort()
    expect((await settled).map(({ status }) => status)).toEqual(hanging.map(() => 'rejected'))
    await expectClean(db)
  })

  it('by a source that it is itself a part of, however deep', async () => {
    async function* nested(depth: number): AsyncGenerator<{ k: number; v: string }> {
      if (depth > 0) await db.save('t', nested(depth - 1), { mode: 'upsert' })
      await upsert(100 + depth)
      yield { k: depth, v: `depth ${depth}` }
    }
    await db.save('t', nested(8), { mode: 'upsert' })
    expect(await rowsOf(db, 't')).toHaveLength(1 + 2 * 9)
  })

  it('by a sink that it is itself a part of', async () => {
    let inner = 0
    const meta = async (): Promise<void> => void (await upsert(200 + inner++))
    await Promise.all(
      numbers.slice(0, 8).map((n) => db.save('t', { rows: [{ k: n, v: '' }] }, { mode: 'upsert', meta })),
    )
    expect(await rowsOf(db, 't')).toHaveLength(17)
    expect(await merges()).toBe(0)
  })

  it('by a sink that never ends', async () => {
    let end = (): void => {}
    const ended = new Promise<void>((resolve) => (end = resolve))
    const hanging = db.save('t', { rows: [{ k: 1, v: '' }] }, { mode: 'upsert', meta: () => ended })
    await upsert(2)
    end()
    await hanging
  })
})
