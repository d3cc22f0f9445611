import { join } from 'node:path'
import { expect, it } from 'vitest'
import { open } from '../../dist/index.js'
import { commitsOf, expectClean, folder, rowsOf, start, using } from './kit.ts'

/* A save with the caller's own id is done once, by whomever and however often it is asked for. */

it.for([0, 1, 2, 3])('eight processes save the same id at once: one commit, one action (round %s)', async () => {
  const db = join(folder(), 'x.db')
  await using(db, (database) => database.save('t', { rows: [{ k: 0, v: 0 }] }, { key: 'k' }))
  // Each has other rows: what two of them did could not look like one.
  const children = Array.from({ length: 8 }, (_, index) =>
    start({
      job: 'saves',
      db,
      saves: [
        {
          table: 't',
          rows: [{ k: index + 1, v: index }],
          options: { id: 'step-7', mode: 'append', onRepeat: 'first' },
        },
      ],
    }),
  )
  const ends = await Promise.all(children.map((child) => child.ended))
  expect(ends.flatMap(({ lines }) => lines.filter(({ error }) => error))).toEqual([])
  const actions = ends.map(({ lines }) => lines[0]!.action!)
  expect(new Set(actions.map(({ id }) => id))).toEqual(new Set(['step-7']))
  expect(new Set(actions.map(({ toCommit }) => toCommit)).size).toBe(1)
  expect(new Set(actions.map(({ startedAt }) => startedAt)).size).toBe(1)
  await using(db, async (database) => {
    expect(await commitsOf(database, 'step-7')).toHaveLength(1)
    expect(await rowsOf(database, 't')).toHaveLength(2)
    expect((await database.actions()).filter(({ id }) => id === 'step-7')).toHaveLength(1)
    await expectClean(database)
  })
})

it('within one process, too', async () => {
  const db = await open(join(folder(), 'x.db'))
  await db.save('t', { rows: [{ k: 0, v: 0 }] }, { key: 'k' })
  const actions = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      db.save('t', { rows: [{ k: index + 1, v: index }] }, { id: 'one', mode: 'append', onRepeat: 'first' }),
    ),
  )
  expect(new Set(actions.map(({ toCommit }) => toCommit)).size).toBe(1)
  expect(await rowsOf(db, 't')).toHaveLength(2)
  await expectClean(db)
  await db.close()
})

it('a retry goes on where the first try was killed while another process waits for it', async () => {
  const db = join(folder(), 'x.db')
  await using(db, (database) => database.save('t', { rows: [{ k: 0, v: 0 }] }, { key: 'k' }))
  const save = { table: 't', rows: [{ k: 1, v: 1 }], options: { id: 'one', mode: 'append' } }
  for (const failpoint of ['built', 'acknowledged']) {
    const id = `one-${failpoint}`
    const job = {
      job: 'saves',
      db,
      saves: [{ ...save, rows: [{ k: failpoint, v: 1 }], options: { ...save.options, id } }],
    }
    const ends = await Promise.all([start(job, { failpoint }), start(job), start(job)].map((child) => child.ended))
    // The first of the three may have waited for another, and then not have come to the step.
    const told = ends
      .filter(({ signal }) => signal === null)
      .flatMap(({ lines }) => lines.map(({ action }) => action?.id))
    expect(told.length).toBeGreaterThanOrEqual(2)
    expect(new Set(told)).toEqual(new Set([id]))
    await using(db, async (database) => {
      expect(await commitsOf(database, id)).toHaveLength(1)
      await expectClean(database)
    })
  }
})

it('a long id is told apart from another of the same beginning', async () => {
  const db = await open(join(folder(), 'x.db'))
  const long = 'workflow/'.repeat(20)
  const [one, two] = await Promise.all([
    db.save('a', { rows: [{ k: 1 }] }, { key: 'k', id: `${long}1` }),
    db.save('b', { rows: [{ k: 1 }] }, { key: 'k', id: `${long}2` }),
  ])
  expect([one!.id, two!.id]).toEqual([`${long}1`, `${long}2`])
  await db.close()
})

it('an id that fits alone, but not with the table of a later save, is refused before anything is saved', async () => {
  const db = await open(join(folder(), 'x.db'))
  await db.init()
  const saved = db.saveAll({ a: { rows: [{ k: 1 }] }, longer: { rows: [{ k: 1 }] } }, { id: 'x'.repeat(1020) })
  await expect(saved).rejects.toMatchObject({ code: 'OPTION_INVALID', data: { option: 'id' } })
  expect(await db.tables()).toEqual([])
  await db.close()
})
