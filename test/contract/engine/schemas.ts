import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database, SaveOptions } from '../../../dist/index.js'
import { Bench, brief, collect, refusal, type EngineUnderTest } from '../bench.ts'

export function schemaContract(engine: EngineUnderTest): void {
  describe('schemas over time', () => {
    const bench = new Bench(engine)
    let database: Database
    let base: string
    const first = 'id,a,b\n1,x,0.50\n2,y,0.75\n'
    beforeEach(async () => {
      database = await bench.open()
      base = (await bench.save(database, 'foo', first, { key: 'id', types: { id: 'integer' } })).toCommit!
    })
    afterAll(() => bench.end())
    const save = (text: string, options: SaveOptions = {}) => bench.save(database, 'foo', text, options)
    const now = (options = {}) => bench.text(database, 'foo', options)
    const columns = async (at = 'HEAD') =>
      (await database.schema('foo', { at }))!.columns.map(({ name, type }) => `${name} ${type}`)
    const message = async () => (await database.show('HEAD')).commit.message
    const diff = async (from = 'HEAD~1', to = 'HEAD') => brief(await collect(database.diff('foo', from, to)))

    test('evolve: adds columns, widens types, and the log says so', async () => {
      const grown = await save('c,id,a,b\nnew,1,x,0.50\n,2,y,0.75\n', { types: { id: 'any' } })
      expect(grown).toMatchObject({ changed: true, added: 0, modified: 1, removed: 0 })
      expect(grown.notices.map(({ code }) => code)).toEqual(['SCHEMA_CHANGED'])
      expect(await columns()).toEqual(['id any', 'a any', 'b decimal(2)', 'c any'])
      expect(await message()).toBe('save foo (column c (any) is new; column id was integer, is any)')
      expect(await diff()).toEqual(['modified [1] [1,"x",0.5] -> [1,"x",0.5,"new"]'])
      expect(await columns('HEAD~1')).toEqual(['id integer', 'a any', 'b decimal(2)'])
      expect(await now({ at: 'HEAD~1' })).toBe(first)
      await save('id,a,b,c,d\n007,x,0.50,,\n', { mode: 'append', message: 'mine' })
      expect(await message()).toBe('mine\n\nTable foo: column d (any) is new')
      expect((await save('id,a,b,c,d\n007,x,0.50,,\n', { mode: 'upsert' })).notices).toEqual([])
    })
    test('evolve: every cell comes back as it was, and equal data is equal, after a type was widened', async () => {
      const text = 'id,a,b\n1,7,0.50\n2,y,0.75\n'
      await save(text, { types: { b: 'any', a: 'text' } })
      expect(await now()).toBe(text)
      const [info] = await database.tables()
      await database.createBranch('fresh', `${base}~1`)
      await bench.save(database, 'foo', text, {
        branch: 'fresh',
        key: 'id',
        types: { id: 'integer', a: 'text', b: 'any' },
      })
      if (!engine.widens) expect((await database.tables({ at: 'fresh' }))[0]!.hash).toBe(info!.hash)
      expect((await save(text)).changed).toBe(false)
    })
    test('evolve refuses a missing column, a narrower type and another key, and says what differs', async () => {
      const cases: [string, string, SaveOptions, string][] = [
        ['COLUMN_MISSING', 'id,a\n1,x\n', {}, 'The source lacks b of table foo.'],
        ['COLUMN_MISSING', 'id,a,c\n1,x,y\n', {}, 'The source lacks b of table foo, and has c, which the table lacks.'],
        ['COLUMN_MISSING', 'id,a,B\n1,x,y\n', {}, 'Its B differs from b only in case.'],
        ['TYPE_CHANGED', first, { types: { a: 'integer' } }, "is any, and can't become integer"],
        ['TYPE_CHANGED', first, { types: { b: 'decimal(1)' } }, "is decimal(2), and can't become decimal(1)"],
        ['KEY_CHANGED', first, { key: 'a' }, 'has the key id, not a.'],
        ['KEY_CHANGED', first, { key: ['id', 'a'] }, 'has the key id, not id, a.'],
      ]
      for (const [code, text, options, what] of cases) {
        const error = await refusal(save(text, options))
        expect([code, error.code]).toEqual([code, code])
        expect(error.message).toContain("schema: 'replace'")
        expect(error.message).toContain(what)
        // Both schemas of a table of nineteen columns are in the data alone.
        expect(error.message).not.toContain('id integer, a any')
        expect(error.data).toMatchObject({
          before: { key: ['id'] },
          after: { key: options.key ? [options.key].flat() : ['id'] },
        })
      }
      expect(await now()).toBe(first)
      expect(await database.resolve('HEAD')).toBe(base)
    })
    test('rows that stay are not written anew: append and upsert change no type', async () => {
      for (const mode of ['append', 'upsert'] as const) {
        expect((await refusal(save('id,a,b\n3,z,0.10\n', { mode, types: { b: 'any' } }))).code).toBe('OPTION_INVALID')
        expect((await refusal(save('id,a,b\n3,z,0.10\n', { mode, schema: 'replace' }))).code).toBe('OPTION_INVALID')
      }
    })
    test('strict refuses any change, and no more than that', async () => {
      const strict = { schema: 'strict' } as const
      expect((await save('b,id,a\n0.50,1,x\n0.80,2,y\n', strict)).modified).toBe(1)
      for (const [text, options, what] of [
        ['id,a,b,c\n1,x,0.50,\n', {}, 'column c (any) is new'],
        [first, { types: { id: 'any' } }, 'column id was integer, is any'],
      ] as [string, SaveOptions, string][]) {
        const error = await refusal(save(text, { ...options, ...strict }))
        expect(error).toMatchObject({ code: 'SCHEMA_STRICT', data: { table: 'foo' } })
        expect(error.message).toContain(what)
        // Both schemas of a table of nineteen columns are in the data alone.
        expect(error.message).not.toContain('id integer, a any')
      }
      expect((await bench.save(database, 'new', first, { key: 'id', ...strict })).changed).toBe(true)
      expect((await refusal(save(first, { schema: 'loose' as never }))).code).toBe('OPTION_INVALID')
    })
    test('replace: the file’s schema as it is, in one commit; the same again makes none', async () => {
      const text = 'a,id,n\nx,1,0.5\ny,2,0.7\n'
      const replace = { schema: 'replace', key: ['a', 'id'] } as const
      const action = await save(text, replace)
      expect(action.toCommit).toBe(await database.resolve('HEAD'))
      expect(await database.resolve('HEAD~1')).toBe(base)
      expect(await database.schema('foo')).toEqual({
        columns: ['a', 'id', 'n'].map((name) => ({ name, type: 'any' })),
        key: ['a', 'id'],
      })
      expect(await now()).toBe(text)
      expect(await now({ at: base })).toBe(first)
      expect(await message()).toContain('column b was dropped')
      expect(await message()).toContain('the key was id, is a, id')
      expect(await diff()).toEqual([
        'removed [1] [1,"x",0.5] -> -',
        'removed [2] [2,"y",0.75] -> -',
        'added ["x",1] - -> ["x",1,0.5]',
        'added ["y",2] - -> ["y",2,0.7]',
      ])
      expect(action).toMatchObject({ added: 2, modified: 0, removed: 2 })
      expect((await save(text, replace)).changed).toBe(false)
      expect((await save(text, { schema: 'replace' })).changed).toBe(false)
      // The key is kept where none is given, and must be there.
      expect((await refusal(save('a,n\nx,1\n', { schema: 'replace' }))).code).toBe('COLUMN_MISSING')
    })
    test('rename: a column has another name, and keeps its type and place', async () => {
      const types = (await database.schema('foo'))!.columns.map(({ type }) => type)
      const text = 'b,c,id\n0.50,x,1\n0.75,y,2\n'
      expect((await refusal(save(text))).code).toBe('COLUMN_MISSING')
      expect((await refusal(save(text, { rename: { no: 'c' } }))).code).toBe('COLUMN_MISSING')
      expect((await refusal(save(text, { rename: { a: 'b' } }))).code).toBe('OPTION_INVALID')
      expect((await refusal(save(text, { rename: { a: 'c' }, mode: 'upsert' }))).code).toBe('OPTION_INVALID')
      const action = await save(text, { rename: { a: 'c' } })
      expect(action.notices[0]!.message).toContain('column a is called c')
      expect((await database.schema('foo'))!.columns.map(({ type }) => type)).toEqual(types)
      expect(await bench.text(database, 'foo')).toBe('id,c,b\n1,x,0.50\n2,y,0.75\n')
      expect((await save(text, { rename: { a: 'c' } })).changed).toBe(false)
    })
    test('rename: of a key column, and of two that change places', async () => {
      await save('no,b,a\n1,x,0.50\n2,y,0.75\n', { rename: { id: 'no', a: 'b', b: 'a' } })
      expect(await database.schema('foo')).toMatchObject({ key: ['no'] })
      expect(await bench.text(database, 'foo')).toBe('no,b,a\n1,x,0.50\n2,y,0.75\n')
    })
    test('replace: a column dropped, its rows otherwise as they were', async () => {
      const action = await save('id,a\n1,x\n2,Y\n', { schema: 'replace', types: { id: 'integer' } })
      expect(action).toMatchObject({ added: 0, modified: 2, removed: 0 })
      expect(await diff()).toEqual(['modified [1] [1,"x",0.5] -> [1,"x"]', 'modified [2] [2,"y",0.75] -> [2,"Y"]'])
      expect(await diff('HEAD', 'HEAD~1')).toEqual([
        'modified [1] [1,"x"] -> [1,"x",0.5]',
        'modified [2] [2,"Y"] -> [2,"y",0.75]',
      ])
      await database.restore('foo', base)
      expect(await now()).toBe(first)
      await database.revert('HEAD')
      expect(await now()).toBe('id,a\n1,x\n2,Y\n')
    })
    test('replace: a column that takes another’s place, and its cells, is another column', async () => {
      const action = await save('id,a,c\n1,x,0.50\n2,y,0.75\n', { schema: 'replace', types: { id: 'integer' } })
      expect(action).toMatchObject({ added: 0, modified: 2, removed: 0 })
      expect(await diff()).toEqual([
        'modified [1] [1,"x",0.5] -> [1,"x",0.5]',
        'modified [2] [2,"y",0.75] -> [2,"y",0.75]',
      ])
      await save('id,c,a\n1,0.50,x\n2,0.75,Y\n', { schema: 'replace', types: { id: 'integer' } })
      expect(await diff()).toEqual(['modified [2] [2,"y",0.75] -> [2,0.75,"Y"]'])
      expect(await message()).toBe('save foo (the columns are in another order)')
      expect(await database.diffCounts('foo')).toMatchObject({ added: 0, modified: 1, removed: 0, schemaChanged: true })
    })
    test('a dry run tells of the change and makes none', async () => {
      const action = await save('id,a\n1,x\n', { schema: 'replace', dryRun: true })
      expect(action).toMatchObject({ changed: true, modified: 1, removed: 1 })
      expect(action.notices[0]!.message).toContain('column b was dropped')
      expect(await columns()).toEqual(['id integer', 'a any', 'b decimal(2)'])
    })

    const other = { from: 'HEAD~1', mergeTo: 'main' }
    test('merge: columns that each side added are both kept', async () => {
      await save('id,a,b,c\n1,x,0.50,one\n2,y,0.75,\n')
      const merged = await save('id,a,b,d\n1,x,0.50,\n2,y,0.75,two\n', { branch: other })
      expect(merged.merged).toBe(true)
      expect(await now()).toBe('id,a,b,c,d\n1,x,0.50,one,\n2,y,0.75,,two\n')
      expect(await now({ at: merged.fileCommit! })).toBe('id,a,b,d\n1,x,0.50,\n2,y,0.75,two\n')
    })
    test('merge: the same column added on both sides is one, its cells merged', async () => {
      await save('id,a,b,c\n1,x,0.50,one\n2,y,0.75,\n')
      await save('id,a,b,c\n1,x,0.50,\n2,y,0.75,two\n', { branch: other })
      expect(await now()).toBe('id,a,b,c\n1,x,0.50,one\n2,y,0.75,two\n')
      const error = await refusal(
        save('id,a,b,c\n1,x,0.50,other\n2,y,0.75,\n', { branch: { from: base, mergeTo: 'main' } }),
      )
      expect(error).toMatchObject({ code: 'CONFLICT', data: { total: 1 } })
    })
    test('merge: a column dropped here, rows changed elsewhere there', async () => {
      await save('id,a\n1,x\n2,y\n', { schema: 'replace', types: { id: 'integer' } })
      await save('id,a,b\n1,X,0.50\n2,y,0.75\n', { branch: other })
      expect(await now()).toBe('id,a\n1,X\n2,y\n')
    })
    test.for([
      ['a column dropped and edited', 'id,a\n1,x\n2,y\n', {}, 'id,a,b\n1,x,0.60\n2,y,0.75\n', {}],
      ['a type on one side, rows of the other type', first, { types: { b: 'any' } }, `${first}3,z,0.10\n`, {}],
      [
        'a column dropped where another was added, and rows',
        'id,a,c\n1,x,0.50\n2,y,0.75\n',
        {},
        `${first}3,z,0.10\n`,
        {},
      ],
      ['other keys', first, { key: 'a' }, 'id,a,b\n1,x,0.50\n2,y,0.80\n', {}],
      [
        'one column with two types',
        'id,a,b,c\n1,x,0.50,7\n2,y,0.75,\n',
        { types: { c: 'text' } },
        'id,a,b,c\n1,x,0.50,\n2,y,0.75,8\n',
        { types: { c: 'integer' } },
      ],
    ] as [string, string, SaveOptions, string, SaveOptions][])(
      'merge: %s is SCHEMA_CONFLICT, either way',
      async ([, one, oneOptions, two, twoOptions]) => {
        const replaced = { ...oneOptions, schema: oneOptions.types?.['c'] ? 'evolve' : 'replace' } as const
        const kept = { types: { id: 'integer', ...replaced.types } } as const
        await save(one, { ...replaced, ...kept })
        const head = await database.resolve('HEAD')
        expect(await refusal(save(two, { ...twoOptions, branch: other }))).toMatchObject({
          code: 'SCHEMA_CONFLICT',
          data: { tables: ['foo'] },
        })
        expect(await database.resolve('HEAD')).toBe(head)
        await database.createBranch('back', base)
        await save(two, { ...twoOptions, branch: 'back' })
        expect((await refusal(save(one, { ...replaced, ...kept, branch: { from: base, mergeTo: 'back' } }))).code).toBe(
          'SCHEMA_CONFLICT',
        )
        expect((await refusal(database.merge('back'))).code).toBe('SCHEMA_CONFLICT')
        const branches = (await database.branches()).map(({ name }) => name)
        expect(branches).toEqual(['back', ...(await database.status()).conflicts, 'main'])
        expect(branches).toHaveLength(4)
      },
    )
    test('merge: a change of types that meets no change of rows goes through', async () => {
      await save(first, { types: { b: 'any' } })
      await bench.save(database, 'bar', 'id\n1\n', { key: 'id', branch: other })
      expect(await columns()).toEqual(['id integer', 'a any', 'b any'])
      expect(await now()).toBe(first)
    })
    test('blame: a column that was added changes no row that has nothing there', async () => {
      const second = (await save('id,a,b,c\n1,x,0.50,\n2,y,0.75,z\n')).toCommit!
      const blamed = await database.blame('foo')
      expect(blamed.map(({ commit }) => commit.hash)).toEqual([base, second])
    })
  })
}
