import { writeFileSync } from 'node:fs'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../../dist/index.js'
import { Bench, testOf, type EngineUnderTest } from '../bench.ts'

/** Load, edit, save: the file builds on the commit that it was loaded from. */
export function loadedContract(engine: EngineUnderTest): void {
  describe('load, edit, save', () => {
    const bench = new Bench(engine)
    let database: Database
    let mine: string
    let yours: string
    const now = (options = {}) => bench.text(database, 'foo', options)
    const notices = async (saving: ReturnType<Database['save']>) =>
      (await saving).notices.map(({ code, message }) => `${code}: ${message.replace(/built on \w+/, 'built on …')}`)
    beforeEach(async () => {
      database = await bench.open()
      await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n', { key: 'id' })
      mine = bench.path()
      yours = bench.path()
      await database.load('foo', mine)
      await database.load('foo', yours)
    })
    afterAll(() => bench.end())

    // Fault: the second of two who load, add a row and save took the first one's row away, without a word.
    test('two who load, edit and save never remove each other’s rows', async () => {
      writeFileSync(mine, 'id,a\n1,x\n2,y\n3,mine\n')
      writeFileSync(yours, 'id,a\n1,YOURS\n2,y\n4,yours\n')
      expect(await notices(database.save('foo', mine))).toEqual([])
      expect(await notices(database.save('foo', yours))).toEqual([
        'BUILT_ON_LOADED: built on …, which you loaded; 1 row that others added since stays',
      ])
      expect(await now()).toBe('id,a\n1,YOURS\n2,y\n3,mine\n4,yours\n')
    })
    test('a second edit of the same file builds on the first: it undoes neither', async () => {
      writeFileSync(yours, 'id,a\n1,x\n2,y\n4,yours\n')
      await database.save('foo', yours)
      writeFileSync(mine, 'id,a\n1,x\n2,y\n3,mine\n')
      await database.save('foo', mine)
      writeFileSync(mine, 'id,a\n1,x\n3,mine again\n')
      const action = await database.save('foo', mine)
      expect(action).toMatchObject({ changed: true, added: 0, modified: 1, removed: 1 })
      expect(await now()).toBe('id,a\n1,x\n3,mine again\n4,yours\n')
      writeFileSync(yours, 'id,a\n1,x\n2,y\n4,yours again\n')
      await database.save('foo', yours)
      expect(await now()).toBe('id,a\n1,x\n3,mine again\n4,yours again\n')
    })
    test('both change one cell: a conflict, as of any two saves', async () => {
      writeFileSync(mine, 'id,a\n1,mine\n2,y\n')
      writeFileSync(yours, 'id,a\n1,yours\n2,y\n')
      await database.save('foo', mine)
      await expect(database.save('foo', yours)).rejects.toMatchObject({ code: 'CONFLICT' })
      expect(await now()).toBe('id,a\n1,mine\n2,y\n')
    })
    test('a load of an older commit, saved unchanged, restores it', async () => {
      const old = await database.resolve('HEAD')
      await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n3,new\n')
      await database.load('foo', mine, { at: old })
      expect((await database.save('foo', mine)).removed).toBe(1)
      expect(await now()).toBe('id,a\n1,x\n2,y\n')
    })
    test('another branch, table, mode or file, a plan of one’s own, and onHead: as ever', async () => {
      await database.createBranch('side')
      await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n3,new\n', { branch: 'side' })
      await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n3,new\n')
      expect((await database.save('foo', mine, { branch: 'side' })).removed).toBe(1)
      expect((await database.save('bar', yours, { key: 'id' })).added).toBe(2)
      const copied = bench.file('id,a\n1,x\n2,y\n')
      expect((await database.save('foo', copied, { dryRun: true })).removed).toBe(1)
      await database.load('foo', yours, { at: 'HEAD~2' })
      expect((await database.save('foo', yours, { dryRun: true })).removed).toBe(1)
      await database.load('foo', yours)
      await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n3,new\n4,newer\n')
      expect((await database.save('foo', yours, { onHead: true, dryRun: true })).removed).toBe(1)
      expect((await database.save('foo', yours, { dryRun: true })).changed).toBe(false)
      expect(
        (await database.save('foo', yours, { branch: { from: 'HEAD', mergeTo: 'main' }, dryRun: true })).removed,
      ).toBe(1)
    })
    testOf(engine, 'queries')('a file that a query was loaded into is no table’s any more', async () => {
      await database.load({ sql: 'SELECT id, a FROM foo' }, mine)
      await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n3,new\n')
      expect((await database.save('foo', mine, { dryRun: true })).removed).toBe(1)
    })
    test('loadAll remembers each file', async () => {
      const folder = bench.path('folder')
      await database.loadAll(folder)
      await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n3,new\n')
      writeFileSync(`${folder}/foo.csv`, 'id,a\n1,edited\n2,y\n')
      await database.save('foo', `${folder}/foo.csv`)
      expect(await now()).toBe('id,a\n1,edited\n2,y\n3,new\n')
    })
  })
}
