import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database, SqlParameters, Value } from '../../../dist/index.js'
import { Bench, collect, describeOf, refusal, rowsOf, type EngineUnderTest } from '../bench.ts'

export function queryContract(engine: EngineUnderTest): void {
  test.skipIf(engine.lacks?.queries === undefined)(
    `a query is refused, with the reason, by an engine that runs none${engine.lacks?.queries === undefined ? ' (not here: it runs them)' : ''}`,
    async () => {
      const bench = new Bench(engine)
      const database = await bench.open()
      await bench.save(database, 'foo', 'id\n1\n', { key: 'id' })
      const path = bench.file('as it was')
      const error = await refusal(database.load({ sql: 'SELECT * FROM foo' }, path))
      expect(error).toMatchObject({ code: 'SQL_FAILED', data: { reason: engine.lacks!.queries } })
      expect(readFileSync(path, 'utf8')).toBe('as it was')
      expect((await refusal(rowsOf(database.rows({ sql: 'SELECT 1' })))).code).toBe('SQL_FAILED')
      await bench.end()
    },
  )
  describeOf(engine, 'queries', 'queries with parameters', () => {
    const bench = new Bench(engine)
    let database: Database
    beforeAll(async () => {
      database = await bench.open()
      await bench.save(database, 'foo', "id,a\n1,x\n2,it's ?\n3,007\n", { key: 'id' })
      await database.createTag('first')
      await bench.save(database, 'foo', 'id,a\n1,later\n')
    })
    afterAll(() => bench.end())
    const rows = (sql: string, parameters?: SqlParameters) =>
      rowsOf(database.rows({ sql, ...(parameters && { parameters }) }, { at: 'first' }))

    test('by place and by name, at a ref', async () => {
      expect(await rows('SELECT id FROM foo WHERE id > ? AND id < ? ORDER BY id', [1, 3])).toEqual([[2]])
      expect(await rows('SELECT id FROM foo WHERE id = :n OR id + 1 = :n ORDER BY id', { n: 2 })).toEqual([[1], [2]])
      expect(await rowsOf(database.rows({ sql: 'SELECT a FROM foo WHERE id = ?', parameters: [1] }))).toEqual([
        ['later'],
      ])
      expect(
        await bench.text(database, { sql: 'SELECT a FROM foo WHERE id = :id', parameters: { id: 2 } }, { at: 'first' }),
      ).toBe("a\nit's ?\n")
    })
    test('values are values, never SQL', async () => {
      expect(await rows('SELECT id FROM foo WHERE a = ?', ["it's ?"])).toEqual([[2]])
      expect(await rows('SELECT id FROM foo WHERE a = ?', ["x' OR '1'='1"])).toEqual([])
      expect(await rows("SELECT id, '?' AS q, ':n' AS n FROM foo WHERE a = :n -- :m ?\n", { n: 'x' })).toEqual([
        [1, '?', ':n'],
      ])
      expect(await rows('SELECT a FROM foo /* ? */ WHERE id = ?', [3])).toEqual([['007']])
    })
    test('numbers to 64 bits, reals, text and null come back as they are', async () => {
      const values = [7, -0.25, 2n ** 62n, '007', '', 'é\n"']
      const columns = values.map((_, index) => `? AS v${index}`).join(', ')
      expect(await rows(`SELECT ${columns}`, values)).toEqual([values])
      expect(await rows('SELECT count(*) AS n FROM foo WHERE ? IS NULL', [null])).toEqual([[3]])
    })
    test('columns of one name are told apart; bytes are Base64', async () => {
      const sql = "SELECT a.id, b.id, x'ff00' AS bytes FROM foo a JOIN foo b ON a.id = b.id ORDER BY 1"
      expect(await bench.text(database, { sql })).toBe('id,id:1,bytes\n1,1,/wA=\n')
    })
    test('what does not fit is refused before anything is read', async () => {
      const refused: [string, SqlParameters | undefined][] = [
        ['SELECT ?', undefined],
        ['SELECT ?', []],
        ['SELECT ?', [1, 2]],
        ['SELECT ?', { a: 1 }],
        ['SELECT :a', [1]],
        ['SELECT :a', {}],
        ['SELECT :a', { a: 1, b: 2 }],
        ['SELECT :toString', {}],
        ['SELECT 1', { a: 1 }],
        ['SELECT ?', [undefined as never]],
        ['SELECT ?', [Number.NaN]],
        ['SELECT ?', [{} as never]],
        ['SELECT ?', [true as never]],
      ]
      for (const [sql, parameters] of refused)
        expect([sql, parameters, (await refusal(rows(sql, parameters))).code]).toEqual([
          sql,
          parameters,
          'OPTION_INVALID',
        ])
      await expect(
        collect(database.rows({ sql: 'DELETE FROM foo WHERE id = ?', parameters: [1] })),
      ).rejects.toMatchObject({ code: 'SQL_FAILED' })
    })
    // Fault: 2n ** 64n + 1n found the row 1.
    test('a whole number of 64 bits is bound as it is, a longer one is refused, and its text finds the cell', async () => {
      const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]
      const longer = 2n ** 64n + 1n
      await bench.save(database, 'long', `id,n\na,${least}\nb,${most}\nc,${longer}\nd,1\n`, { key: 'id' })
      const find = (parameter: Value) =>
        rowsOf(database.rows({ sql: 'SELECT id FROM `long` WHERE n = ?', parameters: [parameter] }))
      expect([await find(least), await find(most), await find(String(longer))]).toEqual([[['a']], [['b']], [['c']]])
      for (const value of [longer, most + 1n, least - 1n]) {
        const error = await refusal(find(value))
        expect(error).toMatchObject({ code: 'OPTION_INVALID', data: { option: 'parameters' } })
        expect(error.message).toContain(`Give it as text, '${value}'`)
      }
      const where = { where: 'n = :n', parameters: { n: longer } }
      expect((await refusal(database.deleteRows('long', where))).code).toBe('OPTION_INVALID')
    })
    test('the record has the query and its parameters', async () => {
      const sql = 'SELECT * FROM foo WHERE id = :id AND a <> :big'
      const loaded = await database.load({ sql, parameters: { id: 1, big: 2n ** 60n } }, bench.path(), {
        run: 'reader',
      })
      expect(loaded).toMatchObject({ sql, parameters: { id: 1, big: String(2n ** 60n) }, rows: 1 })
      expect(await database.actions({ run: 'reader' })).toEqual([loaded])
    })
  })
}
