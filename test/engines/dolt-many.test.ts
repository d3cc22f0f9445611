import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAddress } from '../../dist/engines/dolt/connection/address.js'
import { Connection } from '../../dist/engines/dolt/connection/connection.js'
import { ReconnectingConnection } from '../../dist/engines/dolt/connection/reconnecting.js'
import { open, type Database } from '../../dist/index.js'
import { rowsOf } from '../faults/kit.ts'
import { missingDolt, startServer, type TestServer } from './dolt-server.ts'

/* Many calls of one process at once, on a server: a commit each, and no merge that is not needed. */

describe.skipIf(missingDolt() !== undefined)('many saves at once on a Dolt server', () => {
  let server: TestServer
  let db: Database
  beforeAll(async () => {
    server = await startServer()
    db = await open(server.url('many'))
    await db.save('t', { rows: [{ k: 'first', v: '' }] }, { key: 'k' })
  })
  afterAll(async () => {
    await db?.close()
    await server?.remove()
  })
  const merges = async (): Promise<number> =>
    (await db.log({ limit: 1000 })).filter(({ parents }) => parents.length > 1).length

  it('are a commit each, without a merge', async () => {
    const names = Array.from({ length: 12 }, (_, n) => `row ${String(n).padStart(2, '0')}`)
    const before = (await db.log({ limit: 1000 })).length
    const actions = await Promise.all(
      names.map((k, n) =>
        db.save(n % 3 === 0 ? `t${n}` : 't', { rows: [{ k, v: 'x' }] }, { mode: 'upsert', key: 'k' }),
      ),
    )
    expect(new Set(actions.map(({ toCommit }) => toCommit)).size).toBe(names.length)
    expect(actions.filter(({ changed, merged, added }) => !changed || merged || added !== 1)).toEqual([])
    expect(await db.log({ limit: 1000 })).toHaveLength(before + names.length)
    expect(await merges()).toBe(0)
    expect(await rowsOf(db, 't')).toHaveLength(9)
  })

  it('keep the rows of the others if they replace the table', async () => {
    await db.save('r', { rows: [{ k: 'first' }] }, { key: 'k' })
    await Promise.all(['a', 'b', 'c'].map((k) => db.save('r', { rows: [{ k: 'first' }, { k }] })))
    expect(await rowsOf(db, 'r')).toEqual(['a', 'b', 'c', 'first'])
  })
  it('have the number of the table’s rows in their handles without a scan: the server knows it', async () => {
    const connection = await createConnection(server.url('many'))
    try {
      const [plan] = await connection.query<RowDataPacket[]>('EXPLAIN FORMAT=TREE SELECT count(*) FROM `t`')
      expect(JSON.stringify(plan)).toContain('table_count(t)')
    } finally {
      await connection.end()
    }
    const { handle } = await db.save('t', [{ k: 'one more', v: '' }], { mode: 'append' })
    expect(handle?.rows).toBe((await rowsOf(db, 't'))?.length)
  })

  it('go on where another deletes the branch that a connection was left on', async () => {
    const address = parseAddress(server.url('many'))
    const link = new ReconnectingConnection(() => Connection.open({ ...address, password: server.password }))
    const statements = [
      "SELECT hash FROM dolt_branches WHERE name = 'main'",
      "SELECT dolt_hashof('main')",
      "CALL dolt_branch('-D', '-f', 'other')",
    ]
    for (const [n, sql] of statements.entries()) {
      for (const name of [`gone${n}`, 'other']) await db.createBranch(name)
      await link.read(`gone${n}`, (connection) => connection.rows('SHOW TABLES'))
      await db.deleteBranch(`gone${n}`)
      expect(await link.rows(sql), sql).toHaveLength(1)
      await db.deleteBranch('other').catch(() => {})
    }
    await db.createBranch('last')
    await link.read('last', (connection) => connection.rows('SHOW TABLES'))
    await db.deleteBranch('last')
    await expect(link.read('last', (connection) => connection.rows('SHOW TABLES'))).rejects.toMatchObject({
      code: 'BRANCH_NOT_FOUND',
    })
    link.take()?.destroy()
  })
})
