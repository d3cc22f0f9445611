import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadAddon } from '../../dist/engines/doltlite/connection/addon.js'
import { open } from '../../dist/index.js'
import { folder, text } from './kit.ts'

/* Promise 2: what a person left uncommitted stays, is not committed by a save, and is not loaded. */

it("a person's uncommitted rows on main survive all that a save may do", async () => {
  const place = folder()
  const path = join(place, 'x.db')
  const db = await open(path)
  const first = await db.save('t', { rows: [{ k: 1, v: 'a' }] }, { key: 'k' })
  await db.createBranch('other')
  const { DatabaseSync } = loadAddon()
  const person = new DatabaseSync(path)
  person.exec("INSERT INTO t VALUES (100, 'uncommitted')")
  person.exec('CREATE TABLE draft (k PRIMARY KEY) WITHOUT ROWID')
  const own = (): unknown => person.prepare('SELECT k FROM t ORDER BY k').all()
  const expectKept = async (): Promise<void> => {
    expect(own()).toEqual([{ k: 1 }, { k: 100 }])
    expect((await db.status()).dirty).toEqual([{ branch: 'main', tables: expect.arrayContaining(['t', 'draft']) }])
    expect(await db.resolve('main')).toBe(first.toCommit)
  }
  await expectKept()
  const refused = { code: 'BRANCH_DIRTY', data: { branch: 'main', tables: expect.arrayContaining(['t', 'draft']) } }
  const rows = { rows: [{ k: 2, v: 'b' }] }
  await expect(db.save('t', rows, { mode: 'append' })).rejects.toMatchObject(refused)
  await expectKept()
  await expect(db.save('new', rows, { key: 'k' })).rejects.toMatchObject(refused)
  await expect(
    db.save('t', rows, { mode: 'append', branch: { from: 'other', mergeTo: 'main' } }),
  ).rejects.toMatchObject(refused)
  await expectKept()
  await expect(db.save('t', { rows: [{ k: 1, v: 'a' }] }, { mode: 'append' })).rejects.toMatchObject({
    code: 'KEY_EXISTS',
  })
  await expectKept()

  const elsewhere = await db.save('t', rows, { mode: 'append', branch: 'other' })
  expect(elsewhere.changed).toBe(true)
  await expectKept()
  await expect(db.merge('other')).rejects.toMatchObject(refused)
  await db.load('t', join(place, 'out.csv'))
  expect(text(join(place, 'out.csv'))).toBe('k,v\n1,a\n')
  await db.load('t', join(place, 'out.csv'), { branch: 'other' })
  expect(text(join(place, 'out.csv'))).toBe('k,v\n1,a\n2,b\n')
  await expect(db.load('draft', join(place, 'draft.csv'))).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
  expect((await db.save('t', { rows: [{ k: 1, v: 'a' }] })).changed).toBe(false)
  await db.gc()
  await expectKept()
  expect((await db.branches({ all: true })).map(({ name }) => name)).toEqual(['doltflow', 'main', 'other'])

  person.prepare("SELECT dolt_commit('-A', '-m', 'mine')").get()
  person.close()
  expect((await db.save('t', rows, { mode: 'append' })).changed).toBe(true)
  await db.load('t', join(place, 'out.csv'))
  expect(text(join(place, 'out.csv'))).toBe('k,v\n1,a\n2,b\n100,uncommitted\n')
  await db.close()
})
