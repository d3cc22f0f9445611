import { describe, expect, it } from 'vitest'
import type { Database } from '../../dist/index.js'
import { rowsOf, run, using } from './kit.ts'

/** Where the databases are whose runs and steps are killed. */
export interface KilledPlace {
  /** Of a database that isn't there yet. */
  url(): string
  /** Points that this engine alone has between the merge and the run's record. */
  merging: readonly string[]
  /** Points that this engine alone has while a step's output is published. */
  publishing: readonly string[]
  /** Checks that nothing of a killed process is left. */
  expectClean(database: Database): Promise<void>
}

const BEFORE = [{ k: 1, v: 'a' }]
const AFTER = [...BEFORE, { k: 2, v: 'b' }]
const lines = (rows: { k: number; v: string }[]) => rows.map(({ k, v }) => `${k},${v}`)
const NOTHING = ['run-begun', 'run-branch', 'scratch-created', 'built', 'moved', 'recorded']

/** Promise 9: its target has all of the run, or nothing, and the run is known as interrupted or published. Resumed, it is there once. */
export function killedRuns(place: KilledPlace): void {
  describe('a run that is killed', () => {
    it.for([...NOTHING, ...place.merging, 'run-merged', 'run-published'])('at %s', async (point) => {
      const db = place.url()
      const head = await using(db, async (database) => {
        await database.save('one', { rows: BEFORE }, { key: 'k' })
        return database.resolve('HEAD')
      })
      const job = { job: 'run', db, tables: { one: AFTER, two: AFTER }, options: { id: 'r1' } }
      // The run's claim makes a scratch branch of its own, too.
      const failpoint = point === 'scratch-created' ? 'scratch-created:2' : point
      expect(await run(job, { failpoint })).toMatchObject({ signal: 'SIGKILL', lines: [] })

      await using(db, async (database) => {
        const { status } = await database.showRun('r1')
        const seen = [await rowsOf(database, 'one'), await rowsOf(database, 'two')]
        const nothing = [lines(BEFORE), undefined]
        const all = [lines(AFTER), lines(AFTER)]
        if (NOTHING.includes(point)) {
          expect(status).toBe('interrupted')
          expect(seen).toEqual(nothing)
          expect(await database.resolve('HEAD')).toBe(head)
        } else {
          expect([nothing, all]).toContainEqual(seen)
          if (point === 'run-merged' || point === 'run-published') expect(seen).toEqual(all)
          expect(status).toBe(point === 'run-published' ? 'published' : 'interrupted')
        }
      })

      const again = await run({ ...job, options: { id: 'r1', resume: true } })
      expect(again.lines).toMatchObject([{ run: { status: 'published' } }])
      await using(db, async (database) => {
        expect([await rowsOf(database, 'one'), await rowsOf(database, 'two')]).toEqual([lines(AFTER), lines(AFTER)])
        expect(await database.showRun('r1')).toMatchObject({ status: 'published' })
        const merges = (await database.log()).filter(({ message }) => message === 'run r1')
        expect(merges).toHaveLength(1)
        expect((await database.branches()).map(({ name }) => name)).toEqual(['main'])
        await place.expectClean(database)
      })
    })
  })
}

const FIRST = [
  { k: 1, v: 'a' },
  { k: 2, v: 'b' },
]
const SECOND = [
  { k: 1, v: 'A' },
  { k: 3, v: 'c' },
]
const SEEN_FIRST = ['1 added a', '2 added b']
const SEEN_ALL = ['1 added a', '1 modified A', '2 added b', '2 removed b', '3 added c']
const UNPUBLISHED = ['step-begun', 'step-ran', 'scratch-created', 'built']
const PUBLISHED = ['published', 'recorded', 'saved', 'step-saved', 'step-recorded']

/** Promise 10: its output is there as a whole or not at all, and when it has run again each changed row was consumed once. */
export function killedSteps(place: KilledPlace): void {
  describe('an incremental step that is killed', () => {
    it.for([...UNPUBLISHED, 'moved', ...place.publishing, ...PUBLISHED])('at %s', async (point) => {
      const db = place.url()
      await using(db, (database) => database.save('source', { rows: FIRST }, { key: 'k' }))
      expect(await run({ job: 'step', db })).toMatchObject({ lines: [{ step: 'done' }] })
      await using(db, (database) => database.save('source', { rows: SECOND }))
      // The claim makes a scratch branch of its own, too.
      const failpoint = point === 'scratch-created' ? 'scratch-created:2' : point
      expect(await run({ job: 'step', db }, { failpoint })).toMatchObject({ signal: 'SIGKILL', lines: [] })
      await using(db, async (database) => {
        const seen = await rowsOf(database, 'seen')
        if (UNPUBLISHED.includes(point)) expect(seen).toEqual(SEEN_FIRST)
        else if (PUBLISHED.includes(point)) expect(seen).toEqual(SEEN_ALL)
        else expect([SEEN_FIRST, SEEN_ALL]).toContainEqual(seen)
      })
      expect(await run({ job: 'step', db })).toMatchObject({ code: 0, lines: [{ step: 'done' }] })
      await using(db, async (database) => {
        expect(await rowsOf(database, 'seen')).toEqual(SEEN_ALL)
        expect((await database.branches()).map(({ name }) => name)).toEqual(['main'])
        await place.expectClean(database)
      })
    })

    it('in a run that was merged, and not noted as published', async () => {
      const db = place.url()
      await using(db, (database) => database.save('source', { rows: FIRST }, { key: 'k' }))
      expect(await run({ job: 'step', db, run: 'r1' })).toMatchObject({ lines: [{ step: 'done' }] })
      await using(db, (database) => database.save('source', { rows: SECOND }))
      const killed = await run({ job: 'step', db, run: 'r2' }, { failpoint: 'run-merged' })
      expect(killed).toMatchObject({ signal: 'SIGKILL', lines: [{ step: 'done' }] })
      // Nobody goes on with it: the next night's run has another name.
      expect(await run({ job: 'step', db, run: 'r3' })).toMatchObject({ code: 0, lines: [{ step: 'done' }] })
      await using(db, async (database) => expect(await rowsOf(database, 'seen')).toEqual(SEEN_ALL))
    })

    it('once it had published, while the same step ran on another branch', async () => {
      const db = place.url()
      await using(db, (database) => database.save('source', { rows: FIRST }, { key: 'k' }))
      expect(await run({ job: 'step', db })).toMatchObject({ lines: [{ step: 'done' }] })
      await using(db, async (database) => {
        await database.createBranch('other')
        await database.save('source', { rows: SECOND })
        await database.step('count', { inputs: { source: { changes: true } }, branch: 'other' }, async () => {
          expect(await run({ job: 'step', db }, { failpoint: 'saved' })).toMatchObject({ signal: 'SIGKILL' })
        })
        expect(await rowsOf(database, 'seen')).toEqual(SEEN_ALL)
      })
      expect(await run({ job: 'step', db })).toMatchObject({ code: 0, lines: [{ step: 'done' }] })
      await using(db, async (database) => {
        expect(await rowsOf(database, 'seen')).toEqual(SEEN_ALL)
        const [last] = await database.steps({ step: 'count' })
        expect(last!.tables[0]!.changes).toMatchObject({ full: null })
      })
    })
  })
}
