import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

export function keyContract(engine: EngineUnderTest): void {
  describe('keys', () => {
    const bench = new Bench(engine)
    let database: Database
    beforeAll(async () => {
      database = await bench.open()
      await bench.save(database, 'one', 'id,a\n1,x\n', { key: 'id' })
      await bench.save(database, 'two', 'a,b,c\n1,2,x\n1,3,y\n', { key: ['b', 'a'] })
    })
    afterAll(() => bench.end())
    const refused = (table: string, text: string, options = {}) => refusal(bench.save(database, table, text, options))

    test('a string is one column, whatever is in it; a list several, in its order', async () => {
      await bench.save(database, 'odd', '"a,b",c\n1,2\n', { key: 'a,b' })
      expect((await database.schema('odd'))?.key).toEqual(['a,b'])
      expect((await database.schema('two'))?.key).toEqual(['b', 'a'])
    })
    test('the source has it', async () => {
      expect(await refused('new', 'id,a\n1,x\n', { key: 'ID' })).toMatchObject({
        code: 'COLUMN_MISSING',
        data: { column: 'ID' },
      })
      for (const key of ['', [], ['id', 'id'], ['']])
        expect((await refused('new', 'id,a\n1,x\n', { key })).code).toBe('OPTION_INVALID')
      expect(await database.schema('new')).toBeUndefined()
    })
    test('it is pinned: another is refused, the same is not', async () => {
      expect(await refused('one', 'id,a\n1,x\n', { key: 'a' })).toMatchObject({
        code: 'KEY_CHANGED',
        data: { tableKey: ['id'] },
      })
      expect((await refused('two', 'a,b,c\n1,2,x\n', { key: ['a', 'c'] })).code).toBe('KEY_CHANGED')
      expect((await refused('two', 'a,b,c\n1,2,x\n', { key: 'a' })).code).toBe('KEY_CHANGED')
      expect((await bench.save(database, 'one', 'id,a\n1,x\n', { key: 'id' })).changed).toBe(false)
    })
    test('in another order it is the same, but with another schema', async () => {
      const other = { key: ['a', 'b'] }
      const rows = await bench.text(database, 'two')
      expect((await bench.save(database, 'two', rows, other)).changed).toBe(false)
      expect((await database.schema('two'))?.key).toEqual(['b', 'a'])
      expect((await bench.save(database, 'two', 'a,b,c\n9,9,x\n', { ...other, mode: 'upsert' })).added).toBe(1)
      await bench.save(database, 'two', rows, { ...other, schema: 'replace' })
      expect((await database.schema('two'))?.key).toEqual(['a', 'b'])
    })
    test('no value: the line', async () => {
      expect(await refused('one', 'id,a\n1,x\n,y\n')).toMatchObject({
        code: 'KEY_NULL',
        data: { line: 3, column: 'id' },
      })
      expect(await refused('two', 'a,b,c\n"1\n1",2,"x\n\ny"\n1,,z\n')).toMatchObject({
        code: 'KEY_NULL',
        data: { line: 6, column: 'b' },
      })
      expect((await refused('new', 'id,a\n1,x\nNA,y\n', { key: 'id', text: { nulls: ['NA'] } })).code).toBe('KEY_NULL')
      // The empty text is a value.
      expect((await bench.save(database, 'empty', 'id,a\n"",y\n', { key: 'id' })).rows).toBe(1)
    })
    test.for(['replace', 'append', 'upsert'] as const)('twice in the source (%s): both lines', async (mode) => {
      const error = await refused('one', 'id,a\n5,"two\nlines"\n6,y\n5,z\n', { mode })
      expect(error).toMatchObject({ code: 'KEY_DUPLICATE', data: { line: 5, key: { id: '5' } } })
      expect(error.message).toContain('line 2')
    })
    test('twice, in several files: the file and the line of the second', async () => {
      const files = ['id,a\n5,"x\n"\n6,y\n', 'id,a\n7,"p\nq"\n6,z\n'].map((text) => bench.file(text))
      const error = await refusal(database.save('one', files))
      expect(error).toMatchObject({ code: 'KEY_DUPLICATE', data: { source: 1, line: 4 } })
      expect(error.message).toContain(files[0])
      expect(error.message).toContain(files[1])
      const empty = [bench.file('id,a\n5,x\n'), bench.file('id,a\n\n,y\n')]
      expect(await refusal(database.save('one', empty))).toMatchObject({
        code: 'KEY_NULL',
        data: { source: 1, line: 3 },
      })
    })
    test('append of a key that is there: its line', async () => {
      expect(await refused('one', 'id,a\n2,new\n\n1,there\n', { mode: 'append' })).toMatchObject({
        code: 'KEY_EXISTS',
        data: { line: 4, key: { id: '1' } },
      })
      expect(await bench.text(database, 'one')).toBe('id,a\n1,x\n')
    })
    test('keys are values: 1, 1.0 and 01 are three, and so are "", a space and NUL-free texts', async () => {
      const text = 'id,a\n1,x\n01,y\n1.0,z\n"",e\n" ",s\n'
      expect((await bench.save(database, 'texts', text, { key: 'id' })).rows).toBe(5)
      expect((await refused('texts', 'id,a\n01,x\n01,y\n')).code).toBe('KEY_DUPLICATE')
    })
  })
}
