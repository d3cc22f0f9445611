import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database, SaveOptions } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

/** Merges of a table whose columns differ between the sides, or that one side has not. */
export function mergeColumnsContract(engine: EngineUnderTest): void {
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

    describe('a row that one side deleted and the other filled in a new column', () => {
      // A silent merge lost the acknowledged cell: the engine saw no change where the base has no such column.
      const filled = 'id,a,c\n1,x,C1\n2,y,PRECIOUS\n3,z,\n'
      const deleted = 'id,a\n1,x\n3,z\n'
      const conflict = { table: 'foo', key: { id: 2 }, base: { id: 2, a: 'y', c: null } }
      const row = { id: 2, a: 'y', c: 'PRECIOUS' }

      test('is a conflict, either way', async () => {
        await save(filled)
        const error = await refusal(onBase(deleted))
        expect(error).toMatchObject({ code: 'CONFLICT', data: { total: 1, tables: ['foo'] } })
        expect(error.data['conflicts']).toEqual([{ ...conflict, ours: row, theirs: null }])
        expect(await now()).toBe(filled)
        expect(await now({ branch: error.data['branch'] })).toBe(deleted)
        await database.createBranch('back', base)
        await save(deleted, { branch: 'back' })
        const mirrored = await refusal(save(filled, { branch: { from: base, mergeTo: 'back' } }))
        expect(mirrored.data['conflicts']).toEqual([{ ...conflict, ours: null, theirs: row }])
        expect(await now({ branch: 'back' })).toBe(deleted)
      })
      test('where both sides added the column, or each one of its own', async () => {
        await save(filled)
        expect((await refusal(onBase('id,a,c\n1,x,\n3,z,\n'))).data).toMatchObject({ total: 1 })
        const error = await refusal(onBase('id,a,d\n1,x,D1\n3,z,\n'))
        expect(error.data['conflicts']).toMatchObject([{ key: { id: 2 }, ours: row, theirs: null }])
      })
      test('with a pinned type, and beside rows that conflict anyway', async () => {
        await save('id,a,c\n1,x,1.50\n2,y,2.50\n3,OURS,\n', { types: { c: 'decimal(2)' } })
        const error = await refusal(onBase('id,a\n1,x\n3,THEIRS\n'))
        expect(error.data).toMatchObject({
          total: 2,
          conflicts: [
            { key: { id: 2 }, theirs: null },
            { key: { id: 3 }, ours: { a: 'OURS' }, theirs: { a: 'THEIRS' } },
          ],
        })
      })
      test.for([
        ['ours', 'id,a,c\n1,x,C1\n2,y,PRECIOUS\n3,OURS,\n4,n,\n'],
        ['theirs', 'id,a,c\n1,x,C1\n3,THEIRS,\n4,n,\n'],
      ] as const)('the policy %s decides the row', async ([onConflict, expected]) => {
        await save('id,a,c\n1,x,C1\n2,y,PRECIOUS\n3,OURS,\n')
        await onBase('id,a\n1,x\n3,THEIRS\n4,n\n', { onConflict })
        expect(await now()).toBe(expected)
        expect((await database.status()).dirty).toEqual([])
      })
      test('the policy where it is the work that fills the column', async () => {
        await save(deleted)
        const { branch } = (await refusal(onBase(filled))).data as { branch: string }
        await database.merge(branch, { onConflict: 'theirs' })
        expect(await now()).toBe(filled)
        expect((await database.status()).conflicts).toEqual([])
      })
      test('an empty cell in the new column is no edit', async () => {
        await save('id,a,c\n1,x,C1\n2,y,\n3,z,\n')
        expect((await onBase(deleted)).merged).toBe(true)
        expect(await now()).toBe('id,a,c\n1,x,C1\n3,z,\n')
      })
      test('a revert that would delete it is refused', async () => {
        await save('id,a\n1,x\n2,y\n3,z\n4,n\n')
        const filledLater = 'id,a,c\n1,x,C1\n2,y,\n3,z,\n4,n,PRECIOUS\n'
        await save(filledLater)
        const error = await refusal(database.revert('HEAD~1'))
        expect(error.code).toBe('MERGE_REFUSED')
        expect(error.message).toContain('db.restore(TABLE, REF)')
        expect(error.message).not.toMatch(/dolt_|BEGIN/)
        expect(await now()).toBe(filledLater)
      })
    })

    test('a row that both added, each with a column of its own, has both cells', async () => {
      await save('id,a,c\n1,x,\n2,y,\n3,z,\n5,n,C5\n')
      await onBase('id,a,d\n1,x,\n2,y,\n3,z,\n5,n,D5\n')
      expect(await now()).toBe('id,a,c,d\n1,x,,\n2,y,,\n3,z,,\n5,n,C5,D5\n')
    })
    test.for(['ours', 'theirs'] as const)(
      'the policy %s decides the cell that both have, and no other',
      async (side) => {
        await save('id,a,c\n1,x,\n2,y,\n3,z,\n5,ours,C5\n')
        await onBase('id,a,d\n1,x,\n2,y,\n3,z,\n5,theirs,D5\n', { onConflict: side })
        expect(await now()).toBe(`id,a,c,d\n1,x,,\n2,y,,\n3,z,,\n5,${side},C5,D5\n`)
      },
    )

    describe('saves that give a new column other types', () => {
      test.for([
        ['0.50', '0.500'],
        ['0.50', '3'],
        ['3', '0.50'],
        ['0.500', 'x'],
      ])('%s and then %s: both land, as they were written', async ([one, two]) => {
        await save(`id,a,c\n1,x,${one}\n2,y,\n3,z,\n`)
        const before = await database.schema('foo')
        const saving = onBase(`id,a,c\n1,x,\n2,y,${two}\n3,z,\n`)
        const action = await saving
        expect(action).toMatchObject({ changed: true, merged: true })
        expect(await now()).toBe(`id,a,c\n1,x,${one}\n2,y,${two}\n3,z,\n`)
        expect(await database.schema('foo')).toEqual(before)
        expect(await now({ at: action.fileCommit! })).toBe(`id,a,c\n1,x,\n2,y,${two}\n3,z,\n`)
      })
      test('again and again, beside a column of each side, and a pinned type that stays a conflict', async () => {
        await save('id,a,c,d\n1,x,1,D\n2,y,,\n3,z,,\n')
        const { fileCommit } = await onBase('id,a,e,c\n1,x,,\n2,y,E,two\n3,z,,\n')
        expect(await now()).toBe('id,a,c,d,e\n1,x,1,D,\n2,y,two,,E\n3,z,,,\n')
        await database.createBranch('theirs', fileCommit!)
        await save('id,a,e,c\n1,x,,\n2,y,E,2\n3,z,Z,3.5\n', { branch: 'theirs' })
        await database.merge('theirs')
        expect(await now()).toBe('id,a,c,d,e\n1,x,1,D,\n2,y,2,,E\n3,z,3.5,,Z\n')
        await save('id,a,f\n1,x,1\n2,y,\n3,z,\n', { branch: { new: 'f', from: base }, types: { f: 'integer' } })
        await save('id,a,f\n1,x,t\n2,y,\n3,z,\n', { branch: { new: 'g', from: base }, types: { f: 'text' } })
        expect((await refusal(database.merge('f', { into: 'g' }))).code).toBe('SCHEMA_CONFLICT')
      })
      test('columns in another order, and one more', async () => {
        await save('id,a,c,d\n1,x,0.50,1\n2,y,,\n3,z,,\n')
        await onBase('id,a,e,d,c\n1,x,E,,\n2,y,,2,0.75\n3,z,,,\n')
        expect(await now()).toBe('id,a,c,d,e\n1,x,0.50,1,E\n2,y,0.75,2,\n3,z,,,\n')
      })
      test('into a pinned type, where it takes the cells', async () => {
        await save('id,a,c\n1,x,1\n2,y,\n3,z,\n', { types: { c: 'integer' } })
        await onBase('id,a,c\n1,x,\n2,y,2\n3,z,\n')
        expect(await now()).toBe('id,a,c\n1,x,1\n2,y,2\n3,z,\n')
        expect((await refusal(onBase('id,a,c\n1,x,\n2,y,word\n3,z,\n'))).code).toBe('SCHEMA_CONFLICT')
      })
      test('first saves of one table', async () => {
        const made = (text: string) =>
          bench.save(database, 'new', text, { key: 'id', branch: { from: base, mergeTo: 'main' } })
        await made('id,c\n1,0.50\n')
        await made('id,c\n2,0.500\n')
        await made('c,id\nthree,3\n')
        expect(await bench.text(database, 'new')).toBe('id,c\n1,0.50\n2,0.500\n3,three\n')
      })
    })
  })
}
