import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database, Value } from '../../../dist/index.js'
import { Bench, brief, collect, refusal, type EngineUnderTest } from '../bench.ts'

export function diffContract(engine: EngineUnderTest): void {
  describe('diff, log and blame', () => {
    const bench = new Bench(engine)
    let database: Database
    const save = async (text: string, options = {}) =>
      (await bench.save(database, 'foo', text, { key: 'id', ...options })).toCommit!
    const diff = async (from?: string, to?: string, table = 'foo') =>
      brief(await collect(database.diff(table, from, to)))
    beforeEach(async () => {
      database = await bench.open()
    })
    afterAll(() => bench.end())

    test('two tables of one commit, and of two', async () => {
      await bench.save(database, 'one', 'id,a,b\n1,x,\n2,y,q\n10,z,1.50\n', { key: 'id' })
      await bench.save(database, 'two', 'a,id,c\nx,1,\nY,2,\nn,3,\nz,10,1.50\n', { key: 'id' })
      const between = async (from?: string, to?: string) =>
        brief(await collect(database.diff('one', from, to, { with: 'two' })))
      expect((await between()).toSorted()).toEqual(
        [
          'modified [2] [2,"y","q"] -> ["Y",2,null]',
          'modified [10] [10,"z","1.50"] -> ["z",10,1.5]',
          'added [3] - -> ["n",3,null]',
        ].toSorted(),
      )
      await bench.save(database, 'same', 'b,id,a\n1.50,10,z\n,1,x\nq,2,y\n', { key: 'id', types: { b: 'text' } })
      expect(await collect(database.diff('one', 'HEAD', undefined, { with: 'same' }))).toEqual([])
      await bench.save(database, 'two', 'a,id,c\nx,1,\n', {})
      expect(await between('HEAD~1')).toHaveLength(3)
      expect((await between('HEAD~1', 'HEAD')).toSorted()).toEqual([
        'removed [10] [10,"z","1.50"] -> -',
        'removed [2] [2,"y","q"] -> -',
      ])
      await bench.save(database, 'list', 'id\n1\n', { key: null })
      await bench.save(database, 'other', 'id,x\n1,2\n', { key: ['id', 'x'] })
      const refused = async (table: string) =>
        refusal(collect(database.diff('one', 'HEAD', undefined, { with: table })))
      expect((await refused('list')).code).toBe('KEY_REQUIRED')
      expect((await refused('other')).code).toBe('KEY_CHANGED')
      expect((await refused('nothing')).code).toBe('TABLE_NOT_FOUND')
    })
    test('rows added, modified, removed, in key order; by default of the last change', async () => {
      const first = await save('id,a\n1,x\n2,y\n10,z\n')
      const second = await save('id,a\n1,X\n3,n\n10,z\n')
      await bench.save(database, 'other', 'id\n1\n', { key: 'id' })
      const wanted = ['modified [1] [1,"x"] -> [1,"X"]', 'removed [2] [2,"y"] -> -', 'added [3] - -> [3,"n"]']
      expect(await diff()).toEqual(wanted)
      expect(await diff(first, second)).toEqual(wanted)
      expect(await diff(second, first)).toEqual([
        'modified [1] [1,"X"] -> [1,"x"]',
        'added [2] - -> [2,"y"]',
        'removed [3] [3,"n"] -> -',
      ])
      expect(await diff('HEAD', 'HEAD')).toEqual([])
      expect(await database.diffCounts('foo')).toMatchObject({
        added: 1,
        modified: 1,
        removed: 1,
        schemaChanged: false,
        change: 'modified',
      })
    })
    test('a table’s first save, its drop, and its return', async () => {
      const empty = await database.init().then(() => database.resolve('main'))
      const first = await save('id,a\n1,x\n')
      expect(await diff()).toEqual(['added [1] - -> [1,"x"]'])
      await database.drop('foo')
      expect(await diff()).toEqual(['removed [1] [1,"x"] -> -'])
      expect(await diff(empty, first)).toEqual(['added [1] - -> [1,"x"]'])
      expect(await diff(first, 'HEAD')).toEqual(['removed [1] [1,"x"] -> -'])
      expect(await diff(empty, 'main').catch((error: { code: string }) => error.code)).toBe('TABLE_NOT_FOUND')
      expect(await database.diffCounts('foo', empty, first)).toMatchObject({ change: 'added', added: 1 })
      expect(await database.diffCounts('foo', first, 'HEAD')).toMatchObject({ change: 'removed', removed: 1 })
      await save('id,a\n1,y\n')
      expect(await diff(first, 'HEAD')).toEqual(['modified [1] [1,"x"] -> [1,"y"]'])
      expect((await refusal(database.diff('nothing'))).code).toBe('TABLE_NOT_FOUND')
    })
    test('across added columns: each side as it was', async () => {
      const first = await save('id,a\n1,x\n2,y\n')
      const second = await save('id,a,b\n1,x,\n2,y,new\n3,z,\n')
      const rows = await collect(database.diff('foo', first, second))
      expect(rows.filter(({ key }) => key['id'] !== 1)).toEqual([
        { kind: 'modified', key: { id: 2 }, before: { id: 2, a: 'y' }, after: { id: 2, a: 'y', b: 'new' } },
        { kind: 'added', key: { id: 3 }, before: null, after: { id: 3, a: 'z', b: null } },
      ])
      expect(rows).toHaveLength(2)
      expect(await database.diffCounts('foo', first, second)).toMatchObject({
        added: 1,
        modified: 1,
        removed: 0,
        schemaChanged: true,
      })
      expect(await diff(second, first)).toEqual([
        'modified [2] [2,"y","new"] -> [2,"y"]',
        'removed [3] [3,"z",null] -> -',
      ])
    })
    test('across a change of key: every row', async () => {
      const first = await save('id,a\n1,x\n2,y\n')
      await database.drop('foo')
      const last = await save('id,a\n1,x\n2,y\n', { key: ['a', 'id'] })
      expect((await diff(first, last)).toSorted()).toEqual([
        'added ["x",1] - -> [1,"x"]',
        'added ["y",2] - -> [2,"y"]',
        'removed [1] [1,"x"] -> -',
        'removed [2] [2,"y"] -> -',
      ])
      expect(await database.diffCounts('foo', first, last)).toMatchObject({ added: 2, modified: 0, removed: 2 })
    })
    test('columns that look like the engine’s own names', async () => {
      const header = 'commit,diff_type,to_commit,commit_date,to_x,x,from_commit,commit_1'
      await save(`${header}\n1,k,b,c,d,e,f,g\n2,k,b,c,d,e,f,g\n`, { key: ['commit', 'diff_type'] })
      await save(`${header}\n1,k,b,c,d,NEW,f,g\n3,k,b,c,d,e,f,g\n`, { key: ['commit', 'diff_type'] })
      expect(await diff()).toEqual([
        'modified [1,"k"] [1,"k","b","c","d","e","f","g"] -> [1,"k","b","c","d","NEW","f","g"]',
        'removed [2,"k"] [2,"k","b","c","d","e","f","g"] -> -',
        'added [3,"k"] - -> [3,"k","b","c","d","e","f","g"]',
      ])
    })
    test('keys of every kind: numbers, reals, big integers, texts', async () => {
      const keys = ['-5', '1', '1.5', '007', '9223372036854775807', '99999999999999999999', 'a', '""', '1e+21']
      await save(`id,a\n${keys.map((key) => `${key},x`).join('\n')}\n`)
      await save(`id,a\n${keys.map((key) => `${key},y`).join('\n')}\n`)
      const rows = await collect(database.diff('foo'))
      const values: Value[] = [-5, 1, 1.5, 9223372036854775807n, 1e21, '', '007', '99999999999999999999', 'a']
      expect(rows.map(({ key }) => key['id'])).toEqual(values.toSorted(engine.compareKeys))
      expect(rows.every(({ before, after }) => before?.['a'] === 'x' && after?.['a'] === 'y')).toBe(true)
      for (const { key } of rows) expect(await database.blame('foo', { key: [key['id']!] })).toHaveLength(1)
    })
    test('many rows', async () => {
      const lines = (cell: string) => `id,a\n${Array.from({ length: 25_000 }, (_, id) => `${id},${cell}`).join('\n')}\n`
      await save(lines('x'))
      await save(lines('y'))
      const rows = await collect(database.diff('foo'))
      const ids = Array.from({ length: 25_000 }, (_, id) => id)
      expect(rows.map(({ key }) => key['id'])).toEqual(ids.toSorted(engine.compareKeys))
    })
    test('changed tables', async () => {
      await save('id,a\n1,x\n')
      await bench.save(database, 'bar', 'id,a\n1,x\n', { key: 'id' })
      await save('id,a\n1,y\n')
      await database.drop('bar')
      expect(await database.changedTables('HEAD~3', 'HEAD')).toMatchObject([
        { table: 'foo', change: 'modified', modified: 1 },
      ])
      expect(await database.changedTables()).toMatchObject([{ table: 'bar', change: 'removed', removed: 1 }])
      expect((await database.show('HEAD~1')).tables).toMatchObject([{ table: 'foo', modified: 1, added: 0 }])
    })
    test('log of a table: only what changed it, through merges', async () => {
      const first = await save('id,a\n1,x\n2,y\n')
      await bench.save(database, 'bar', 'id,a\n1,x\n', { key: 'id' })
      const second = await save('id,a\n1,X\n2,y\n')
      const side = await bench.save(database, 'foo', 'id,a\n1,x\n2,Y\n', { branch: { from: first, mergeTo: 'main' } })
      await bench.save(database, 'bar', 'id,a\n2,x\n')
      const hashes = (await database.log({ table: 'foo' })).map(({ hash }) => hash)
      expect(hashes[0]).toBe(side.toCommit)
      expect(hashes.slice(1, 3).toSorted()).toEqual([second, side.fileCommit].toSorted())
      expect(hashes.slice(3)).toEqual([first])
      expect((await database.log({ limit: 2 })).map(({ hash }) => hash)).toHaveLength(2)
      expect(await database.log({ table: 'foo', limit: 1 })).toHaveLength(1)
      expect(await database.log({ table: 'nothing' })).toEqual([])
      expect((await database.tables()).map(({ name, lastCommit }) => [name, lastCommit.hash])).toContainEqual([
        'foo',
        side.toCommit,
      ])
    })

    const blamed = async (options = {}) =>
      Object.fromEntries(
        (await database.blame('foo', options)).map(({ key, commit }) => [String(Object.values(key)[0]), commit.hash]),
      )
    test('blame: who last changed each row, through true merges', async () => {
      const first = await save('id,a,b\n1,x,p\n2,y,q\n3,z,r\n')
      const ours = await save('id,a,b\n1,X,p\n2,y,q\n3,z,r\n4,n,n\n')
      const side = await bench.save(database, 'foo', 'id,a,b\n1,x,P\n2,Y,q\n3,z,r\n', {
        branch: { from: first, mergeTo: 'main' },
      })
      expect(await blamed()).toEqual({ 1: side.toCommit, 2: side.fileCommit, 3: first, 4: ours })
      expect(await blamed({ at: 'HEAD~1' })).toEqual({ 1: ours, 2: first, 3: first, 4: ours })
      expect(await blamed({ key: [2] })).toEqual({ 2: side.fileCommit })
      expect((await refusal(database.blame('foo', { key: [9] }))).code).toBe('ROW_NOT_FOUND')
      expect((await refusal(database.blame('nothing'))).code).toBe('TABLE_NOT_FOUND')
    })
    test.for(['ours', 'theirs'] as const)('blame after the policy %s', async (onConflict) => {
      const first = await save('id,a,b\n1,x,p\n2,y,q\n3,z,r\n')
      const ours = await save('id,a,b\n1,OURS,p\n2,OURS,Q\n3,z,r\n')
      const side = await bench.save(database, 'foo', 'id,a,b\n1,THEIRS,p\n2,THEIRS,q\n3,z,R\n', {
        branch: { from: first, mergeTo: 'main' },
        onConflict,
      })
      const both = onConflict === 'ours' ? ours : side.toCommit
      expect(await blamed()).toEqual({ 1: onConflict === 'ours' ? ours : side.fileCommit, 2: both, 3: side.fileCommit })
    })
    test('blame: a column that was only added changes no row', async () => {
      const first = await save('id,a\n1,x\n2,y\n')
      const second = await save('id,a,b\n1,x,\n2,y,new\n')
      expect(await blamed()).toEqual({ 1: first, 2: second })
      const lines = Array.from({ length: 80 }, (_, id) => `${id},x`)
      await bench.save(database, 'wide', `id,a\n${lines.join('\n')}\n`, { key: 'id' })
      const before = await database.resolve('main')
      const after = await bench.save(
        database,
        'wide',
        `id,a,b\n${lines.map((line, id) => `${line},${id === 7 ? 'v' : ''}`).join('\n')}\n`,
      )
      const rows = await database.blame('wide')
      const ids = lines.map((_, id) => id).toSorted(engine.compareKeys)
      expect(rows.map(({ key, commit }) => [key['id'], commit.hash])).toEqual(
        ids.map((id) => [id, id === 7 ? after.toCommit : before]),
      )
    })
    test('blame: a row that left and came back, and a table with another key before', async () => {
      await save('id,a\n1,x\n2,y\n')
      await save('id,a\n2,y\n')
      const back = await save('id,a\n1,x\n2,y\n')
      expect((await blamed())['1']).toBe(back)
      await database.drop('foo')
      const keyed = await save('id,a\n1,x\n2,y\n', { key: ['id', 'a'] })
      expect(await blamed()).toEqual({ 1: keyed, 2: keyed })
      await save('id,a\n1,x\n3,y\n', { key: ['id', 'a'] })
      expect((await blamed({ key: [1, 'x'] }))['1']).toBe(keyed)
    })
  })
}
