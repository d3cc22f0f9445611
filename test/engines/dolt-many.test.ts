import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
})
