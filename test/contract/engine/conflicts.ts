import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { clone, copy } from '../../../dist/index.js'
import type { ConflictDecision, ConflictRules, Database, MergeOptions } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

const HEAD = 'table,key,column,base,ours,theirs,decision,value'

export function conflictsContract(engine: EngineUnderTest): void {
  describe('conflicts, one by one', () => {
    const bench = new Bench(engine)
    let database: Database
    beforeEach(async () => {
      database = await bench.open()
      await bench.save(database, 'foo', 'id,a,price,n\n1,x,1.50,10\n2,y,2.50,20\n3,z,3.50,30\n', { key: 'id' })
      await database.createBranch('exp')
      // 1: both edit a, price and n. 2: ours deletes, theirs edits. 4: both add. 3, 5: one side alone.
      await bench.save(database, 'foo', 'id,a,price,n\n1,OURS,1.60,13\n3,z,3.50,31\n4,o,4.00,40\n')
      await bench.save(
        database,
        'foo',
        'id,a,price,n\n1,THEIRS,1.70,15\n2,y,9.99,20\n3,z,3.75,30\n4,t,4.00,40\n5,v,5.00,50\n',
        { branch: 'exp' },
      )
    })
    afterAll(() => bench.end())
    const now = () => bench.text(database, 'foo')
    const merge = (resolve: MergeOptions['resolve'], options: MergeOptions = {}) =>
      database.merge('exp', { resolve, ...options })
    const decided = (a: string, price: string, n: string, two: string, four: string): string =>
      bench.file(
        `${HEAD}\nfoo,1,a,x,OURS,THEIRS,${a}\nfoo,1,price,1.50,1.60,1.70,${price}\nfoo,1,n,10,13,15,${n}\nfoo,2,,,,,${two}\nfoo,4,a,,o,t,${four}\n`,
      )

    test('each cell is listed, and each row that one side deleted; nothing moves', async () => {
      const heads = await database.branches()
      const { conflicts, ...found } = await database.conflicts('exp')
      expect(found).toMatchObject({ branch: 'exp', into: 'main', rows: 3 })
      const open = { decision: null, value: null }
      const cell = (id: number, column: string, base: unknown, ours: unknown, theirs: unknown) => {
        return { table: 'foo', key: { id }, column, base, ours, theirs, ...open }
      }
      expect(conflicts).toEqual([
        cell(1, 'a', 'x', 'OURS', 'THEIRS'),
        cell(1, 'price', 1.5, 1.6, 1.7),
        cell(1, 'n', 10, 13, 15),
        {
          table: 'foo',
          key: { id: 2 },
          column: null,
          base: { id: 2, a: 'y', price: 2.5, n: 20 },
          ours: null,
          theirs: { id: 2, a: 'y', price: 9.99, n: 20 },
          ...open,
        },
        cell(4, 'a', null, 'o', 't'),
      ])
      expect(await database.branches()).toEqual(heads)
    })

    test('a file decides them: a side, the base, a value of one’s own', async () => {
      const before = { ours: await database.resolve('main'), theirs: await database.resolve('exp') }
      const action = await merge(decided('theirs,', 'base,', ',77', 'base,', 'value,"he said ""no"", twice"'))
      expect(action).toMatchObject({ changed: true, merged: true })
      expect(await now()).toBe(
        'id,a,price,n\n1,THEIRS,1.50,77\n2,y,2.50,20\n3,z,3.75,31\n4,"he said ""no"", twice",4.00,40\n5,v,5.00,50\n',
      )
      const commit = await database.show('main')
      expect(commit.commit.parents).toEqual([before.ours, before.theirs])
      expect(commit.commit.trailers['Doltflow-Action']).toBe(action.id)
      expect((await merge([])).changed).toBe(false)
    })

    test('what is listed, filled in, goes in as it is; a row is decided as a whole', async () => {
      const { conflicts } = await database.conflicts('exp')
      await merge(conflicts.map((one) => ({ ...one, decision: 'ours' as const })))
      expect(await now()).toBe('id,a,price,n\n1,OURS,1.60,13\n3,z,3.75,31\n4,o,4.00,40\n5,v,5.00,50\n')
    })

    test('a decision of a row is for its cells that have none of their own; a value may be NULL, or a row', async () => {
      const row = (id: number, rest: Partial<ConflictDecision>): ConflictDecision => ({
        table: 'foo',
        key: { id },
        ...rest,
      })
      await merge([
        row(1, { decision: 'theirs' }),
        row(1, { column: 'price', decision: 'ours' }),
        row(2, { decision: 'value', value: { a: 'back', price: 7 } }),
        row(4, { column: 'a', decision: 'value', value: null }),
      ])
      expect(await now()).toBe('id,a,price,n\n1,THEIRS,1.60,15\n2,back,7.00,20\n3,z,3.75,31\n4,,4.00,40\n5,v,5.00,50\n')
    })

    test('what is left undecided is a conflict still, and said; nothing moves', async () => {
      const head = await database.resolve('main')
      const error = await refusal(merge(decided('theirs,', 'base,', ',', 'ours,', ',')))
      expect(error.code).toBe('CONFLICT')
      expect(error.data).toMatchObject({ total: 2, tables: ['foo'] })
      expect((error.data['conflicts'] as { key: unknown }[]).map(({ key }) => key)).toEqual([{ id: 1 }, { id: 4 }])
      expect(await database.resolve('main')).toBe(head)
    })

    test('rules decide by column: the later row, an exact sum, a side', async () => {
      await merge(undefined, { onConflict: { n: 'newest', foo: { price: 'sum', '*': 'ours' }, '*': 'theirs' } })
      // The sum is 1.50 + 0.10 + 0.20; the greater n is that of theirs, which so has a, too. A deleted row goes by *.
      expect(await now()).toBe('id,a,price,n\n1,THEIRS,1.80,15\n3,z,3.75,31\n4,o,4.00,40\n5,v,5.00,50\n')
    })

    test('a save takes rules, too', async () => {
      const base = await database.resolve('main')
      await bench.save(database, 'foo', 'id,a,price,n\n1,A,1.65,20\n', { mode: 'upsert' })
      const saved = await bench.save(database, 'foo', 'id,a,price,n\n1,B,1.75,14\n', {
        mode: 'upsert',
        branch: { from: base, mergeTo: 'main' },
        onConflict: { a: 'theirs', price: 'sum', n: 'sum' },
      })
      expect(saved.merged).toBe(true)
      expect(await now()).toMatch(/^1,B,1\.80,21$/m)
    })

    test('what rules leave is a conflict, and is listed so', async () => {
      const onConflict = { price: 'sum', n: 'theirs' } as const
      const error = await refusal(merge(undefined, { onConflict }))
      expect(error.data).toMatchObject({ total: 3 })
      const { conflicts } = await database.conflicts('exp', { onConflict })
      expect(conflicts.map(({ key, column }) => [key['id'], column])).toEqual([
        [1, 'a'],
        [2, null],
        [4, 'a'],
      ])
    })

    test.each([
      ['foo,1,b,,,,ours,', 'DECISION_INVALID', 'column', 'table foo has no column "b"'],
      ['bar,1,a,,,,ours,', 'DECISION_INVALID', 'table', 'there is no table "bar"'],
      ['foo,1,a,,,,mine,', 'DECISION_INVALID', 'decision', '"mine" is no decision'],
      ['foo,1,a,,,,ours,5', 'DECISION_INVALID', 'decision', 'both the decision ours and a value'],
      ['foo,2,a,,,,ours,', 'DECISION_INVALID', 'column', 'decided as a whole'],
      ['foo,2,,,,,value,5', 'DECISION_INVALID', 'value', 'an object of its cells'],
      ['foo,2,,,,,,"{""b"":1}"', 'DECISION_INVALID', 'value', 'there is no column "b"'],
      ['foo,4,a,,,,base,', 'DECISION_INVALID', 'decision', 'it has no base'],
      ['foo,3,a,,,,ours,', 'DECISION_STALE', 'key', 'the row is in no conflict'],
      ['foo,9,a,,,,ours,', 'DECISION_STALE', 'key', 'the row is in no conflict'],
      ['foo,4,n,,,,ours,', 'DECISION_STALE', 'column', 'the cell n is in no conflict'],
      ['foo,1,a,x,OLD,THEIRS,ours,', 'DECISION_STALE', 'ours', 'ours was "OLD", and is "OURS"'],
    ])('%s is refused, with its line and column', async (line, code, column, words) => {
      const head = await database.resolve('main')
      const path = bench.file(`${HEAD}\n\nfoo,1,price,,,,,\n${line}\n`)
      const error = await refusal(merge(path, { onConflict: 'ours' }))
      expect(error).toMatchObject({ code, data: { path, line: 4, column } })
      expect(error.message).toContain(`Line 4, column ${column}`)
      expect(error.message).toContain(words)
      expect(await database.resolve('main')).toBe(head)
    })

    test('a table keeps rules of its own: a call’s go before them; they travel with clone and copy', async () => {
      const kept = await database.setRules('foo', { n: 'sum', '*': 'theirs' })
      expect(await database.rules()).toEqual([kept])
      expect(await database.setRules('foo', { n: 'sum', '*': 'theirs' })).toEqual(kept)
      expect((await database.conflicts('exp')).conflicts).toEqual([])
      const remote = bench.remoteUrl()
      await database.addRemote('origin', remote)
      await database.push('origin')
      await clone(remote, bench.url()).then(async ({ location }) => {
        const other = await bench.open(location)
        expect(await other.rules()).toEqual([kept])
      })
      const target = bench.url()
      await copy(database.location, target)
      const copied = await bench.open(target)
      expect((await copied.rules()).map(({ table, rules }) => ({ table, rules }))).toEqual([
        { table: 'foo', rules: { n: 'sum', '*': 'theirs' } },
      ])
      await database.merge('exp', { onConflict: { price: 'base' } })
      expect(await now()).toBe('id,a,price,n\n1,THEIRS,1.50,18\n2,y,9.99,20\n3,z,3.75,31\n4,t,4.00,40\n5,v,5.00,50\n')
      expect(await database.setRules('foo', null)).toBeNull()
      expect(await database.rules()).toEqual([])
    })

    test('a word of a call goes before a table’s own rules; without them a save conflicts again', async () => {
      await database.setRules('foo', { '*': 'theirs' })
      expect((await refusal(database.merge('exp', { onConflict: 'fail' }))).code).toBe('CONFLICT')
      const base = await database.resolve('main')
      await bench.save(database, 'foo', 'id,a,price,n\n3,first,3.50,31\n', { mode: 'upsert' })
      const again = { mode: 'upsert', branch: { from: base, mergeTo: 'main' } } as const
      await bench.save(database, 'foo', 'id,a,price,n\n3,second,3.50,31\n', again)
      expect(await now()).toMatch(/^3,second,/m)
      await database.setRules('foo', null)
      expect((await refusal(bench.save(database, 'foo', 'id,a,price,n\n3,third,3.50,31\n', again))).code).toBe(
        'CONFLICT',
      )
      for (const rules of [{ prise: 'sum' }, { '*': 'sum' }, {}] as ConflictRules[])
        expect((await refusal(database.setRules('foo', rules as never))).code).toBe('OPTION_INVALID')
    })

    test('rules that name what is not there are refused', async () => {
      const wrong: ConflictRules[] = [{ prise: 'ours' }, { bar: { a: 'ours' } }, { foo: { prise: 'ours' } }]
      for (const onConflict of wrong)
        expect(await refusal(merge(undefined, { onConflict }))).toMatchObject({ code: 'OPTION_INVALID' })
    })

    test('a branch that moves meanwhile is looked at again', async () => {
      const { conflicts } = await database.conflicts('exp')
      const resolve = conflicts.map((one) => ({ ...one, decision: 'theirs' as const }))
      await bench.save(database, 'foo', 'id,a,price,n\n1,LATER,1.60,13\n', { mode: 'upsert' })
      expect((await refusal(merge(resolve))).code).toBe('DECISION_STALE')
      const again = (await database.conflicts('exp')).conflicts
      await merge(again.map((one) => ({ ...one, decision: 'theirs' as const })))
      expect(await now()).toBe('id,a,price,n\n1,THEIRS,1.70,15\n2,y,9.99,20\n3,z,3.75,31\n4,t,4.00,40\n5,v,5.00,50\n')
    })

    test('a kept conflict is found without its name, and finished by its decisions', async () => {
      const base = await database.resolve('main')
      await bench.save(database, 'foo', 'id,a,price,n\n3,first,3.50,31\n', { mode: 'upsert' })
      const error = await refusal(
        bench.save(database, 'foo', 'id,a,price,n\n3,second,3.50,31\n', {
          mode: 'upsert',
          branch: { from: base, mergeTo: 'main' },
        }),
      )
      const { branch, conflicts } = await database.conflicts()
      expect(branch).toBe(error.data['branch'])
      await database.merge(branch, { resolve: conflicts.map((one) => ({ ...one, decision: 'value', value: 'both' })) })
      expect(await now()).toMatch(/^3,both,3\.50,31$/m)
      expect((await database.branches()).map(({ name }) => name)).not.toContain(branch)
      expect((await refusal(database.conflicts())).code).toBe('BRANCH_NOT_FOUND')
    })

    test('a value that no number holds is kept as it is, where the column is any', async () => {
      const own = (value: string) => ({ table: 'foo', key: { id: 1 }, column: 'n', value })
      await merge([own('007')], { onConflict: 'theirs' })
      expect(await now()).toMatch(/^1,THEIRS,1\.70,007$/m)
    })

    test('a value that its column refuses is refused', async () => {
      await bench.save(database, 'typed', 'id,n\n1,5\n', { key: 'id', types: { n: 'integer' } })
      await database.createBranch('more')
      await bench.save(database, 'typed', 'id,n\n1,6\n')
      await bench.save(database, 'typed', 'id,n\n1,7\n', { branch: 'more' })
      const head = await database.resolve('main')
      const resolve = [{ table: 'typed', key: { id: 1 }, column: 'n', value: 'many' }]
      const error = await refusal(database.merge('more', { resolve }))
      expect(error).toMatchObject({ code: 'TYPE_MISMATCH', data: { table: 'typed', key: { id: 1 }, column: 'n' } })
      expect(await database.resolve('main')).toBe(head)
    })
  })
}
