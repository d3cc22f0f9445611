import { copyFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openEngine } from '../../dist/engines/index.js'
import { open, type Database } from '../../dist/index.js'
import { folder, random, rowsOf, using } from './kit.ts'

/* The engine opens a file that was cut short as if nothing had happened. What was acknowledged is missed all the same. */

async function saved(path: string): Promise<number[]> {
  const sizes: number[] = []
  const db = await open(path)
  for (let n = 0; n < 12; n++) {
    await db.save('t', { rows: [{ k: n, v: 'x'.repeat(500) }] }, n === 0 ? { key: 'k' } : { mode: 'append' })
    sizes.push(statSync(path).size)
  }
  await db.close()
  return sizes
}

it('a database that is gone is told of, and no empty one is made in its place', async () => {
  const path = join(folder(), 'x.db')
  await using(path, (db) => db.save('t', { rows: [{ k: 1 }] }, { key: 'k' }))
  rmSync(path)
  const works: ((db: Database) => Promise<unknown>)[] = [
    (db) => db.init(),
    (db) => db.save('t', { rows: [{ k: 1 }] }, { key: 'k' }),
  ]
  for (const work of works) await expect(using(path, work)).rejects.toMatchObject({ code: 'DATABASE_TRUNCATED' })
  expect(existsSync(path)).toBe(false)
  rmSync(`${path}.heads`)
  await using(path, (db) => db.init())
})

it('every cut that loses an acknowledged head is told', async () => {
  const place = folder()
  const path = join(place, 'x.db')
  const sizes = await saved(path)
  const whole = join(place, 'whole')
  copyFileSync(path, whole)
  const full = sizes.at(-1)!
  const next = random(3)
  const cuts = [
    ...sizes.slice(0, -1),
    ...Array.from({ length: 40 }, () => Math.floor(next() * full)),
    full - 1,
    full - 100,
    1,
    100,
  ]
  let told = 0
  for (const cut of cuts) {
    copyFileSync(whole, path)
    truncateSync(path, cut)
    const db = await open(path).catch((error: unknown) => error as { code: string })
    if (!('save' in db)) {
      expect(db.code).toMatch(/^DATABASE_(CORRUPT|TRUNCATED)$/)
      told++
      continue
    }
    const error = await rowsOf(db, 't').then(
      (rows) => (expect(rows, `cut at ${cut} of ${full}`).toHaveLength(12), undefined),
      (failure: { code: string; message: string }) => failure,
    )
    if (error) {
      told++
      expect(error.code, error.message).toMatch(/^DATABASE_(CORRUPT|TRUNCATED)$/)
      if (error.code === 'DATABASE_TRUNCATED') expect(error.message).toContain('accept(url)')
      // It is told each time, and nothing is saved on top.
      await expect(db.save('t', { rows: [{ k: 99, v: '' }] }, { mode: 'append' })).rejects.toMatchObject({
        code: error.code,
      })
    }
    await db.close()
  }
  expect(told).toBeGreaterThan(30)
})

it('an accepted backup is used again', async () => {
  const path = join(folder(), 'x.db')
  const sizes = await saved(path)
  truncateSync(path, sizes[5]!)
  await using(path, (db) => expect(rowsOf(db, 't')).rejects.toMatchObject({ code: 'DATABASE_TRUNCATED' }))
  const engine = await openEngine(path, { check: false })
  await engine.accept!()
  await engine.close()
  await using(path, async (db) => {
    expect(await rowsOf(db, 't')).toHaveLength(6)
    await db.save('t', { rows: [{ k: 99, v: '' }] }, { mode: 'append' })
    expect(await rowsOf(db, 't')).toHaveLength(7)
  })
})

it('a line of heads that a full disk cut short says nothing', async () => {
  const path = join(folder(), 'x.db')
  await saved(path)
  writeFileSync(`${path}.heads`, `${readFileSync(`${path}.heads`, 'utf8')}\nmain abc`)
  await using(path, async (db) => {
    await db.save('t', { rows: [{ k: 99, v: '' }] }, { mode: 'append' })
    expect(await rowsOf(db, 't')).toHaveLength(13)
  })
  await using(path, async (db) => expect(await rowsOf(db, 't')).toHaveLength(13))
})

it('flipped bytes are never read as other data where the engine can tell', async () => {
  const place = folder()
  const path = join(place, 'x.db')
  await saved(path)
  const whole = readFileSync(path)
  const expected = await using(path, (db) => rowsOf(db, 't'))
  const next = random(11)
  const counts = { same: 0, refused: 0, wrong: 0 }
  for (let round = 0; round < 60; round++) {
    const bytes = Buffer.from(whole)
    bytes[Math.floor(next() * bytes.length)]! ^= 1 << Math.floor(next() * 8)
    writeFileSync(path, bytes)
    const rows = await using(path, (db) => rowsOf(db, 't')).catch((error: unknown) => {
      expect((error as { code?: string }).code).toBeDefined()
      return undefined
    })
    if (rows === undefined) counts.refused++
    else if (rows.join() === expected!.join()) counts.same++
    else counts.wrong++
  }
  expect(counts.wrong, JSON.stringify(counts)).toBe(0)
})
