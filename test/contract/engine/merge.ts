import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database, SaveOptions } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

export function mergeContract(engine: EngineUnderTest): void {
  describe('merge', () => {
    const bench = new Bench(engine)
    let database: Database
    let base: string
    beforeEach(async () => {
      database = await bench.open()
      base = (await bench.save(database, 'foo', 'id,a,b\n1,x,p\n2,y,q\n3,z,r\n', { key: 'id' })).toCommit!
    })
    afterAll(() => bench.end())
    const onBase = (text: string, options: SaveOptions = {}) =>
      bench.save(database, 'foo', text, { branch: { from: base, mergeTo: 'main' }, ...options })
    const now = () => bench.text(database, 'foo')

    test('by row: both sides’ rows', async () => {
      await bench.save(database, 'foo', 'id,a,b\n1,x,p\n2,y,q\n3,z,r\n4,ours,s\n')
      expect(await onBase('id,a,b\n1,x,p\n2,y,q\n3,theirs,r\n5,new,t\n')).toMatchObject({
        merged: true,
        added: 1,
        modified: 1,
        removed: 0,
      })
      expect(await now()).toBe('id,a,b\n1,x,p\n2,y,q\n3,theirs,r\n4,ours,s\n5,new,t\n')
    })
    test('by cell: both sides’ cells of one row', async () => {
      await bench.save(database, 'foo', 'id,a,b\n1,OURS,p\n2,y,q\n3,z,r\n')
      expect((await onBase('id,a,b\n1,x,THEIRS\n2,y,q\n3,z,r\n')).merged).toBe(true)
      expect(await now()).toBe('id,a,b\n1,OURS,THEIRS\n2,y,q\n3,z,r\n')
    })
    test('replace deletes what its file leaves out compared with its base, and nothing else', async () => {
      await bench.save(database, 'foo', 'id,a,b\n1,x,p\n2,y,q\n3,z,r\n4,ours,s\n')
      expect((await onBase('id,a,b\n2,y,q\n')).removed).toBe(2)
      expect(await now()).toBe('id,a,b\n2,y,q\n4,ours,s\n')
    })
    test('the same change on both sides is no conflict', async () => {
      await bench.save(database, 'foo', 'id,a,b\n1,X,p\n3,z,r\n4,n,n\n')
      const head = await database.resolve('main')
      expect(await onBase('id,a,b\n1,X,p\n3,z,r\n4,n,n\n')).toMatchObject({
        changed: false,
        merged: false,
        toCommit: head,
        fileCommit: head,
      })
      expect(await now()).toBe('id,a,b\n1,X,p\n3,z,r\n4,n,n\n')
    })
    test('append and upsert are merged, too', async () => {
      await bench.save(database, 'foo', 'id,a,b\n1,x,p\n2,y,q\n3,OURS,r\n')
      await onBase('id,a,b\n9,n,n\n', { mode: 'append' })
      await onBase('id,a,b\n1,UP,p\n', { mode: 'upsert' })
      expect(await now()).toBe('id,a,b\n1,UP,p\n2,y,q\n3,OURS,r\n9,n,n\n')
    })

    const conflicting = async (options: SaveOptions = {}) => {
      // 1: both edit a; ours edits b too. 2: ours deletes, theirs edits. 3: ours edits, theirs deletes. 4: both add.
      await bench.save(database, 'foo', 'id,a,b\n1,OURS,P\n3,z,OURS\n4,ours,n\n')
      return onBase('id,a,b\n1,THEIRS,p\n2,THEIRS,q\n4,theirs,n\n', options)
    }
    test('a conflict lists its rows, keeps the work, and moves nothing', async () => {
      const error = await refusal(conflicting())
      expect(error.code).toBe('CONFLICT')
      const { branch, target, total, tables, conflicts } = error.data as Record<string, unknown>
      expect({ target, total, tables }).toEqual({ target: 'main', total: 4, tables: ['foo'] })
      expect(conflicts).toEqual([
        {
          table: 'foo',
          key: { id: 1 },
          base: { id: 1, a: 'x', b: 'p' },
          ours: { id: 1, a: 'OURS', b: 'P' },
          theirs: { id: 1, a: 'THEIRS', b: 'p' },
        },
        {
          table: 'foo',
          key: { id: 2 },
          base: { id: 2, a: 'y', b: 'q' },
          ours: null,
          theirs: { id: 2, a: 'THEIRS', b: 'q' },
        },
        {
          table: 'foo',
          key: { id: 3 },
          base: { id: 3, a: 'z', b: 'r' },
          ours: { id: 3, a: 'z', b: 'OURS' },
          theirs: null,
        },
        {
          table: 'foo',
          key: { id: 4 },
          base: null,
          ours: { id: 4, a: 'ours', b: 'n' },
          theirs: { id: 4, a: 'theirs', b: 'n' },
        },
      ])
      expect(error.message).toContain(`db.merge('${branch as string}', { into: 'main'`)
      expect(await now()).toBe('id,a,b\n1,OURS,P\n3,z,OURS\n4,ours,n\n')
      expect(await bench.text(database, 'foo', { branch: branch as string })).toBe(
        'id,a,b\n1,THEIRS,p\n2,THEIRS,q\n4,theirs,n\n',
      )
      expect((await database.status()).conflicts).toEqual([branch])
      expect((await database.branches({ all: true })).map(({ name }) => name)).toEqual([branch, 'doltflow', 'main'])
    })
    const decided = {
      ours: 'id,a,b\n1,OURS,P\n3,z,OURS\n4,ours,n\n',
      theirs: 'id,a,b\n1,THEIRS,P\n2,THEIRS,q\n4,theirs,n\n',
    }
    test.for(['ours', 'theirs'] as const)(
      'the policy %s decides the conflicting cells alone, of a delete the row',
      async (onConflict) => {
        const action = await conflicting({ onConflict })
        expect(await now()).toBe(decided[onConflict])
        const moved = onConflict === 'theirs'
        // Nothing of ours was left to merge in with `ours`: the branch has not moved.
        expect(action).toMatchObject({ merged: moved, changed: moved, toCommit: await database.resolve('main') })
        if (moved) expect(action.tableHash).toBe((await database.tables())[0]!.hash)
        else expect(action.fileCommit).toBeNull()
        // What was not taken is not taken for saved.
        expect((await onBase('id,a,b\n1,THEIRS,p\n2,THEIRS,q\n4,theirs,n\n', { onConflict: 'ours' })).changed).toBe(
          false,
        )
        expect((await bench.save(database, 'foo', 'id,a,b\n1,THEIRS,p\n2,THEIRS,q\n4,theirs,n\n')).changed).toBe(true)
        expect((await database.status()).dirty).toEqual([])
      },
    )
    test.for(['ours', 'theirs'] as const)(
      'merge %s finishes a kept conflict, and its branch goes',
      async (onConflict) => {
        const { branch } = (await refusal(conflicting())).data as { branch: string }
        expect((await refusal(database.merge(branch))).data['branch']).toBe(branch)
        const action = await database.merge(branch, { onConflict, run: 'r', message: 'mine' })
        expect(action).toMatchObject({ kind: 'merge', branch: 'main', merged: true, changed: true, run: 'r' })
        expect(await now()).toBe(decided[onConflict])
        expect((await database.branches()).map(({ name }) => name)).toEqual(['main'])
        // What was refused, and by whom, is on record, too.
        expect((await database.show('HEAD')).commit).toMatchObject({
          message: 'mine',
          trailers: { 'Doltflow-Run': 'r' },
        })
        expect((await database.actions({ run: 'r' }))[0]).toMatchObject({ kind: 'merge', toCommit: action.toCommit })
      },
    )
    test('with several tables, new ones, and those that conflict', async () => {
      const saveTo = (branch: string, table: string, text: string) =>
        bench.save(database, table, text, { branch, key: 'id' })
      await database.createBranch('side')
      await saveTo('side', 'foo', 'id,a,b\n1,SIDE,p\n2,y,q\n3,z,r\n')
      for (const table of ['a', 'z']) await saveTo('side', table, 'id,v\n1,s\n')
      await saveTo('main', 'foo', 'id,a,b\n1,MAIN,p\n2,y,q\n3,z,r\n')
      await saveTo('main', 'b', 'id,v\n1,m\n')
      const error = await refusal(database.merge('side'))
      expect(error.data).toMatchObject({ total: 1, tables: ['foo'] })
      const action = await database.merge('side', { onConflict: 'theirs' })
      expect(action.changed).toBe(true)
      for (const [table, text] of [
        ['a', 'id,v\n1,s\n'],
        ['b', 'id,v\n1,m\n'],
        ['z', 'id,v\n1,s\n'],
        ['foo', 'id,a,b\n1,SIDE,p\n2,y,q\n3,z,r\n'],
      ] as const)
        expect(await bench.text(database, table)).toBe(text)
      expect((await database.status()).dirty).toEqual([])
      expect(await database.merge('side')).toMatchObject({ changed: false })
    })
    test('one side adds a column, the other edits and adds rows', async () => {
      await bench.save(database, 'foo', 'id,a,b,c\n1,x,p,new\n2,y,q,\n3,z,r,\n')
      await onBase('id,a,b\n1,x,P\n2,y,q\n4,n,n\n')
      expect(await now()).toBe('id,a,b,c\n1,x,P,new\n2,y,q,\n4,n,n,\n')
    })
    test('both sides add the same column; a conflict in it is decided by the policy', async () => {
      await bench.save(database, 'foo', 'id,a,b,c\n1,x,p,ours\n2,OURS,q,\n3,z,r,\n')
      const theirs = 'id,a,b,c\n1,x,p,theirs\n2,y,q,theirs\n3,z,R,\n'
      expect((await refusal(onBase(theirs))).data).toMatchObject({ total: 1 })
      await onBase(theirs, { onConflict: 'theirs' })
      expect(await now()).toBe('id,a,b,c\n1,x,p,theirs\n2,OURS,q,theirs\n3,z,R,\n')
    })
    test('columns that look like the engine’s own names', async () => {
      const text = (cell: string) => `commit,diff_type,base_x,our_diff_type,conflict_id,commit_1\n1,${cell},b,c,d,e\n`
      const key = 'commit'
      const first = await bench.save(database, 'odd', text('x'), { key })
      await bench.save(database, 'odd', text('OURS'))
      const plan = { from: first.toCommit!, mergeTo: 'main' }
      const error = await refusal(bench.save(database, 'odd', text('THEIRS'), { branch: plan }))
      expect(error.data['conflicts']).toMatchObject([
        {
          key: { commit: 1 },
          base: { diff_type: 'x', our_diff_type: 'c' },
          ours: { diff_type: 'OURS' },
          theirs: { diff_type: 'THEIRS', commit_1: 'e' },
        },
      ])
      await bench.save(database, 'odd', text('THEIRS'), { branch: plan, onConflict: 'theirs' })
      expect(await bench.text(database, 'odd')).toBe(text('THEIRS'))
    })
    test('odd cells: a text among numbers conflicts with no other row, nor do NULL and the empty text', async () => {
      await bench.save(database, 'foo', 'id,a,b\n1,007,p\n2,y,q\n3,z,""\n')
      await onBase('id,a,b\n1,x,1.50\n2,,q\n3,z,r\n')
      expect(await now()).toBe('id,a,b\n1,007,1.50\n2,,q\n3,z,""\n')
      expect((await refusal(onBase('id,a,b\n1,x,p\n2,y,q\n3,z,\n'))).data).toMatchObject({ total: 1 })
    })
    test('branches without a common commit, or that are not there', async () => {
      expect((await refusal(database.merge('none'))).code).toBe('BRANCH_NOT_FOUND')
      expect((await refusal(database.merge('main', { into: 'none' }))).code).toBe('BRANCH_NOT_FOUND')
      expect(await database.merge('main', { into: 'main' })).toMatchObject({ changed: false })
    })
    test('an unmerged branch that is ahead moves the other forward', async () => {
      const ahead = await bench.save(database, 'foo', 'id,a,b\n1,x,p\n', { branch: { new: 'ahead' } })
      expect(await database.merge('ahead')).toMatchObject({ changed: true, merged: false, toCommit: ahead.toCommit })
    })
    test('first saves of several tables into a new database, side by side', async () => {
      const fresh = await bench.open()
      await fresh.init()
      const root = await fresh.resolve('main')
      for (const table of ['foo', 'bar', 'zoo', 'foo2'])
        expect(
          await bench.save(fresh, table, `id,a\n1,${table}\n`, { key: 'id', branch: { from: root, mergeTo: 'main' } }),
        ).toMatchObject({ changed: true, added: 1 })
      expect((await fresh.tables()).map(({ name }) => name)).toEqual(['bar', 'foo', 'foo2', 'zoo'])
      for (const table of ['foo', 'bar', 'zoo', 'foo2'])
        expect(await bench.text(fresh, table)).toBe(`id,a\n1,${table}\n`)
    })
    test('many at once: all land', async () => {
      const databases = await Promise.all([1, 2, 3].map(() => bench.open(database.location)))
      const saves = databases.flatMap((one, index) =>
        [0, 1, 2, 3].map((turn) =>
          bench.save(one, 'foo', `id,a,b\n${10 * (index + 1) + turn},n,n\n`, { mode: 'append' }),
        ),
      )
      const actions = await Promise.all(saves)
      expect(actions.every(({ changed }) => changed)).toBe(true)
      expect((await now()).split('\n')).toHaveLength(1 + 3 + 12 + 1)
      expect((await database.actions({ table: 'foo' })).length).toBe(13)
    })
  })
}
