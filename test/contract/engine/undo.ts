import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database, Row } from '../../../dist/index.js'
import { Bench, refusal, testOf, type EngineUnderTest } from '../bench.ts'

export function undoContract(engine: EngineUnderTest): void {
  describe('restore, revert, drop', () => {
    const bench = new Bench(engine)
    let database: Database
    let commits: string[]
    beforeEach(async () => {
      database = await bench.open()
      commits = []
      for (const text of ['id,a\n1,x\n2,y\n', 'id,a\n1,X\n2,y\n', 'id,a,b\n1,X,\n2,y,v\n3,n,\n'])
        commits.push((await bench.save(database, 'foo', text, { key: 'id' })).toCommit!)
      await bench.save(database, 'bar', 'id\n1\n', { key: 'id' })
    })
    afterAll(() => bench.end())
    const now = (options = {}) => bench.text(database, 'foo', options)

    test('restore: the table as it was, its schema too, as a new commit', async () => {
      const action = await database.restore('foo', commits[0]!, { run: 'r' })
      expect(action).toMatchObject({ kind: 'restore', table: 'foo', changed: true, modified: 2, removed: 1, run: 'r' })
      expect(await now()).toBe('id,a\n1,x\n2,y\n')
      expect(action.tableHash).toBe((await database.tables({ at: commits[0]! }))[0]!.hash)
      expect(await bench.text(database, 'bar')).toBe('id\n1\n')
      expect(await now({ at: 'HEAD~1' })).toBe('id,a,b\n1,X,\n2,y,v\n3,n,\n')
      expect((await database.show('HEAD')).commit).toMatchObject({
        message: `restore foo as at ${commits[0]!}`,
        trailers: { 'Doltflow-Kind': 'restore', 'Doltflow-Run': 'r' },
      })
      expect((await database.restore('foo', commits[0]!)).changed).toBe(false)
    })
    test('restore: of a dropped table, on another branch, at a run', async () => {
      await database.createBranch('side')
      await database.drop('foo', { branch: 'side' })
      expect((await refusal(now({ branch: 'side' }))).code).toBe('TABLE_NOT_FOUND')
      await database.restore('foo', commits[1]!, { branch: 'side' })
      expect(await now({ branch: 'side' })).toBe('id,a\n1,X\n2,y\n')
      expect(await now()).toContain('3,n')
      expect((await refusal(database.restore('nothing', commits[1]!))).code).toBe('TABLE_NOT_FOUND')
      expect((await refusal(database.restore('bar', commits[1]!))).code).toBe('TABLE_NOT_FOUND')
      expect((await refusal(database.restore('foo', 'nowhere'))).code).toBe('REF_NOT_FOUND')
    })
    test('revert: takes back what a commit changed, and only that', async () => {
      const action = await database.revert(commits[1]!)
      expect(action).toMatchObject({ kind: 'revert', changed: true, modified: 1, added: 0, removed: 0 })
      expect(await now()).toBe('id,a,b\n1,x,\n2,y,v\n3,n,\n')
      expect((await database.show('HEAD')).commit).toMatchObject({
        message: 'revert "save foo"',
        trailers: { 'Doltflow-Action': action.id },
        author: action.author,
      })
      await database.revert('HEAD')
      expect(await now()).toBe('id,a,b\n1,X,\n2,y,v\n3,n,\n')
    })
    test('revert: of a save that made a table', async () => {
      await database.revert('HEAD')
      expect((await database.tables()).map(({ name }) => name)).toEqual(['foo'])
    })
    test('revert: of a merge, all that it brought; merging that branch again brings nothing back', async () => {
      await database.createBranch('side')
      await bench.save(database, 'foo', 'id,a,b\n1,X,\n2,y,v\n3,n,\n4,side,\n', { branch: 'side' })
      await bench.save(database, 'foo', 'id,a,b\n1,main,\n2,y,v\n3,n,\n')
      expect((await database.merge('side')).merged).toBe(true)
      expect(await database.revert('HEAD')).toMatchObject({ changed: true, added: 0, modified: 0, removed: 1 })
      expect(await now()).toBe('id,a,b\n1,main,\n2,y,v\n3,n,\n')
      expect((await database.merge('side')).changed).toBe(false)
      await database.revert('HEAD')
      expect(await now()).toContain('4,side')
    })
    test('revert: what later commits changed is refused, and nothing moves', async () => {
      await bench.save(database, 'foo', 'id,a,b\n1,later,\n2,y,v\n3,n,\n')
      const before = await database.branches({ all: true })
      expect((await refusal(database.revert(commits[1]!))).code).toBe('MERGE_REFUSED')
      expect((await refusal(database.revert('HEAD~99'))).code).toBe('REF_NOT_FOUND')
      expect((await refusal(database.revert((await database.log()).at(-1)!.hash))).code).toBe('MERGE_REFUSED')
      expect(await database.branches({ all: true })).toEqual(before)
      expect(await now()).toContain('1,later')
    })
    test('drop: from a head, not from history', async () => {
      const action = await database.drop('foo', { message: 'gone' })
      expect(action).toMatchObject({ kind: 'drop', table: 'foo', changed: true, removed: 3, tableHash: null })
      expect((await database.tables()).map(({ name }) => name)).toEqual(['bar'])
      expect(await now({ at: 'HEAD~1' })).toContain('3,n')
      expect(await database.schema('foo')).toBeUndefined()
      expect((await refusal(database.drop('foo'))).code).toBe('TABLE_NOT_FOUND')
      expect((await bench.save(database, 'foo', 'k,v\n1,2\n', { key: 'k' })).added).toBe(1)
      expect(await now()).toBe('k,v\n1,2\n')
    })
    // Fault: DoltLite took the table that was gone for the other one, renamed, and told of rows that later commits had changed.
    test('revert: a commit that is taken back already changes nothing', async () => {
      expect(await database.revert(commits[0]!).catch((error: { code: string }) => error.code)).toBe('MERGE_REFUSED')
      const first = await bench.save(database, 'new', 'id\n1\n', { key: 'id' })
      expect(await database.revert(first.toCommit!)).toMatchObject({ changed: true, removed: 1 })
      const head = await database.resolve('HEAD')
      expect(await database.revert(first.toCommit!)).toMatchObject({ changed: false })
      expect(await database.resolve('HEAD')).toBe(head)
    })
    test('they are recorded', async () => {
      const undone = [
        await database.restore('foo', commits[0]!),
        await database.revert('HEAD'),
        await database.drop('bar'),
      ]
      const kinds = (await database.actions()).slice(-3).map(({ id, kind }) => [id, kind])
      expect(kinds).toEqual(undone.map(({ id, kind }) => [id, kind]))
    })
    test('delete: rows by their keys, as a new commit', async () => {
      const action = await database.deleteRows('foo', { keys: [[3], [9], [1]] }, { run: 'r' })
      expect(action).toMatchObject({ kind: 'delete', table: 'foo', changed: true, removed: 2, added: 0, modified: 0 })
      expect(action.notices).toMatchObject([{ code: 'ROWS_NOT_THERE' }])
      expect(await now()).toBe('id,a,b\n2,y,v\n')
      expect((await database.show('HEAD')).commit).toMatchObject({
        message: 'delete from foo: 3 9 1',
        trailers: { 'Doltflow-Kind': 'delete', 'Doltflow-Run': 'r' },
      })
      expect(await database.deleteRows('foo', { keys: [[3]] })).toMatchObject({ changed: false, table: 'foo' })
      await database.revert('HEAD')
      expect(await now()).toBe('id,a,b\n1,X,\n2,y,v\n3,n,\n')
      const dry = await database.deleteRows('foo', { keys: [[2]] }, { dryRun: true })
      expect([dry.removed, await now()]).toEqual([1, 'id,a,b\n1,X,\n2,y,v\n3,n,\n'])
      expect((await refusal(database.deleteRows('foo', { keys: [[1, 2]] }))).code).toBe('OPTION_INVALID')
      expect((await refusal(database.deleteRows('nothing', { keys: [[1]] }))).code).toBe('TABLE_NOT_FOUND')
      await bench.save(database, 'list', 'a\n1\n1\n', { key: null })
      expect((await refusal(database.deleteRows('list', { keys: [[1]] }))).code).toBe('KEY_REQUIRED')
    })
    test('delete: keys of every kind, of several columns', async () => {
      const types = { d: 'text', n: 'decimal(2)', s: 'text', i: 'integer' } as const
      const text = 'd,n,s,i,x\n2024-01-01,0.50,007,-1,a\n2024-01-02,1.25,7,0,b\n2024-01-02,1.25,é,0,c\n'
      await bench.save(database, 'kinds', text, { key: ['d', 'n', 's', 'i'], types })
      const keys: Row[] = []
      for await (const { d, n, s, i } of database.rows('kinds')) keys.push([d!, n!, s!, i!])
      expect((await database.deleteRows('kinds', { keys: [keys[0]!, keys[2]!] })).removed).toBe(2)
      expect(await bench.text(database, 'kinds')).toBe('d,n,s,i,x\n2024-01-02,1.25,7,0,b\n')
    })
    testOf(engine, 'queries')('delete: the rows of which a condition is true', async () => {
      const action = await database.deleteRows('foo', { where: 'a = ? OR id > ? -- odd', parameters: ['X', 2] })
      expect(action).toMatchObject({ changed: true, removed: 2 })
      expect(await now()).toBe('id,a,b\n2,y,v\n')
      expect((await database.deleteRows('foo', { where: 'b IS NULL' })).changed).toBe(false)
      expect((await refusal(database.deleteRows('foo', { where: 'nowhere = 1' }))).code).toBe('SQL_FAILED')
      expect((await refusal(database.deleteRows('foo', { where: '1) OR (' }))).code).toBe('SQL_FAILED')
      expect(await now()).toBe('id,a,b\n2,y,v\n')
      await bench.save(database, 'list', 'a,b\nx,007\n,1.50\nx,007\n"","q ""r"""\nz,1\n', { key: null })
      expect(await database.deleteRows('list', { where: "a = 'x'" })).toMatchObject({ removed: 2, changed: true })
      expect(await bench.text(database, 'list')).toBe('a,b\n,1.50\n"","q ""r"""\nz,1\n')
    })
    test('delete: merges with what others changed meanwhile', async () => {
      await database.createBranch('side')
      await database.deleteRows('foo', { keys: [[1]] }, { branch: 'side' })
      await bench.save(database, 'foo', 'id,a,b\n1,X,\n2,y,V\n3,n,\n')
      expect((await database.merge('side')).merged).toBe(true)
      expect(await now()).toBe('id,a,b\n2,y,V\n3,n,\n')
    })
  })
}
