import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadAddon } from '../../dist/engines/doltlite/connection/addon.js'
import { FUNCTIONS } from '../../dist/engines/doltlite/queries/functions.js'
import type { Database } from '../../dist/index.js'
import { Bench, refusal, rowsOf } from '../contract/bench.ts'
import { commandLines } from '../contract/processes.ts'
import { runs } from '../properties/runs.ts'
import { doltliteUnderTest } from './doltlite-under-test.ts'

/* Fault: `dolt_commit(…), dolt_remote(…), dolt_push(…)` in a query wrote a file anywhere, and one that never ended lived on. */

/** What the engine can do besides computing. A new version's functions are to be looked at before they are allowed. */
const REFUSED = `active_branch bm25 changes dolt_add dolt_branch dolt_checkout dolt_cherry_pick dolt_clean dolt_clone dolt_commit
  dolt_config dolt_conflicts_resolve dolt_connect_branch dolt_creds dolt_creds_new dolt_default_branch dolt_fetch dolt_gc
  dolt_hashof dolt_hashof_catalog dolt_hashof_db dolt_hashof_index dolt_hashof_table dolt_merge dolt_merge_base dolt_pull
  dolt_push dolt_rebase dolt_remote dolt_reset dolt_revert dolt_tag dolt_verify_constraints dolt_version doltlite_engine fts5
  fts5_get_locale fts5_insttoken fts5_locale fts5_source_id highlight last_insert_rowid load_extension match rtreecheck
  rtreedepth rtreenode snippet sqlite_compileoption_get sqlite_compileoption_used sqlite_log sqlite_source_id sqlite_version
  total_changes`

