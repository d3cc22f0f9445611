import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection, type Connection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open, type Database } from '../../dist/index.js'
import { refusal } from '../contract/bench.ts'
import { missingDolt, startServer, type TestServer } from './dolt-server.ts'

async function all(batches: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const batch of batches) found.push(batch)
  return found.flat()
}

describe.skipIf(missingDolt() !== undefined)('tables and users that a person made by SQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-test-'))
  let server: TestServer
  let root: Connection
  let database: Database
  let count = 0
  const file = (text: string): string => {
    const path = join(folder, `file${++count}.csv`)
    writeFileSync(path, text)
    return path
  }
  const text = async (table: string, from = database): Promise<string> => {
    const path = join(folder, `out${++count}.csv`)
    await from.load(table, path)
    return readFileSync(path, 'utf8')
  }
  const sql = async (...statements: string[]): Promise<void> => {
    for (const statement of statements) await root.query(statement)
    await root.query("CALL dolt_commit('-A', '-m', 'by hand')")
  }
  const shape = async (table: string): Promise<string> => {
    const [[row]] = (await root.query(`SHOW CREATE TABLE ${table}`)) as unknown as [[Record<string, string>]]
    return row['Create Table']!
  }

  beforeAll(async () => {
    server = await startServer()
    const { port, password } = server
    root = await createConnection({ host: '127.0.0.1', port, user: 'root', password, multipleStatements: true })
    await root.query('CREATE DATABASE person; USE person')
    database = await open(server.url('person'))
  })
  afterAll(async () => {
    await database.close()
    await root.end()
    await server.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  describe('types of their own', () => {
    const HEADER = 'id,d,dt,d6,ts,y,j,e,f,dc,bu,ti,ch,nn'
    const ROW = `1,2026-01-02,2026-01-02 03:04:05,2026-01-02 03:04:05.500000,2026-01-02 03:04:05,2026,"{""a"":[1.5,""x"",null],""b"":1}",B,1.1,1.50,18446744073709551615,1,ab,7`
    beforeAll(() =>
      sql(
        `CREATE TABLE typed (id int primary key, d date, dt datetime, d6 datetime(6), ts timestamp, y year, j json,
           e enum('a','B'), f float, dc decimal(10,2), bu bigint unsigned, ti tinyint(1), ch char(5), nn int not null default 7)`,
        `INSERT INTO typed VALUES (1,'2026-01-02','2026-01-02 03:04:05','2026-01-02 03:04:05.5','2026-01-02 03:04:05',2026,
           '{"b":1,"a":[1.50,"x",null]}','B',1.1,1.5,18446744073709551615,1,'ab',7)`,
      ),
    )

    test('stay where they give each cell back: the same data is no commit, another row is one row', async () => {
      const before = await shape('typed')
      expect(await text('typed')).toBe(`${HEADER}\n${ROW}\n`)
      const again = await database.save('typed', file(`${HEADER}\n${ROW}\n`))
      expect(await shape('typed')).toBe(before)
      expect(again.changed).toBe(false)
      const more = `2,0999-12-31,,,,,,,,,,,,8\n`.replace('0999', '1000')
      const action = await database.save('typed', file(`${HEADER}\n${ROW}\n${more}`))
      expect(action).toMatchObject({ added: 1, modified: 0, removed: 0 })
      expect(await shape('typed')).toBe(before)
      expect(await text('typed')).toBe(`${HEADER}\n${ROW}\n${more}`)
    })

    const CELLS = ROW.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    test.for([
      ['d', '2026-02-30'],
      ['d', '2026-1-2'],
      ['dt', '2026-01-02T03:04:05'],
      ['dt', '2026-01-02 03:04:05.5'],
      ['d6', '2026-01-02 03:04:05.5'],
      ['ts', '1969-01-02 03:04:05'],
      ['y', '26'],
      ['j', '"{""b"": 1}"'],
      ['j', 'no json'],
      ['e', 'b'],
      ['f', '16777217'],
      ['f', '1.10'],
      ['dc', '1.5'],
      ['dc', '-0.00'],
      ['bu', '-1'],
      ['bu', '007'],
      ['ti', '300'],
      ['ch', 'abcdef'],
      ['ch', 'a '],
      ['nn', ''],
    ])('a cell that %s would change widens it: %s', async ([column, cell]) => {
      const cells = CELLS.with(HEADER.split(',').indexOf(column!), cell!)
      const content = `${HEADER}\n${cells.join(',')}\n`
      const branch = `widen${++count}`
      await database.save('typed', file(content), { branch: { new: branch } })
      const path = join(folder, `${branch}.csv`)
      await database.load('typed', path, { branch })
      expect(readFileSync(path, 'utf8')).toBe(content)
    })

    test('a key’s type is fixed: what it would change is refused, with its line', async () => {
      const error = await refusal(database.save('typed', file(`${HEADER}\n01${ROW.slice(1)}\n`)))
      expect(error).toMatchObject({ code: 'TYPE_MISMATCH', data: { line: 2, column: 'id', value: '01', type: 'int' } })
    })
  })

  test('bytes are loaded as Base64, and never saved as something else', async () => {
    await sql(
      'CREATE TABLE bytes (id int primary key, b blob, v varbinary(9), p point, n decimal(40,20))',
      "INSERT INTO bytes VALUES (1, x'ff0a00', 'ab', point(1,2), 1.5)",
    )
    const loaded = 'id,b,v,p,n\n1,/woA,YWI=,"{""x"":1,""y"":2}",1.50000000000000000000\n'
    expect(await text('bytes')).toBe(loaded)
    const rows = await all(database.rows('bytes', { as: 'batches' }))
    expect((rows[0] as { rows: unknown[] }).rows).toEqual([
      [1, '/woA', 'YWI=', '{"x":1,"y":2}', '1.50000000000000000000'],
    ])
    expect((await refusal(database.save('bytes', file(loaded)))).code).toBe('TYPE_REFUSED')
  })

  test('foreign keys and unique indexes: rows that fit are saved, others told', async () => {
    await sql(
      'CREATE TABLE parent (id int primary key)',
      'CREATE TABLE child (id int primary key, pid int, name varchar(20) unique, foreign key (pid) references parent(id))',
      'INSERT INTO parent VALUES (1), (2)',
      "INSERT INTO child VALUES (1, 1, 'a')",
    )
    expect((await database.save('child', file('id,pid,name\n1,1,a\n'))).changed).toBe(false)
    expect((await database.save('child', file('id,pid,name\n2,2,b\n'), { mode: 'append' })).added).toBe(1)
    for (const row of ['3,9,c', '3,2,a']) {
      const error = await refusal(database.save('child', file(`id,pid,name\n${row}\n`), { mode: 'append' }))
      expect([error.code, error.message]).toEqual(['ENGINE_FAILED', expect.stringMatching(/constraint|foreign key/i)])
    }
    const from = await database.resolve('main')
    await database.save('child', file('id,pid,name\n3,1,same\n'), { mode: 'append' })
    const clash = await refusal(
      database.save('child', file('id,pid,name\n4,1,same\n'), { mode: 'append', branch: { from, mergeTo: 'main' } }),
    )
    expect(clash).toMatchObject({ code: 'SCHEMA_CONFLICT', data: { tables: ['child'] } })
    expect(clash.message).toContain('constraint')
    expect(await text('child')).toBe('id,pid,name\n1,1,a\n2,2,b\n3,1,same\n')
  })

  test('a user with all rights on one database, and none elsewhere, can use every verb', async () => {
    await root.query('CREATE DATABASE narrow')
    await root.query("CREATE USER 'narrow' IDENTIFIED BY 'narrow-pw'")
    await root.query("GRANT ALL ON narrow.* TO 'narrow'")
    const url = new URL(server.url('narrow'))
    url.username = 'narrow'
    url.password = 'narrow-pw'
    const own = await open(url.href)
    const save = (content: string, options = {}) => own.save('t', file(content), { key: 'id', ...options })
    const base = (await save('id,a\n1,x\n2,y\n')).toCommit!
    await save('id,a,b\n1,x,1\n2,y,2\n')
    await save('id,a,b\n1,x,z\n2,y,2\n3,z,3\n')
    await save('id,a,c\n1,q,5\n2,y,6\n', { branch: { from: base, mergeTo: 'main' } })
    expect(await text('t', own)).toBe('id,a,b,c\n1,q,z,5\n2,y,2,6\n3,z,3,\n')
    const conflict = await refusal(save('id,a\n1,other\n2,y\n', { branch: { from: base, mergeTo: 'main' } }))
    expect(conflict.code).toBe('CONFLICT')
    await own.merge(conflict.data['branch'] as string, { onConflict: 'theirs' })
    expect((await own.log()).length).toBeGreaterThan(4)
    expect(await own.diffCounts('t', base, 'main')).toMatchObject({ added: 1, modified: 2 })
    expect((await all(own.diff('t', base, 'main'))).length).toBe(3)
    expect((await own.blame('t')).length).toBe(3)
    expect((await own.tables()).length).toBe(1)
    await own.createTag('v1')
    await own.createBranch('side')
    await own.restore('t', base, { branch: 'side' })
    await own.revert((await own.log({ branch: 'side' }))[0]!.hash, { branch: 'side' })
    await own.drop('t', { branch: 'side' })
    await own.deleteBranch('side')
    expect(await own.resolve(new Date().toISOString())).toBe(await own.resolve('main'))
    expect((await own.status()).dirty).toEqual([])
    expect((await own.actions()).length).toBeGreaterThan(5)
    await own.close()
  })
})
