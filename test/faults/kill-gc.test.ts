import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Database } from '../../dist/index.js'
import { expectClean, folder, run, start, using } from './kit.ts'

/* A collection makes one commit of the records' history. Whatever happens meanwhile, no record is lost, and none is there twice. */

const SAVES = 24
const one = (n: number) => ({ table: 't', rows: [{ k: n }], options: { key: 'k', mode: 'append', id: `save-${n}` } })
const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `save-${from + n}`)
const recorded = async (db: Database): Promise<string[]> => (await db.actions()).map(({ id }) => id)
const history = async (db: Database): Promise<number> => (await db.log({ at: 'doltflow', limit: 1000 })).length

async function filled(): Promise<string> {
  const db = join(folder(), 'x.db')
  await run({ job: 'saves', db, saves: ids(0, SAVES).map((_, n) => one(n)) })
  return db
}

it.for(['scratch-created', 'publish-locked', 'publish-reset', 'scratch-deleted'])('gc killed at %s', async (step) => {
  const path = await filled()
  const before = await using(path, history)
  expect(before).toBeGreaterThan(SAVES)
  expect(await run({ job: 'gc', db: path }, { failpoint: step })).toMatchObject({ signal: 'SIGKILL' })
  await using(path, async (db) => {
    expect(await recorded(db)).toEqual(ids(0, SAVES))
    await db.save('t', { rows: [{ k: SAVES }] }, { key: 'k', mode: 'append', id: `save-${SAVES}` })
    await expectClean(db)
    const { size } = statSync(path)
    await db.gc()
    expect(await history(db)).toBeLessThan(5)
    expect(statSync(path).size).toBeLessThan(size / 2)
    expect(await recorded(db)).toEqual(ids(0, SAVES + 1))
    expect(await db.save('t', { rows: [{ k: 3 }] }, { key: 'k', mode: 'append', id: 'save-3' })).toMatchObject({
      repeated: true,
    })
    await expectClean(db)
  })
})

it('gc beside saves of other processes: every one is on record, once', async () => {
  const path = await filled()
  const until = join(folder(), 'until')
  const collecting = start({ job: 'gc', db: path, until })
  const writers = [0, 1].map((w) => {
    const [from, to] = [SAVES + w * 15, SAVES + (w + 1) * 15]
    return run({ job: 'saves', db: path, saves: ids(from, to).map((_, n) => one(from + n)) })
  })
  for (const { lines } of await Promise.all(writers)) expect(lines).toHaveLength(15)
  writeFileSync(until, '')
  expect((await collecting.ended).lines).toEqual([{ turns: expect.any(Number) }])
  await using(path, async (db) => {
    expect((await recorded(db)).toSorted()).toEqual(ids(0, SAVES + 30).toSorted())
    await expectClean(db)
  })
})