describe.skipIf(doltliteUnderTest.missing() !== undefined)('queries of the embedded engine', () => {
  const bench = new Bench(doltliteUnderTest)
  let url: string
  let database: Database
  beforeAll(async () => {
    url = bench.url()
    database = await bench.open(url)
    await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n', { key: 'id' })
    await bench.save(database, 'loose', 'n\n1\n1\n')
  })
  afterAll(() => bench.end())
  const ask = (sql: string) => refusal(database.rows({ sql }))
  const engine = (path: string) => new (loadAddon().DatabaseSync)(path)

  test('each function of the engine is allowed or refused', () => {
    const memory = engine(':memory:')
    const names = memory.prepare('SELECT DISTINCT name FROM pragma_function_list').all() as { name: string }[]
    memory.close()
    const refused = names.map(({ name }) => name).filter((name) => !FUNCTIONS.has(name))
    expect(refused.toSorted()).toEqual(REFUSED.split(/\s+/).toSorted())
  })

  test('each virtual table of the engine is refused, but for those of JSON', async () => {
    const memory = engine(':memory:')
    const modules = memory.prepare('SELECT name FROM pragma_module_list').all() as { name: string }[]
    const pragmas = memory.prepare('PRAGMA pragma_list').all() as { name: string }[]
    memory.close()
    const names = [...modules.map(({ name }) => name), ...pragmas.map(({ name }) => `pragma_${name}`)]
    expect(names.length).toBeGreaterThan(60)
    for (const name of names) {
      if (/^json_(each|tree)$/.test(name)) continue
      const { code, message } = await ask(`SELECT * FROM ${name}`)
      expect([name, code, message.includes(name)]).toEqual([name, 'SQL_FAILED', true])
    }
    expect(await rowsOf(database.rows({ sql: "SELECT value FROM json_each('[3,4]')" }))).toEqual([[3], [4]])
    expect(await rowsOf(database.rows({ sql: "SELECT atom FROM json_tree('[3]') WHERE atom > 0" }))).toEqual([[3]])
  })

  test('what a view or a column of another program calls is refused', async () => {
    const path = bench.url()
    const other = await bench.open(path)
    await bench.save(other, 'foo', 'id\n1\n', { key: 'id' })
    const program = engine(path)
    program.exec("CREATE VIEW harmless AS SELECT dolt_hashof('main') AS h FROM foo")
    program.exec('CREATE VIEW history AS SELECT * FROM dolt_log')
    program.exec('CREATE VIEW fine AS SELECT upper(id) AS u FROM foo')
    program.prepare("SELECT dolt_commit('-A', '-m', 'views')").get()
    program.close()
    expect((await refusal(other.rows({ sql: 'SELECT * FROM harmless' }))).data['function']).toBe('dolt_hashof')
    expect((await refusal(other.rows({ sql: 'SELECT * FROM history' }))).code).toBe('SQL_FAILED')
    expect(await rowsOf(other.rows({ sql: 'SELECT * FROM fine' }))).toEqual([['1']])
  })

  test('however it is written', async () => {
    const folder = dirname(url)
    const state = async () => [await database.branches({ all: true }), await database.remotes()]
    const files = readdirSync(folder)
    const before = await state()
    const space = fc.constantFrom(' ', '\n', '\t', '/**/', '/* ; */', '-- x\n')
    const quotes = fc.constantFrom(['', ''], ['"', '"'], ['`', '`'], ['[', ']'])
    const attack = fc.constantFrom(
      ["dolt_remote('add','o','file:///nowhere/evil')", 'dolt_remote', 'call'],
      ["dolt_commit('-A','-m','x')", 'dolt_commit', 'call'],
      ["load_extension('evil')", 'load_extension', 'call'],
      ['dolt_log', 'dolt_log', 'table'],
      ['pragma_database_list', 'pragma_database_list', 'table'],
      ['sqlite_schema', 'sqlite_schema', 'table'],
      ['dolt_remotes', 'dolt_remotes', 'table'],
    ) as fc.Arbitrary<[string, string, 'call' | 'table']>
    const around = fc.constantFrom(
      (query: string) => query,
      (query: string) => `SELECT * FROM (${query})`,
      (query: string) => `WITH c AS (${query}) SELECT * FROM c`,
      (query: string) => `SELECT CASE WHEN id < 0 THEN (${query}) END FROM foo`,
      (query: string) => `SELECT id FROM foo WHERE id = (${query})`,
      (query: string) => `SELECT 1 UNION ALL ${query}`,
      (query: string) => `SELECT 1 AS json_each, (SELECT count(x) FROM (${query})) AS n`,
      (query: string) => `SELECT * FROM json_each('[1]') j, (${query})`,
    )
    await fc.assert(
      fc.asyncProperty(attack, around, quotes, space, fc.boolean(), async ([text, name, kind], wrap, [l, r], s, up) => {
        const word = `${l}${up ? name.toUpperCase() : name}${r}`
        const named = `${word}${s}${text.slice(name.length)}`
        const query = kind === 'call' ? `SELECT${s}${named} AS x` : `SELECT${s}1 AS x FROM${s}${named}`
        const error = await ask(wrap(query))
        expect([error.code, error.message.toLowerCase().includes(name)]).toEqual(['SQL_FAILED', true])
      }),
      { ...runs('queries'), numRuns: 150 },
    )
    expect(await state()).toEqual(before)
    // Locks and leases may have gone meanwhile.
    expect(readdirSync(folder).filter((name) => !files.includes(name))).toEqual([])
    expect(existsSync('/nowhere')).toBe(false)
  })

  test('names and texts that only look like it are what they are', async () => {
    const sql = `SELECT 'dolt_commit(1)' AS "dolt_push(x)", a AS dolt_log, "json_each".id AS [load_extension] -- dolt_gc()
      FROM foo AS json_each ORDER BY id /* sqlite_schema */`
    expect(await rowsOf(database.rows({ sql }))).toEqual([
      ['dolt_commit(1)', 'x', 1],
      ['dolt_commit(1)', 'y', 2],
    ])
  })

  describe('memory', () => {
    const numbers = (most: number) =>
      `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${most})`
    const limited = (sql: string, maxMemory?: number) =>
      rowsOf(database.rows({ sql }, maxMemory === undefined ? {} : { maxMemory }))

    test.for([
      ['one long text', `${numbers(100_000)} SELECT length(group_concat(printf('%01000d', n))) FROM c`],
      ['one large blob', 'SELECT length(zeroblob(900000000) || zeroblob(1))'],
      ['a cell that is given', "SELECT replace(hex(zeroblob(40000000)), '0', 'ab') AS x"],
      ['a page of large cells', `${numbers(300)} SELECT hex(zeroblob(1000000)) AS x FROM c`],
    ] as const)('%s', async ([, sql]) => {
      const { code, message } = await refusal(limited(sql, 64))
      expect([code, message]).toEqual(['QUERY_LIMIT', expect.stringContaining('64 MB')])
    })

    test('many rows need little: they are on disk', async () => {
      const sql = `${numbers(300_000)} SELECT count(DISTINCT n % 100000) AS d, count(*) AS c FROM c ORDER BY 1`
      expect(await limited(sql, 32)).toEqual([[100_000, 300_000]])
    })
  })

  describe('one that never ends', () => {
    const endless = 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c'
    const readers = (path: string) => commandLines().filter((line) => line.includes('reader.js') && line.includes(path))
    const until = async (isSo: () => boolean) => {
      const since = performance.now()
      while (!isSo()) {
        if (performance.now() - since > 60_000) throw new Error('it never came')
        await setTimeout(10)
      }
    }

    test('ends with the signal of its caller', async () => {
      const path = bench.url()
      const other = await bench.open(path)
      await bench.save(other, 'foo', 'id\n1\n', { key: 'id' })
      const stop = new AbortController()
      const asking = refusal(other.rows({ sql: endless }, { signal: stop.signal }))
      await until(() => readers(path).length > 0)
      await setTimeout(300)
      stop.abort()
      expect(await asking).toMatchObject({ code: 'ABORTED', retryable: true })
      await until(() => readers(path).length === 0)
      expect(await rowsOf(other.rows({ sql: 'SELECT count(*) FROM foo' }))).toEqual([[1]])
    })

    test('ends with its database, and so does one that is kept', async () => {
      const path = bench.url()
      const other = await bench.open(path)
      await bench.save(other, 'foo', 'id\n1\n', { key: 'id' })
      const asking = refusal(other.rows({ sql: endless }))
      await until(() => readers(path).length > 0)
      await rowsOf(other.rows({ sql: 'SELECT 1' }))
      expect(readers(path)).toHaveLength(2)
      await setTimeout(300)
      await other.close({ abort: true })
      expect((await asking).code).toBe('ABORTED')
      expect(readers(path)).toEqual([])
    })

    test.for(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('ends with a process that is ended by %s', async (signal) => {
      const path = bench.url()
      const other = await bench.open(path)
      await bench.save(other, 'foo', 'id\n1\n', { key: 'id' })
      await other.close()
      const main = join(import.meta.dirname, '../../dist/bin/doltflow.js')
      const child = spawn(process.execPath, [main, 'load', '--db', path, '--sql', endless, '-'], { stdio: 'ignore' })
      const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
      await until(() => readers(path).length > 0)
      await setTimeout(300)
      child.kill(signal)
      expect(await ended).toBe({ SIGTERM: 143, SIGINT: 130, SIGKILL: null }[signal])
      await until(() => readers(path).length === 0)
    })
  })
})
