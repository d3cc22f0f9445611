import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LocalServer } from '../../dist/engines/dolt/server/local-server.js'
import type { Database } from '../../dist/index.js'
import { Bench, collect, refusal, rowsOf } from '../contract/bench.ts'
import { doltUnderTest, missingDolt } from './dolt-server.ts'

/* The text of a query is looked through; on our own server nothing would come of it, either, if that were evaded. */

describe.skipIf(missingDolt() !== undefined)('queries of a local Dolt server', () => {
  const bench = new Bench({
    ...doltUnderTest,
    name: 'dolt',
    url: (folder) => `dolt:${join(folder, 'data')}`,
    readOnly: [],
    oddUrls: () => [],
  })
  let database: Database
  let server: LocalServer
  let address: Awaited<ReturnType<LocalServer['address']>>
  beforeAll(async () => {
    const url = bench.url()
    database = await bench.open(url)
    await bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id' })
    // The reader is made by the first query.
    await rowsOf(database.rows({ sql: 'SELECT a FROM foo' }))
    server = new LocalServer(url.slice('dolt:'.length))
    address = await server.address()
  })
  afterAll(async () => {
    server?.leave()
    await bench.end()
  })
  const as = (user: string) =>
    createConnection({ socketPath: address.socketPath!, user, password: address.password, database: address.database })

  test('its reader has no right but to read the database', async () => {
    const reader = await as('doltflow_reader')
    const [rows] = await reader.query('SELECT a FROM foo')
    expect(rows).toEqual([{ a: 'x' }])
    const refused = [
      'SELECT user FROM mysql.user',
      'INSERT INTO foo VALUES (2, 2)',
      "CALL dolt_commit('-A', '-m', 'x')",
      "CALL dolt_branch('evil')",
      "CALL dolt_fetch('origin')",
      "CALL dolt_remote('add', 'o', 'file:///nowhere')",
      "CALL dolt_clone('http://127.0.0.1:1/x')",
      'CREATE TABLE evil (a int)',
      'DROP TABLE foo',
      "SET GLOBAL secure_file_priv = ''",
      'CREATE USER evil',
      'GRANT ALL ON *.* TO doltflow_reader',
    ]
    for (const sql of refused) await expect(reader.query(sql), sql).rejects.toThrow(/denied|read only|not/i)
    reader.destroy()
  })

  test('no statement of anybody reads or writes files of the server', async () => {
    for (const user of ['doltflow_reader', 'root']) {
      const connection = await as(user)
      const [rows] = await connection.query<RowDataPacket[]>("SELECT load_file('/etc/passwd') AS x")
      expect(rows).toEqual([{ x: null }])
      const file = bench.path('evil')
      await expect(connection.query(`SELECT 'x' INTO OUTFILE '${file}'`)).rejects.toThrow(/no-files/)
      await expect(connection.query(`SELECT 'x' INTO DUMPFILE '${file}'`)).rejects.toThrow(/no-files/)
      await expect(connection.query("LOAD DATA INFILE '/etc/passwd' INTO TABLE foo")).rejects.toThrow(/no-files|denied/)
      expect(existsSync(file)).toBe(false)
      connection.destroy()
    }
  })

  test('its memory is not ours to bound', async () => {
    const { code, message } = await refusal(database.rows({ sql: 'SELECT 1' }, { maxMemory: 64 }))
    expect([code, message]).toEqual(['OPTION_INVALID', expect.stringContaining('maxMemory')])
  })

  test('views are looked into', async () => {
    const root = await as('root')
    await root.query("CREATE VIEW evil AS SELECT load_file('/etc/passwd') AS x")
    await root.query('CREATE VIEW fine AS SELECT upper(a) AS u FROM foo')
    await root.query("CALL dolt_commit('-A', '-m', 'views')")
    root.destroy()
    expect(await refusal(database.rows({ sql: 'SELECT * FROM evil' }))).toMatchObject({
      code: 'SQL_FAILED',
      data: { function: 'load_file' },
    })
    expect(await rowsOf(database.rows({ sql: 'SELECT * FROM fine' }))).toEqual([['X']])
  })

  test('a table of records that an older version made gets what it lacks, and the record is whole', async () => {
    await bench.save(database, 'foo', 'id,a\n1,x\n', { id: 'first' })
    const root = await as('root')
    await root.query(`USE \`${address.database}/doltflow\``)
    await root.query('ALTER TABLE _doltflow_actions DROP COLUMN `tables`')
    await root.query("CALL dolt_commit('-a', '-m', 'as it was')")
    root.destroy()
    const loaded = await database.load({ sql: 'SELECT a FROM foo' }, bench.path(), { run: 'old' })
    expect(loaded).toMatchObject({ tables: ['foo'], notices: [] })
    expect(await database.actions({ run: 'old' })).toEqual([{ ...loaded, handle: null }])
  })

  describe('one that is stopped ends on the server', () => {
    const many = [...'abcdefghijklmnopqrstuvwxyz'].map((n) => `(SELECT 1 AS n UNION ALL SELECT 2) ${n}`).join(', ')
    const endless = `SELECT count(*) AS c FROM ${many}`
    const rowsForEver = `SELECT a.n FROM ${many}`
    const running = async () => {
      const root = await as('root')
      const [rows] = await root.query<RowDataPacket[]>('SELECT info FROM information_schema.processlist')
      root.destroy()
      return rows.filter(({ info }) => /EXECUTE/.test(String(info))).length
    }
    const until = async (isSo: (running: number) => boolean) => {
      while (!isSo(await running())) await setTimeout(20)
    }

    test.for([
      ['gives nothing', endless],
      ['gives no row yet', `SELECT a.n FROM ${many} WHERE a.n + b.n + c.n < 0`],
      ['gives rows', rowsForEver],
    ] as const)('by its signal, while it %s', async ([, sql]) => {
      const stop = new AbortController()
      const refused = refusal(collect(database.rows({ sql }, { signal: stop.signal })))
      await until((number) => number > 0)
      await setTimeout(300)
      stop.abort()
      expect((await refused).code).toBe('ABORTED')
      await until((number) => number === 0)
    })

    test('by who takes a first page and goes away', async () => {
      for await (const _ of database.rows({ sql: rowsForEver }, { as: 'batches' })) break
      expect(await running()).toBe(0)
    })

    test.for(['SIGTERM', 'SIGINT'] as const)('by a %s to the command line', async (signal) => {
      const main = join(import.meta.dirname, '../../dist/bin/doltflow.js')
      const args = [main, 'load', '--db', database.location, '--sql', endless, '-']
      const child = spawn(process.execPath, args, { stdio: 'ignore' })
      const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
      await until((number) => number > 0)
      await setTimeout(300)
      child.kill(signal)
      expect(await ended).toBe({ SIGTERM: 143, SIGINT: 130 }[signal])
      await until((number) => number === 0)
    })
  })
})
