import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { clone, type Database, type DoltflowError, type SaveOptions } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

/** Changes of columns on two sides that no merge can make one of, and the way out that the error tells. */
export function mergeRefusedContract(engine: EngineUnderTest): void {
  describe('merge of columns', () => {
    const bench = new Bench(engine)
    let database: Database
    let base: string
    beforeEach(async () => {
      database = await bench.open()
      base = (await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n3,z\n', { key: 'id' })).toCommit!
    })
    afterAll(() => bench.end())
    const save = (text: string, options: SaveOptions = {}) => bench.save(database, 'foo', text, options)
    const onBase = (text: string, options: SaveOptions = {}) =>
      save(text, { branch: { from: base, mergeTo: 'main' }, ...options })
    const now = (options = {}) => bench.text(database, 'foo', options)

    describe('what can’t be merged', () => {
      const spoken = ({ message }: DoltflowError) => {
        expect(message).not.toMatch(/doltflow\/scratch|dolt_|undefined/)
        return message
      }
      /** Runs the calls of an error's message. */
      const finish = async (database_: Database, error: DoltflowError) => {
        for (const [call] of spoken(error).matchAll(/db\.(?:restore|drop|merge|pull)\(.*?\)/g))
          await (new Function('db', `return ${call}`) as (db: Database) => Promise<unknown>)(database_)
      }
      const pinned = { types: { c: 'text' } } as const
      const first = 'id,a\n1,x\n2,y\n3,z\n'
      const cases: [string, string, SaveOptions, string, SaveOptions, RegExp][] = [
        [
          'a column of two pinned types',
          'id,a,c\n1,x,7\n2,y,\n3,z,\n',
          { types: { c: 'integer' } },
          'id,a,c\n1,x,\n2,y,8\n3,z,\n',
          pinned,
          /column c is integer on one side and text on the other/,
        ],
        [
          'a column dropped here, edited there',
          'id\n1\n2\n3\n',
          { schema: 'replace' },
          'id,a\n1,x\n2,NEW\n3,z\n',
          {},
          /dropped column a/,
        ],
        [
          'a column dropped here, a row added there',
          'id\n1\n2\n3\n',
          { schema: 'replace' },
          `${first}4,NEW\n`,
          {},
          /dropped column a/,
        ],
        [
          'a column edited here, dropped there',
          'id,a\n1,x\n2,NEW\n3,z\n',
          {},
          'id\n1\n2\n3\n',
          { schema: 'replace' },
          /dropped column a/,
        ],
        ['another key', first, { schema: 'replace', key: 'a' }, 'id,a\n1,x\n2,y\n3,z\n4,n\n', {}, /key/],
      ]
      test.for(cases)('%s: kept, and finished as is said', async ([, one, oneOptions, two, twoOptions, reason]) => {
        await save(one, oneOptions)
        const head = await database.resolve('main')
        const error = await refusal(onBase(two, twoOptions))
        expect(error.code).toBe('SCHEMA_CONFLICT')
        const { branch, target, tables, schemas } = error.data as { branch: string; [name: string]: unknown }
        expect({ target, tables }).toEqual({ target: 'main', tables: ['foo'] })
        expect(schemas).toEqual({
          ours: { foo: await database.schema('foo') },
          theirs: { foo: await database.schema('foo', { at: branch }) },
        })
        expect(spoken(error)).toMatch(reason)
        expect(await database.resolve('main')).toBe(head)
        expect(await now()).toBe(one)
        expect(await now({ branch })).toBe(two)
        expect((await database.status()).conflicts).toEqual([branch])
        await finish(database, error)
        expect(await now()).toBe(two)
        expect((await database.status()).conflicts).toEqual([])
        expect((await database.branches()).map(({ name }) => name)).toEqual(['main'])
        // The rows of the other side are to be had yet, and may be put together.
        expect(await now({ at: head })).toBe(one)
      })
      test('a table dropped here, edited there', async () => {
        await bench.save(database, 'bar', first, { key: 'id' })
        await database.drop('foo')
        const edited = 'id,a\n1,x\n2,NEW\n3,z\n'
        const error = await refusal(onBase(edited))
        expect(error.code).toBe('SCHEMA_CONFLICT')
        expect(spoken(error)).toMatch(/main has: no such table/)
        expect(await now({ branch: error.data['branch'] })).toBe(edited)
        expect(await bench.text(database, 'bar')).toBe(first)
        await finish(database, error)
        expect(await now()).toBe(edited)
        expect(await bench.text(database, 'bar')).toBe(first)
      })
      test('a table edited here, dropped on a branch of one’s own', async () => {
        await database.createBranch('own', base)
        await database.drop('foo', { branch: 'own' })
        await save('id,a\n1,x\n2,NEW\n3,z\n')
        for (const onConflict of ['fail', 'ours', 'theirs'] as const) {
          const error = await refusal(database.merge('own', { onConflict }))
          expect(error.code).toBe('SCHEMA_CONFLICT')
          expect(spoken(error)).not.toContain('deleteBranch')
          if (onConflict !== 'theirs') continue
          await finish(database, error)
        }
        expect(await database.tables()).toEqual([])
        expect((await database.branches()).map(({ name }) => name)).toEqual(['main', 'own'])
      })
      test('rows on a branch of one’s own: nobody is told to delete it', async () => {
        await database.createBranch('own', base)
        await save('id,a\n1,OWN\n2,y\n3,z\n', { branch: 'own' })
        await save('id,a\n1,MAIN\n2,y\n3,z\n')
        const error = await refusal(database.merge('own'))
        expect(error).toMatchObject({ code: 'CONFLICT', data: { branch: 'own' } })
        expect(spoken(error)).toContain("db.merge('own', { into: 'main', onConflict: ")
        expect(error.message).not.toContain('deleteBranch')
      })
      test('a table dropped on both sides, or on one and unchanged on the other', async () => {
        await database.createBranch('own', base)
        await database.drop('foo', { branch: 'own' })
        await bench.save(database, 'bar', first, { key: 'id' })
        await database.merge('own')
        expect((await database.tables()).map(({ name }) => name)).toEqual(['bar'])
        expect((await database.merge('own')).changed).toBe(false)
      })
      test('first saves of other columns', async () => {
        await bench.save(database, 'new', 'id,a\n1,x\n', { key: 'id' })
        const plan = { key: 'id', branch: { from: base, mergeTo: 'main' } } as const
        const error = await refusal(bench.save(database, 'new', 'id,b\n2,y\n', plan))
        expect(error.code).toBe('SCHEMA_CONFLICT')
        await finish(database, error)
        expect(await bench.text(database, 'new')).toBe('id,b\n2,y\n')
      })
      test('a revert of a change that later ones build upon', async () => {
        await save('id,a,c\n1,x,\n2,y,\n3,z,\n')
        await save('id,a,c\n1,x,\n2,y,NEW\n3,z,\n')
        expect((await refusal(database.revert('HEAD~1'))).code).toBe('MERGE_REFUSED')
        expect(await now()).toBe('id,a,c\n1,x,\n2,y,NEW\n3,z,\n')
      })

      describe('between clones', () => {
        let other: Database
        let remote: string
        beforeEach(async () => {
          remote = bench.remoteUrl()
          await database.push(remote)
          const url = bench.url()
          await clone(remote, url)
          other = await bench.open(url)
        })
        test('a delete against a cell of a new column', async () => {
          await save('id,a,c\n1,x,\n2,y,PRECIOUS\n3,z,\n')
          await database.push()
          await bench.save(other, 'foo', 'id,a\n1,x\n3,z\n')
          const error = await refusal(other.pull())
          expect(error).toMatchObject({ code: 'PULL_CONFLICT', data: { total: 1 } })
          expect((await refusal(other.push())).code).toBe('PULL_CONFLICT')
          await other.pull('origin', { onConflict: 'theirs' })
          expect(await bench.text(other, 'foo')).toBe('id,a,c\n1,x,\n2,y,PRECIOUS\n3,z,\n')
        })
        test('two types of one column: the error tells both, and a way out', async () => {
          await save('id,a,c\n1,x,0.50\n2,y,\n3,z,\n')
          await database.push()
          const mine = 'id,a,c\n1,x,\n2,y,0.500\n3,z,\n'
          await bench.save(other, 'foo', mine)
          const head = await other.resolve('main')
          for (const work of [
            () => other.pull(),
            () => other.push(),
            () => other.pull('origin', { onConflict: 'ours' }),
          ]) {
            const error = await refusal(work())
            expect(error).toMatchObject({ code: 'SCHEMA_CONFLICT', data: { tables: ['foo'], branch: 'main', head } })
            expect(spoken(error)).toContain('id any, a any, c decimal(2)')
            expect(error.message).toContain('id any, a any, c decimal(3)')
            expect(await other.resolve('main')).toBe(head)
          }
          await finish(other, await refusal(other.pull()))
          expect(await bench.text(other, 'foo')).toBe('id,a,c\n1,x,0.50\n2,y,\n3,z,\n')
          expect(await bench.text(other, 'foo', { at: head })).toBe(mine)
          await bench.save(other, 'foo', 'id,a,c\n1,x,0.50\n2,y,0.500\n3,z,\n')
          await other.push()
          await database.pull()
          expect(await now()).toBe('id,a,c\n1,x,0.50\n2,y,0.500\n3,z,\n')
        })
        test('first saves of one table, and a table that was dropped', async () => {
          await bench.save(database, 'new', 'id,c\n1,0.50\n', { key: 'id' })
          await bench.save(other, 'new', 'id,c\n1,0.500\n', { key: 'id' })
          await database.push()
          await finish(other, await refusal(other.push()))
          expect(await bench.text(other, 'new')).toBe('id,c\n1,0.50\n')
          await other.push()
          await database.pull()
          await database.drop('new')
          await database.push()
          await bench.save(other, 'new', 'id,c\n1,0.75\n')
          await finish(other, await refusal(other.push()))
          expect((await other.tables()).map(({ name }) => name)).toEqual(['foo'])
          await other.push()
        })
      })
    })
  })
}
