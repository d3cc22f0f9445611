import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectClean, folder, rowsOf, run, using } from './kit.ts'

/*
 * Promise 9: a process is killed at each step of a run; its target has all of the run, or nothing, and the run is known as interrupted
 * or published. It can be resumed, and then it is there once.
 */

const BEFORE = [{ k: 1, v: 'a' }]
const AFTER = [...BEFORE, { k: 2, v: 'b' }]
const lines = (rows: { k: number; v: string }[]) => rows.map(({ k, v }) => `${k},${v}`)
const NOTHING = ['run-begun', 'run-branch', 'scratch-created', 'built', 'moved', 'recorded']
const MAYBE = ['merge-made', 'publish-reset', 'run-merged', 'run-published']

describe('a run that is killed', () => {
  it.for([...NOTHING, ...MAYBE])('at %s', async (step) => {
    const db = join(folder(), 'x.db')
    const head = await using(db, async (database) => {
      await database.save('one', { rows: BEFORE }, { key: 'k' })
      return database.resolve('HEAD')
    })
    const job = { job: 'run', db, tables: { one: AFTER, two: AFTER }, options: { id: 'r1' } }
    expect(await run(job, { failpoint: step })).toMatchObject({ signal: 'SIGKILL', lines: [] })

    await using(db, async (database) => {
      const { status } = await database.showRun('r1')
      const seen = [await rowsOf(database, 'one'), await rowsOf(database, 'two')]
      const nothing = [lines(BEFORE), undefined]
      const all = [lines(AFTER), lines(AFTER)]
      if (NOTHING.includes(step)) {
        expect(status).toBe('interrupted')
        expect(seen).toEqual(nothing)
        expect(await database.resolve('HEAD')).toBe(head)
      } else {
        expect([nothing, all]).toContainEqual(seen)
        if (step === 'run-merged' || step === 'run-published') expect(seen).toEqual(all)
        expect(status).toBe(step === 'run-published' ? 'published' : 'interrupted')
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
      await expectClean(database)
    })
  })
})
