import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectClean, folder, rowsOf, run, using } from './kit.ts'

/*
 * Promise 10: an incremental step is killed at each of its points. Its output is there as a whole or not at all, and when it has run
 * again each changed row was consumed once.
 */

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
const BEFORE = ['step-begun', 'step-ran', 'scratch-created', 'built']
const AFTER = ['moved', 'published', 'recorded', 'saved', 'step-saved', 'step-recorded']

describe('an incremental step that is killed', () => {
  it.for([...BEFORE, ...AFTER])('at %s', async (point) => {
    const db = join(folder(), 'x.db')
    await using(db, (database) => database.save('source', { rows: FIRST }, { key: 'k' }))
    expect(await run({ job: 'step', db })).toMatchObject({ lines: [{ step: 'done' }] })
    await using(db, (database) => database.save('source', { rows: SECOND }))
    // The claim makes a scratch branch of its own, too.
    const failpoint = point === 'scratch-created' ? 'scratch-created:2' : point
    expect(await run({ job: 'step', db }, { failpoint })).toMatchObject({ signal: 'SIGKILL', lines: [] })
    await using(db, async (database) => {
      const seen = await rowsOf(database, 'seen')
      if (BEFORE.includes(point)) expect(seen).toEqual(SEEN_FIRST)
      else expect([SEEN_FIRST, SEEN_ALL]).toContainEqual(seen)
      if (!BEFORE.includes(point) && point !== 'moved') expect(seen).toEqual(SEEN_ALL)
    })
    expect(await run({ job: 'step', db })).toMatchObject({ code: 0, lines: [{ step: 'done' }] })
    await using(db, async (database) => {
      expect(await rowsOf(database, 'seen')).toEqual(SEEN_ALL)
      expect((await database.branches()).map(({ name }) => name)).toEqual(['main'])
      await expectClean(database)
    })
  })
})
