import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Progress } from '../../dist/index.js'
import { commitsOf, CONTAINER, expectClean, folder, isRoot, rowsOf, run, start, stoppedBelow, using } from './kit.ts'

/*
 * Promise 12: a save that was killed with its container is tried again in another one: at once, and done once.
 * Fault: the other container's process could not be seen, so that the retry waited for up to 24 hours.
 */

const LIMIT = 15_000

const EARLY = ['pulled', 'staged', 'stage-finished', 'scratch-created', 'build-begun', 'build-part', 'build-inserted']
const LATE = ['moved', 'acknowledged', 'published', 'record-inserted', 'recorded', 'scratch-deleted', 'saved', 'pushed']
const steps = [
  ...[...EARLY, 'built', 'publish-locked'].map((step) => ({ step, published: false })),
  ...['publish-reset', ...LATE].map((step) => ({ step, published: true })),
]
const merging = [
  ...['built', 'merge-merged', 'merge-made'].map((step) => ({ step, published: false })),
  ...['moved', 'recorded'].map((step) => ({ step, published: true })),
]

/** The files beside a database that say which processes live. */
const signs = (db: string): string[] => readdirSync(join(db, '..')).filter((name) => name.includes('-alive-'))

async function retryAfterKill(step: string, published: boolean, meanwhile: boolean): Promise<void> {
  const db = join(folder(), 'x.db')
  const base = await using(db, async (database) => {
    const { toCommit } = await database.save('t', { rows: [{ k: 1 }] }, { key: 'k' })
    if (meanwhile) await database.save('t', { rows: [{ k: 9 }] }, { mode: 'append' })
    return toCommit!
  })
  const branch = meanwhile ? { from: base, mergeTo: 'main' } : 'main'
  const options = { id: 'own-id', mode: 'append', branch, run: 'r1' } as const
  const job = { job: 'saves', db, saves: [{ table: 't', rows: [{ k: 2 }], options }] }
  const killed = await run(job, { failpoint: step, wrap: CONTAINER })
  expect(killed).toMatchObject({ code: 137, lines: [] })
  const between = Date.now()
  // The other container has a number for a process that the first one may have had, too.
  const retry = await run(job, { wrap: CONTAINER })
  expect(Date.now() - between).toBeLessThan(LIMIT)
  expect(retry).toMatchObject({ code: 0, stderr: '' })
  const action = retry.lines[0]!.action!
  expect(Date.parse(action.startedAt) < between).toBe(published)
  await using(db, async (database) => {
    expect(await commitsOf(database, 'own-id')).toEqual([action.toCommit])
    expect(await rowsOf(database, 't')).toEqual(meanwhile ? ['1', '2', '9'] : ['1', '2'])
    expect(await database.actions({ run: 'r1' })).toHaveLength(1)
    await expectClean(database)
  })
  expect(signs(db)).toEqual([])
}

describe.runIf(isRoot)('a save killed with its container, and tried again in another', () => {
  it.for(steps)('at $step', ({ step, published }) => retryAfterKill(step, published, false))
  it.for(merging)('at $step of a merge', ({ step, published }) => retryAfterKill(step, published, true))

  it('is not robbed while it lives, though it is slow: the retry waits, says so, and gives up in time', async () => {
    const db = join(folder(), 'x.db')
    await using(db, (database) => database.save('t', { rows: [{ k: 1 }] }, { key: 'k' }))
    const job = {
      job: 'saves',
      db,
      saves: [{ table: 't', rows: [{ k: 2 }], options: { id: 'own-id', mode: 'append' } }],
    }
    const owner = start(job, { failpoint: 'built', wrap: CONTAINER, env: { DOLTFLOW_FAILSIGNAL: 'SIGSTOP' } })
    const stopped = await stoppedBelow(owner.pid)
    await using(db, async (database) => {
      const told: Progress[] = []
      const begun = Date.now()
      const options = { id: 'own-id', mode: 'append', onProgress: (progress: Progress) => told.push(progress) } as const
      const waiting = database.save('t', { rows: [{ k: 2 }] }, options)
      await expect(waiting).rejects.toMatchObject({ code: 'DATABASE_BUSY', retryable: true, data: { id: 'own-id' } })
      expect(Date.now() - begun).toBeGreaterThan(LIMIT - 1000)
      expect(Date.now() - begun).toBeLessThan(2 * LIMIT)
      expect(told.filter(({ waitsFor }) => waitsFor !== undefined).length).toBeGreaterThan(5)
      expect(told.at(-1)!.waitsFor).toMatch(
        /^process \d+ of another host or container, which saves with the id own-id$/,
      )
      // Neither does a save without an id take its work away.
      await database.save('u', { rows: [{ k: 1 }] }, { key: 'k' })
      expect((await database.branches({ all: true })).some(({ name }) => name.startsWith('doltflow/scratch/'))).toBe(
        true,
      )
    })
    process.kill(stopped, 'SIGCONT')
    const ended = await owner.ended
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    await using(db, async (database) => {
      const again = await database.save('t', { rows: [{ k: 2 }] }, { id: 'own-id', mode: 'append' })
      expect(again.toCommit).toBe(ended.lines[0]!.action!.toCommit)
      expect(await commitsOf(database, 'own-id')).toHaveLength(1)
      expect(await rowsOf(database, 't')).toEqual(['1', '2'])
      await expectClean(database)
    })
  })

  it('leaves no file of what it was reading', async () => {
    const db = join(folder(), 'x.db')
    await using(db, (database) => database.save('t', { rows: [{ k: 1 }] }, { key: 'k' }))
    const job = { job: 'saves', db, saves: [{ table: 't', rows: [{ k: 2 }], options: { mode: 'append' } }] }
    expect(await run(job, { failpoint: 'staged', wrap: CONTAINER })).toMatchObject({ code: 137 })
    expect(signs(db)).toHaveLength(1)
    await using(db, async (database) => {
      await database.tables()
      await expectClean(database)
      expect(signs(db)).toEqual([])
    })
  })
})
