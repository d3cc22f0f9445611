import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database, SaveOptions } from '../../../dist/index.js'
import { Bench, type EngineUnderTest } from '../bench.ts'

const NA = { text: { nulls: ['NA'] } }

export function nullTextContract(engine: EngineUnderTest): void {
  describe('texts that are NULL', () => {
    const bench = new Bench(engine)
    let database: Database
    beforeEach(async () => {
      database = await bench.open()
      await bench.save(database, 'foo', 'id,a\n1,NA\n2,x\n', { key: 'id', ...NA })
    })
    afterAll(() => bench.end())
    const save = (text: string, options: SaveOptions = {}) => bench.save(database, 'foo', text, options)
    const now = (table = 'foo') => bench.text(database, table)

    // The next save without --null made the text NA of every NULL.
    test('are so in the next save, too, which changes nothing', async () => {
      expect(await save('id,a\n1,NA\n2,x\n')).toMatchObject({ changed: false, parameters: { nulls: ['NA'] } })
      expect(await save('id,a\n2,x\n1,NA\n')).toMatchObject({ changed: false, parameters: { nulls: ['NA'] } })
      expect(await save('id,a\n1,NA\n3,NA\n', { mode: 'upsert' })).toMatchObject({ added: 1, modified: 0 })
      expect(await now()).toBe('id,a\n1,\n2,x\n3,\n')
    })
    test('are so for each new column and format, and on a new branch', async () => {
      await save('id,a,b\n1,NA,NA\n2,x,y\n')
      const file = bench.file('{"id":1,"a":"NA","b":"z"}\n', 'jsonl')
      await database.save('foo', file, { mode: 'upsert', branch: { new: 'side' } })
      expect(await bench.text(database, 'foo', { at: 'side' })).toBe('id,a,b\n1,,z\n2,x,y\n')
      expect(await now()).toBe('id,a,b\n1,,\n2,x,y\n')
    })
    test('end with others, or with none', async () => {
      await save('id,a\n1,-\n2,NA\n', { text: { nulls: ['-'] } })
      expect(await now()).toBe('id,a\n1,\n2,NA\n')
      await save('id,a\n1,-\n2,NA\n', { text: { nulls: [] } })
      expect(await now()).toBe('id,a\n1,-\n2,NA\n')
      expect(await save('id,a\n1,-\n2,NA\n')).toMatchObject({ changed: false, parameters: null })
    })
    test('are of one table alone, and not of a new one of its name', async () => {
      await bench.save(database, 'bar', 'id,a\n1,NA\n', { key: 'id' })
      expect(await now('bar')).toBe('id,a\n1,NA\n')
      await database.drop('foo')
      await save('id,a\n1,NA\n', { key: 'id' })
      expect(await now()).toBe('id,a\n1,NA\n')
    })
    const isQuick = engine.name === 'memory'
    const why = isQuick ? '' : ' (not here: sixty saves take long)'
    test.runIf(isQuick)(`are so after many commits of other tables${why}`, async () => {
      for (let row = 0; row < 60; row++) await bench.save(database, 'other', `id\n${row}\n`, { key: 'id' })
      expect(await save('id,a\n1,NA\n2,x\n')).toMatchObject({ changed: false })
    })
    test('are of each table of one save, and stand in its commit', async () => {
      const files = { one: bench.file('id,a\n1,NA\n'), two: bench.file('id,a\n1,?\n') }
      await database.saveAll(files, { key: 'id', tables: { one: NA, two: { text: { nulls: ['?'] } } } })
      await bench.save(database, 'one', 'id,a\n1,NA\n2,?\n')
      await bench.save(database, 'two', 'id,a\n1,NA\n2,?\n')
      expect([await now('one'), await now('two')]).toEqual(['id,a\n1,\n2,?\n', 'id,a\n1,NA\n2,\n'])
      expect((await database.show('HEAD')).commit.trailers['Doltflow-Null']).toBe('["?"]')
    })
  })
}
