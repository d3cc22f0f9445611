import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { clone, type Database, type SaveOptions } from '../../../dist/index.js'
import { Bench, brief, collect, refusal, rowsOf, testOf, type EngineUnderTest } from '../bench.ts'

export function keylessContract(engine: EngineUnderTest): void {
  describe('tables without a key', () => {
    const bench = new Bench(engine)
    let database: Database
    let base: string
    const first = 'a,b\nx,1\ny,2\nx,1\n'
    beforeEach(async () => {
      database = await bench.open()
      base = (await bench.save(database, 'foo', first, { key: null })).toCommit!
    })
    afterAll(() => bench.end())
    const save = (text: string, options: SaveOptions = {}) => bench.save(database, 'foo', text, options)
    const now = (options = {}) => bench.text(database, 'foo', options)
    const hash = async (at = 'HEAD') => (await database.tables({ at }))[0]!.hash
    const diff = async (from = 'HEAD~1', to = 'HEAD') => brief(await collect(database.diff('foo', from, to)))

    test('rows come back as they were first saved; nothing of ours shows', async () => {
      expect(await now()).toBe(first)
      expect(await database.schema('foo')).toEqual({
        columns: [
          { name: 'a', type: 'any' },
          { name: 'b', type: 'any' },
        ],
        key: [],
      })
      expect(await rowsOf(database.rows('foo'))).toEqual([
        ['x', 1],
        ['y', 2],
        ['x', 1],
      ])
      expect((await database.tables())[0]).toMatchObject({ rows: 3, key: [] })
    })
    testOf(engine, 'queries')('a query sees the rows alone, and nothing of ours', async () => {
      expect(await rowsOf(database.rows({ sql: 'SELECT *, count(*) AS n FROM foo GROUP BY a, b ORDER BY a' }))).toEqual(
        [
          ['x', 1, 2],
          ['y', 2, 1],
        ],
      )
      expect(Object.keys((await collect(database.rows({ sql: 'SELECT * FROM foo' })))[0]!)).toEqual(['a', 'b'])
      const joined = `WITH w AS (SELECT * FROM foo) SELECT w.*, f.b AS c FROM w JOIN "foo" f ON f.a = w.a WHERE w.b > ? AND w.a <> 'foo'`
      const sql = engine.name === 'doltlite' ? joined : joined.replaceAll('"', '`')
      expect(await rowsOf(database.rows({ sql, parameters: [1] }))).toEqual([['y', 2, 2]])
    })
    test('a first save that names no key says so; null says that it is meant', async () => {
      const action = await bench.save(database, 'bar', first)
      expect(action.notices.map(({ code }) => code)).toEqual(['NO_KEY'])
      expect(action.notices[0]!.message).toContain('a, b')
      expect((await bench.save(database, 'bar', 'a,b\nz,1\n')).notices).toEqual([])
      expect((await bench.save(database, 'baz', first, { key: null })).notices).toEqual([])
    })
    test('one more row is one added row, one less one removed, also of equal ones', async () => {
      expect(await save('a,b\nx,1\nnew,3\ny,2\nx,1\n')).toMatchObject({ added: 1, modified: 0, removed: 0 })
      expect(await diff()).toEqual(['added [] - -> ["new",3]'])
      expect(await now()).toBe(`${first}new,3\n`)
      expect(await save('a,b\nx,1\nnew,3\ny,2\n')).toMatchObject({ added: 0, modified: 0, removed: 1 })
      expect(await diff()).toEqual(['removed [] ["x",1] -> -'])
      expect(await save('a,b\nx,1\nx,1\nx,1\nx,1\nnew,3\ny,20\n')).toMatchObject({ added: 4, modified: 0, removed: 1 })
      expect(await diff()).toEqual([
        'removed [] ["y",2] -> -',
        ...Array.from({ length: 3 }, () => 'added [] - -> ["x",1]'),
        'added [] - -> ["y",20]',
      ])
      expect(await database.diffCounts('foo')).toMatchObject({
        added: 4,
        modified: 0,
        removed: 1,
        schemaChanged: false,
      })
      expect(await diff('HEAD', base)).toHaveLength(5)
    })
    test('another order of rows or of columns, and other quoting, change nothing', async () => {
      for (const text of ['a,b\ny,2\nx,1\nx,1\n', 'b,a\n1,x\n1,x\n2,y\n', '"a","b"\n"x","1"\n"x","1"\n"y","2"\n'])
        expect([text, (await save(text)).changed]).toEqual([text, false])
      expect(await now()).toBe(first)
      await database.createBranch('fresh', `${base}~1`)
      await bench.save(database, 'foo', first, { key: null, branch: 'fresh' })
      expect(await hash('fresh')).toBe(await hash())
    })
    test('cells are told apart as texts: 1, 01, 1.0, nothing and ""', async () => {
      const text = 'a,b\n1,\n01,\n1.0,\n1,""\n,1\n"",1\n'
      expect((await save(text)).added).toBe(6)
      expect(await now()).toBe(text)
      expect((await save(text)).changed).toBe(false)
    })
    test('append adds all, upsert needs a key, replace by nothing is refused', async () => {
      expect(await save('a,b\nx,1\nz,9\n', { mode: 'append' })).toMatchObject({
        added: 2,
        modified: 0,
        removed: 0,
        rows: 2,
      })
      expect(await now()).toBe(`${first}x,1\nz,9\n`)
      expect((await save(`${first}x,1\nz,9\n`)).changed).toBe(false)
      expect((await refusal(save(first, { mode: 'upsert' }))).code).toBe('KEY_REQUIRED')
      expect((await refusal(bench.save(database, 'bar', first, { mode: 'upsert' }))).code).toBe('KEY_REQUIRED')
      expect((await refusal(save('a,b\n'))).code).toBe('EMPTY_SOURCE')
      expect(await save('a,b\n', { allowEmpty: true })).toMatchObject({ removed: 5 })
      expect(await now()).toBe('a,b\n')
    })
    test('a row that went and comes again is the last', async () => {
      await save('a,b\nx,1\nx,1\nz,0\n')
      await save('a,b\ny,2\nx,1\nx,1\nz,0\n')
      expect(await now()).toBe('a,b\nx,1\nx,1\nz,0\ny,2\n')
      expect(await diff(base)).toEqual(['added [] - -> ["z",0]'])
      expect(await database.diffCounts('foo', base, 'HEAD')).toMatchObject({ added: 1, modified: 0, removed: 0 })
    })
    test('a key may be given later, and taken away: one commit each, all rows as they were', async () => {
      const error = await refusal(save(first, { key: 'a' }))
      expect(error).toMatchObject({ code: 'KEY_DUPLICATE', data: { line: 4 } })
      const unique = 'a,b\nx,1\ny,2\n'
      await save(unique)
      expect((await refusal(save(unique, { key: 'a', mode: 'append' }))).code).toBe('OPTION_INVALID')
      expect((await refusal(save(unique, { key: 'a', schema: 'strict' }))).code).toBe('SCHEMA_STRICT')
      const keyed = await save(unique, { key: 'a' })
      expect(keyed.notices.map(({ code }) => code)).toEqual(['SCHEMA_CHANGED'])
      expect((await database.show('HEAD')).commit).toMatchObject({
        message: 'save foo (the key was none, is a)',
        parents: [await database.resolve('HEAD~1')],
      })
      expect(await now()).toBe(unique)
      expect(await now({ at: 'HEAD~2' })).toBe(first)
      expect((await database.schema('foo'))!.key).toEqual(['a'])
      expect(await save('a,b\nx,5\n', { mode: 'upsert' })).toMatchObject({ modified: 1 })
      expect((await refusal(save(first, { key: null }))).code).toBe('KEY_CHANGED')
      await save(first, { key: null, schema: 'replace' })
      expect(await now()).toBe(first)
      expect((await database.schema('foo'))!.key).toEqual([])
      expect((await database.log({ table: 'foo' })).length).toBe(5)
    })
    test('a column more changes no row that has nothing there; rows of all schemas are told apart', async () => {
      expect(await save('c,a,b\n,x,1\n,y,2\nnew,x,1\n')).toMatchObject({ added: 1, modified: 0, removed: 1 })
      expect(await now()).toBe('a,b,c\nx,1,\ny,2,\nx,1,new\n')
      await save('a,b,c\nx,1,\n', { mode: 'append' })
      expect(await save('a,b\nx,1\nx,1\ny,2\nx,1\n', { schema: 'replace' })).toMatchObject({ added: 1, removed: 1 })
      expect(await now({ at: base })).toBe(first)
    })
    test('types: a cell of another type is refused, a wider one keeps all rows', async () => {
      await bench.save(database, 'typed', 'n,p\n1,0.50\n2,1.00\n', { key: null, types: { n: 'integer' } })
      expect((await refusal(bench.save(database, 'typed', 'n,p\nx,0.50\n'))).code).toBe('TYPE_MISMATCH')
      const wider = await bench.save(database, 'typed', 'n,p\n1,0.50\n2,1.00\n', { types: { n: 'any', p: 'text' } })
      expect(wider).toMatchObject({ changed: true, added: 0, modified: 0, removed: 0 })
      expect(await bench.text(database, 'typed')).toBe('n,p\n1,0.50\n2,1.00\n')
    })
    test('a column that comes to hold other cells changes no row that stays', async () => {
      await bench.save(database, 'wide', 'n,r\n1,0.5\n9007199254740993,\n1,0.5\n', { key: null })
      for (const more of ['2.5,1', '7,x', `007,${'long '.repeat(100)}`, '"NULL",\\N']) {
        const before = await bench.text(database, 'wide')
        const action = await bench.save(database, 'wide', `${before}${more}\n`)
        expect([more, action.added, action.modified, action.removed]).toEqual([more, 1, 0, 0])
        expect(await collect(database.diff('wide', 'HEAD~1', 'HEAD'))).toHaveLength(1)
        expect((await bench.text(database, 'wide')).split('\n').slice(0, -2)).toEqual(before.split('\n').slice(0, -1))
      }
    })
    testOf(engine, 'otherPrograms')(
      'rows of a table that another program made can be replaced, and nothing else',
      async () => {
        engine.leave(database.location, 'main', 'CREATE TABLE other (a INT)')
        const commit = engine.name === 'doltlite' ? 'SELECT' : 'CALL'
        engine.leave(database.location, 'main', `${commit} dolt_commit('-A', '-m', 'by hand')`)
        expect((await refusal(bench.save(database, 'other', 'a\n1\n', { mode: 'append' }))).code).toBe('KEY_REQUIRED')
        await bench.save(database, 'other', 'a\n2\n1\n2\n')
        expect((await bench.save(database, 'other', 'a\n1\n2\n2\n')).changed).toBe(false)
        expect(await bench.text(database, 'other')).toBe('a\n2\n1\n2\n')
      },
    )
    test('names of our own are refused', async () => {
      expect((await refusal(save('a,_Doltflow_row\n1,2\n'))).code).toBe('NAME_RESERVED')
    })

    const other = { from: base!, mergeTo: 'main' }
    beforeEach(() => void (other.from = base))
    test('merge: rows that both sides added and removed', async () => {
      await save('a,b\nx,1\ny,2\nx,1\nours,1\nsame,0\n')
      const merged = await save('a,b\nx,1\nx,1\ntheirs,1\nsame,0\n', { branch: other })
      expect(merged.merged).toBe(true)
      // Where both have added as many rows, their hashes decide which is the first.
      expect(await now()).toBe('a,b\nx,1\nx,1\ntheirs,1\nours,1\nsame,0\n')
      expect(await now({ at: merged.fileCommit! })).toBe('a,b\nx,1\nx,1\ntheirs,1\nsame,0\n')
      expect((await save('a,b\nours,1\nsame,0\ntheirs,1\nx,1\nx,1\n')).changed).toBe(false)
    })
    test('merge: one side has more of a row, the other less, in either order', async () => {
      for (const [one, two] of [
        ['a,b\nx,1\nx,1\nx,1\ny,2\n', 'a,b\ny,2\n'],
        ['a,b\ny,2\n', 'a,b\nx,1\nx,1\nx,1\ny,2\n'],
      ] as const) {
        const target = `t${one.length}`
        await database.createBranch(target, base)
        await save(one, { branch: target })
        await save(two, { branch: { from: base, mergeTo: target } })
        expect((await now({ branch: target })).split('\n').toSorted()).toEqual(['', 'a,b', 'x,1', 'y,2'])
        expect((await save('a,b\ny,2\nx,1\n', { branch: target })).changed).toBe(false)
      }
    })
    test('merge: among other rows that are there twice', async () => {
      // A join of Dolt's with itself, by the copy before, found no gap here.
      const two = 'x,p\nx,\nx,0.50\nx,\nx,p\n'
      await bench.save(database, 'twice', 'a,b\nx,p\n', { key: null, types: { b: 'any' } })
      await database.createBranch('side')
      await bench.save(database, 'twice', 'a,b\n', { allowEmpty: true })
      await bench.save(database, 'twice', `a,b\n${two}`, { branch: { from: 'side', mergeTo: 'main' } })
      const merged = ['', 'a,b', 'x,', 'x,', 'x,0.50', 'x,p']
      expect((await bench.text(database, 'twice')).split('\n').toSorted()).toEqual(merged)
      expect((await bench.save(database, 'twice', 'a,b\nx,p\nx,0.50\nx,\nx,\n')).changed).toBe(false)
    })
    test('clones meet, and keep the order', async () => {
      const remote = bench.remoteUrl()
      await database.push(remote)
      const url = bench.url()
      await clone(remote, url)
      const cloned = await bench.open(url)
      expect(await bench.text(cloned, 'foo')).toBe(first)
      await bench.save(cloned, 'foo', 'a,b\ny,2\nx,1\nfar,3\nx,1\n')
      await bench.save(database, 'foo', 'a,b\nx,1\nx,1\n')
      await cloned.push()
      await database.pull()
      expect(await now()).toBe('a,b\nx,1\nx,1\nfar,3\n')
    })
    test('merge: the same rows moved on one side, removed on the other', async () => {
      await save('a,b\nx,1\nx,1\n')
      await save('a,b\nx,1\nx,1\ny,2\n')
      await save('a,b\nx,1\nx,1\n', { branch: other })
      expect(await now()).toBe('a,b\nx,1\nx,1\n')
    })
    test('parallel appends all land, equal rows too, and none is a conflict', async () => {
      const counts = await Promise.all(
        [1, 2, 3, 4].map(async (writer) => (await save(`a,b\nsame,0\nw,${writer}\n`, { mode: 'append' })).added),
      )
      expect(counts).toEqual([2, 2, 2, 2])
      const rows = (await now()).split('\n')
      expect(rows.filter((row) => row === 'same,0')).toHaveLength(4)
      expect(rows.slice(0, 4)).toEqual(['a,b', 'x,1', 'y,2', 'x,1'])
      expect(rows.filter((row) => row.startsWith('w,')).toSorted()).toEqual(['w,1', 'w,2', 'w,3', 'w,4'])
      const appended = await save('a,b\nsame,0\n', { mode: 'append', branch: other })
      expect(appended).toMatchObject({ changed: true, added: 1 })
      expect((await now()).split('\n').filter((row) => row === 'same,0')).toHaveLength(5)
    })
    test('merge: two first saves side by side', async () => {
      await database.createBranch('start', `${base}~1`)
      await database.createBranch('both', `${base}~1`)
      await bench.save(database, 'new', 'a,b\np,1\nq,2\n', { key: null, branch: 'both' })
      await bench.save(database, 'new', 'b,a\n2,q\n3,r\n', { key: null, branch: { from: 'start', mergeTo: 'both' } })
      expect((await bench.text(database, 'new', { branch: 'both' })).split('\n').toSorted()).toEqual([
        '',
        'a,b',
        'p,1',
        'q,2',
        'r,3',
      ])
    })
    test('merge: columns that each side added; a dropped one meets rows: SCHEMA_CONFLICT', async () => {
      await save('a,b,c\nx,1,\ny,2,\nx,1,c\n')
      await save('a,b,d\nx,1,\ny,2,d\nx,1,\n', { branch: other })
      expect((await now()).split('\n').toSorted()).toEqual(['', 'a,b,c,d', 'x,1,,', 'x,1,c,', 'y,2,,d'].toSorted())
      expect((await save('a,b,c,d\ny,2,,d\nx,1,,\nx,1,c,\n')).changed).toBe(false)
      const widened = { from: await database.resolve('main'), mergeTo: 'main' }
      await save('a,b,c,d,e\nx,1,,,\nx,1,c,,\ny,2,,d,\nn,0,,,1\nsame,0,,,\n')
      await save('a,b,c,d,e\nx,1,,,\nx,1,c,,\ny,2,,d,\nn,0,,,text\nsame,0,,,\n', { branch: widened })
      const merged = ['a,b,c,d,e', 'x,1,,,', 'x,1,c,,', 'y,2,,d,', 'n,0,,,1', 'n,0,,,text', 'same,0,,,']
      expect((await now()).trimEnd().split('\n').toSorted()).toEqual(merged.toSorted())
      const error = await refusal(save('a\nx\ny\nx\n', { schema: 'replace', branch: other }))
      expect(error).toMatchObject({ code: 'SCHEMA_CONFLICT', data: { tables: ['foo'] } })
      expect((await refusal(save('a,b\nx,1\ny,2\n', { key: 'a', branch: other }))).code).toBe('SCHEMA_CONFLICT')
    })
    test('restore, revert and drop', async () => {
      await save('a,b\nx,1\ny,2\nz,3\n')
      await database.revert('HEAD')
      expect(await hash()).toBe(await hash(base))
      expect(await now()).toBe(first)
      const more = await save('a,b\nx,1\ny,2\nx,1\nx,1\nx,1\n')
      await save('a,b\nx,1\ny,2\nx,1\nx,1\nx,1\nx,1\n')
      await database.revert(more.toCommit!)
      expect((await now()).split('\n').filter((row) => row === 'x,1')).toHaveLength(3)
      expect((await save('a,b\nx,1\ny,2\nx,1\nx,1\n')).changed).toBe(false)
      await database.drop('foo')
      await database.restore('foo', base)
      expect(await now()).toBe(first)
    })
    test('a revert that would bring back rows without a column that was dropped is refused', async () => {
      await save('a,b\np,1\nq,2\n')
      const { toCommit } = await save('a,b\np,1\n')
      await save('a\nr\n', { schema: 'replace' })
      expect((await refusal(database.revert(toCommit!))).code).toBe('MERGE_REFUSED')
      expect(await now()).toBe('a\nr\n')
    })
    test('blame: each row’s commit; of equal ones the later is blamed on the later commit', async () => {
      const second = (await save('a,b\nx,1\ny,2\nx,1\nx,1\nz,3\n')).toCommit!
      const third = (await save('a,b,c\ny,2,\nx,1,\nx,1,\nz,3,\nw,,4\n')).toCommit!
      expect((await database.blame('foo')).map(({ key, commit }) => [key['a'], commit.hash])).toEqual([
        ['x', base],
        ['y', base],
        ['x', base],
        ['z', second],
        ['w', third],
      ])
      expect((await refusal(database.blame('foo', { key: ['x'] }))).code).toBe('KEY_REQUIRED')
    })
    test('many rows: parts, pages and copies', async () => {
      const rows = Array.from({ length: 60_000 }, (_, index) => `${index % 45_000},v${index % 3}`)
      await save(`a,b\n${rows.join('\n')}\n`)
      expect(await now()).toBe(`a,b\n${rows.join('\n')}\n`)
      const more = [rows[7]!, ...rows].toReversed()
      expect(await save(`a,b\n${more.join('\n')}\n`)).toMatchObject({ added: 1, modified: 0, removed: 0 })
      const count = (await collect(database.diff('foo', base, 'HEAD'))).length
      expect(count).toBe(60_004)
    })
    test('some go of many rows, and most', async () => {
      const rows = Array.from({ length: 6000 }, (_, index) => `${index % 4500},v${index % 3}`)
      const all = (await save(`a,b\n${rows.join('\n')}\n`)).toCommit!
      const most = rows.filter((_, index) => index % 8 !== 0)
      expect(await save(`a,b\n${most.join('\n')}\n`)).toMatchObject({ added: 0, modified: 0, removed: 750 })
      expect((await now()).split('\n').slice(1, -1).toSorted()).toEqual(most.toSorted())
      // The engine may write what stays anew.
      const few = ['new,0', ...most.filter((_, index) => index % 4 === 0)]
      const counts = { added: 1, modified: 0, removed: most.length - few.length + 1 }
      expect(await save(`a,b\n${few.toReversed().join('\n')}\n`)).toMatchObject(counts)
      expect(await collect(database.diff('foo', 'HEAD~1', 'HEAD'))).toHaveLength(counts.added + counts.removed)
      expect((await now()).split('\n').at(-2)).toBe('new,0')
      expect(await now({ at: all })).toBe(`a,b\n${rows.join('\n')}\n`)
    })
  })
}
