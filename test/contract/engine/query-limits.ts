import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database, RowsOptions } from '../../../dist/index.js'
import { Bench, collect, describeOf, refusal, rowsOf, type EngineUnderTest } from '../bench.ts'

export function queryLimitsContract(engine: EngineUnderTest): void {
  describeOf(engine, 'queries', 'what a query may do', () => {
    const bench = new Bench(engine)
    let database: Database
    beforeAll(async () => {
      database = await bench.open()
      await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n3,z\n', { key: 'id' })
      await bench.save(database, 'loose', 'n,t\n1,"{""k"":[1,2]}"\n1,"{""k"":[1,2]}"\n')
    })
    afterAll(() => bench.end())
    const rows = (sql: string) => rowsOf(database.rows({ sql }))
    const state = async () => [
      await database.branches({ all: true }),
      await database.remotes(),
      await database.tags(),
      await database.log(),
      (await database.status()).dirty,
      await bench.text(database, 'foo'),
    ]

    test('it writes nothing, reads no file and no other table, and speaks to nobody', async () => {
      const before = await state()
      const file = bench.path('evil')
      for (const [sql, named] of engine.attacks(file)) {
        for (const way of [() => rows(sql), () => bench.text(database, { sql })]) {
          const { code, message } = await refusal(way())
          expect([sql, code, message.toLowerCase().includes(named.toLowerCase())]).toEqual([sql, 'SQL_FAILED', true])
        }
      }
      expect(existsSync(file)).toBe(false)
      expect(await state()).toEqual(before)
    })

    test('it computes as ever', async () => {
      const honest: [sql: string, expected: unknown[][]][] = [
        [
          'SELECT f.id, g.a FROM foo f JOIN foo g ON g.id = f.id + 1 ORDER BY 1',
          [
            [1, 'y'],
            [2, 'z'],
          ],
        ],
        ['SELECT f.id FROM foo f LEFT JOIN foo g ON g.id = f.id + 1 WHERE g.id IS NULL', [[3]]],
        ['WITH c AS (SELECT max(id) AS m FROM foo) SELECT a FROM foo, c WHERE id = m', [['z']]],
        [
          'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT count(*) AS s FROM c',
          [[5]],
        ],
        [
          'SELECT id, row_number() OVER (ORDER BY id DESC) AS r FROM foo ORDER BY id',
          [
            [1, 3],
            [2, 2],
            [3, 1],
          ],
        ],
        [
          'SELECT count(*) AS c, min(a) AS l, max(a) AS h FROM foo WHERE id IN (SELECT id FROM foo WHERE id > 1)',
          [[2, 'y', 'z']],
        ],
        ['SELECT n, count(*) AS c FROM loose GROUP BY n HAVING count(*) > 1', [[1, 2]]],
        ["SELECT DISTINCT json_extract(t, '$.k[1]') AS j FROM loose", [[2]]],
        [
          "SELECT id FROM foo WHERE a LIKE 'x%' UNION ALL SELECT id FROM foo WHERE a BETWEEN 'z' AND 'zz' ORDER BY id",
          [[1], [3]],
        ],
        [
          "SELECT CASE WHEN id = 1 THEN upper(a) ELSE concat(a, '!') END AS c FROM foo WHERE id < 3 ORDER BY id",
          [['X'], ['y!']],
        ],
        ['SELECT (SELECT a FROM foo WHERE id = 2) AS a, EXISTS (SELECT 1 FROM foo) AS e', [['y', 1]]],
        [
          "SELECT length(replace(trim('  dolt_commit(1) '), '(', '')) AS n, coalesce(NULL, 'load_file') AS c",
          [[13, 'load_file']],
        ],
        ["SELECT date('2024-02-29') AS d", [['2024-02-29']]],
        [
          "SELECT 'SELECT * FROM mysql.user; ' AS text, id AS \u0060odd name\u0060 FROM foo WHERE id = 1 -- dolt_log\n",
          [['SELECT * FROM mysql.user; ', 1]],
        ],
      ]
      for (const [sql, expected] of honest) expect([sql, await rows(sql)]).toEqual([sql, expected])
    })

    describe('limits', () => {
      const limited = (sql: string, options: Omit<RowsOptions, 'as'>) => rowsOf(database.rows({ sql }, options))

      test('a time', async () => {
        const file = bench.file('as it was\n')
        const what = { sql: engine.endless }
        expect(await refusal(limited(what.sql, { timeout: 500 }))).toMatchObject({
          code: 'QUERY_TIMEOUT',
          retryable: false,
          data: { timeout: 500 },
        })
        expect((await refusal(database.load(what, file, { timeout: 500 }))).code).toBe('QUERY_TIMEOUT')
        expect(readFileSync(file, 'utf8')).toBe('as it was\n')
        const signal = AbortSignal.abort()
        expect((await refusal(limited(what.sql, { timeout: 60_000, signal }))).code).toBe('ABORTED')
        expect(await limited('SELECT id FROM foo WHERE id = 1', { timeout: 60_000 })).toEqual([[1]])
        expect(await bench.text(database, 'foo', { timeout: 60_000 })).toBe('id,a\n1,x\n2,y\n3,z\n')
      })

      test('a number of rows, of a query and of a table', async () => {
        const sql = 'SELECT id FROM foo ORDER BY id DESC'
        expect(await limited(sql, { maxRows: 3 })).toEqual([[3], [2], [1]])
        expect(await limited('SELECT id FROM foo WHERE id > 5', { maxRows: 0 })).toEqual([])
        expect(await rowsOf(database.rows('foo', { maxRows: 3 }))).toHaveLength(3)
        const file = bench.path()
        const folder = bench.path()
        for (const refused of [
          refusal(limited(sql, { maxRows: 2 })),
          refusal(database.rows('foo', { maxRows: 2 })),
          refusal(database.load({ sql }, file, { maxRows: 2 })),
          refusal(database.load('foo', file, { maxRows: 2 })),
          refusal(database.loadAll(folder, { maxRows: 2 })),
        ])
          expect((await refused).code).toBe('QUERY_LIMIT')
        expect([existsSync(file), readdirSync(folder)]).toEqual([false, []])
      })

      test('a number of rows ends one that gives rows for ever', async () => {
        const sql = engine.endless.replace('count(*)', '1')
        expect((await refusal(limited(sql, { maxRows: 10_000 }))).code).toBe('QUERY_LIMIT')
      })

      test('what is no limit is refused', async () => {
        const wrong = [0, -1, 1.5, Number.NaN, Infinity, '5' as never, null as never, 2 ** 40]
        for (const timeout of wrong) {
          expect((await refusal(limited('SELECT 1', { timeout }))).code).toBe('OPTION_INVALID')
          expect((await refusal(database.load('foo', bench.path(), { timeout }))).code).toBe('OPTION_INVALID')
        }
        expect((await refusal(limited('SELECT 1', { maxRows: -1 }))).code).toBe('OPTION_INVALID')
        expect((await refusal(limited('SELECT 1', { maxMemory: 0 }))).code).toBe('OPTION_INVALID')
      })
    })

    describe('one that never ends', () => {
      test.for([
        ['rows', (signal: AbortSignal) => collect(database.rows({ sql: engine.endless }, { signal }))],
        ['a file', (signal: AbortSignal) => database.load({ sql: engine.endless }, bench.path(), { signal })],
        [
          'a Parquet file',
          (signal: AbortSignal) => database.load({ sql: engine.endless }, bench.path('parquet'), { signal }),
        ],
      ] as const)('into %s ends with the signal of its caller', async ([, work]) => {
        const stop = new AbortController()
        const refused = refusal(work(stop.signal))
        await setTimeout(1000)
        stop.abort()
        expect(await refused).toMatchObject({ code: 'ABORTED', retryable: true })
        expect(await rows('SELECT count(*) AS n FROM foo')).toEqual([[3]])
      })

      test('ends with its database', async () => {
        const url = bench.url()
        const other = await bench.open(url)
        await bench.save(other, 'foo', 'id\n1\n2\n3\n', { key: 'id' })
        const refused = refusal(other.rows({ sql: engine.endless }))
        await setTimeout(1000)
        await other.close({ abort: true })
        expect((await refused).code).toBe('ABORTED')
      })
    })
  })
}
