import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clone, open, type Database } from '../../dist/index.js'
import { freePort } from '../../dist/system/free-port.js'
import { missingDolt, startServer, type TestServer } from './dolt-server.ts'
import { cuttingProxy, type Proxy } from './proxy.ts'

export interface Measure {
  /** Clients that save at once, and how often each. */
  clients: number
  saves: number
  /** At which statements of a save the server is killed. */
  steps: readonly number[]
  /** After how many bytes connections are cut. */
  cuts: readonly number[]
  /** After how many bytes a push is cut. */
  pushes: readonly number[]
}

/** What was acknowledged is there, once, and nothing is half there: whatever is killed or cut, and when. */
export function doltFaults({ clients, saves, steps, cuts, pushes }: Measure): void {
  describe.skipIf(missingDolt() !== undefined)('faults of a server', () => {
    const folder = mkdtempSync(join(tmpdir(), 'doltflow-test-'))
    let server: TestServer
    let proxy: Proxy
    let remotePort: number
    let count = 0
    const file = (text: string): string => {
      const path = join(folder, `file${++count}.csv`)
      writeFileSync(path, text)
      return path
    }
    beforeAll(async () => {
      remotePort = await freePort()
      server = await startServer({ remotesapi: { port: remotePort } })
      proxy = await cuttingProxy(server.port)
    })
    afterAll(async () => {
      proxy?.close()
      await server?.remove()
      rmSync(folder, { recursive: true, force: true })
    })
    /** The URL of a database behind the proxy. */
    const behind = (name: string): string => {
      const url = new URL(server.url(name))
      url.port = String(proxy.port)
      return url.href
    }
    const filled = async (url: string): Promise<Database> => {
      const database = await open(url)
      await database.save('t', file('id,v\nseed,0\n'), { key: 'id' })
      return database
    }
    const append = (database: Database, id: string, options = {}): Promise<unknown> =>
      database.save('t', file(`id,v\n${id},x\n`), { mode: 'append', ...options })

    /** Each of the saves is there once: its row, its commit and its record; and nothing else is left. */
    async function expectOnce(database: Database, ids: readonly string[]): Promise<void> {
      const path = join(folder, `out${++count}.csv`)
      await database.load('t', path)
      const rows = readFileSync(path, 'utf8').trimEnd().split('\n').slice(1)
      expect(rows.toSorted()).toEqual(['seed,0', ...ids.map((id) => `${id},x`)].toSorted())
      const commits = (await database.log()).filter(
        ({ message, parents }) => message === 'append t' && parents.length < 2,
      )
      expect(new Set(commits.map(({ trailers }) => trailers['Doltflow-Action'])).size).toBe(ids.length)
      const records = (await database.actions()).filter(({ changed }) => changed)
      expect(new Set(records.map(({ id }) => id)).size).toBe(ids.length + 1)
      expect((await database.status()).dirty).toEqual([])
      const branches = (await database.branches({ all: true })).map(({ name }) => name)
      expect(branches).toEqual(['doltflow', 'main'])
    }

    test(`${clients} clients, ${saves} saves each: all land`, async () => {
      const url = server.url('many')
      const first = await filled(url)
      const ids = await Promise.all(
        Array.from({ length: clients }, async (_, client) => {
          const database = await open(url)
          const own = Array.from({ length: saves }, (__, index) => `${client}-${index}`)
          for (const id of own) await append(database, id)
          await database.close()
          return own
        }),
      )
      await expectOnce(first, ids.flat())
      await first.close()
    })

    test(`the server killed at ${steps.length} statements of a save: each save lands once`, async () => {
      const database = await filled(behind('killed'))
      const ids = steps.map((step) => `step-${step}`)
      for (const [index, step] of steps.entries()) {
        const killed = new Promise<void>((resolve) =>
          proxy.atPacket(
            step,
            () =>
              void server
                .stop('SIGKILL')
                .then(() => server.start())
                .then(resolve),
          ),
        )
        const first = await append(database, ids[index]!, { id: ids[index] }).then(
          () => undefined,
          (error: unknown) => error,
        )
        proxy.atPacket(1, () => {})
        if (first !== undefined) {
          await killed
          expect(first).toMatchObject({ retryable: true })
          await append(database, ids[index]!, { id: ids[index] })
        }
      }
      await expectOnce(database, ids)
      await database.close()
    })

    test(`connections cut ${cuts.length} times at any byte: each save lands once`, async () => {
      const database = await filled(behind('cut'))
      for (const bytes of cuts) {
        proxy.cutAfter(bytes)
        await append(database, `cut-${bytes}`)
      }
      proxy.cutAfter(Infinity)
      await expectOnce(
        database,
        cuts.map((bytes) => `cut-${bytes}`),
      )
      await database.close()
    })

    test('a large source goes over several connections; cut or not, it is there whole, or not at all', async () => {
      const database = await open(behind('large'))
      const rows = Array.from({ length: 1000 }, (_, id) => `${1000 + id},${String(id % 10).repeat(16_000)}\n`)
      const large = file(`id,v\n${rows.join('')}`)
      proxy.carried.length = 0
      await database.save('t', large, { key: 'id', id: 'first' })
      expect(proxy.carried.filter((bytes) => bytes > 1 << 20).length).toBe(3)
      for (const bytes of [1 << 20, 3 << 20]) {
        proxy.cutAfter(bytes)
        await database.save(`cut${bytes}`, large, { key: 'id' })
        proxy.cutAfter(Infinity)
      }
      const refused = { code: 'KEY_DUPLICATE', data: { line: 1002 } }
      for (const again of [rows[1]!, '1001,other\n'])
        await expect(database.save('u', file(`id,v\n${rows.join('')}${again}`), { key: 'id' })).rejects.toMatchObject(
          refused,
        )
      const controller = new AbortController()
      const { signal } = controller
      const stopped = database.save('u', large, { key: 'id', signal })
      proxy.atPacket(60, () => controller.abort())
      await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
      expect((await database.tables()).map((table) => [table.name, table.rows])).toEqual(
        ['cut1048576', 'cut3145728', 't'].map((name) => [name, 1000]),
      )
      const path = join(folder, `out${++count}.csv`)
      await database.load('cut1048576', path)
      expect(readFileSync(path).equals(readFileSync(large))).toBe(true)
      expect((await database.branches({ all: true })).map(({ name }) => name)).toEqual(['doltflow', 'main'])
      await database.close()
    })

    test(`a push cut ${pushes.length} times: saved here, and delivered by the next, once`, async () => {
      vi.stubEnv('DOLTFLOW_REMOTE_USER', 'sender')
      vi.stubEnv('DOLT_REMOTE_PASSWORD', 'geheim-remote')
      const root = await createConnection({
        host: '127.0.0.1',
        port: server.port,
        user: 'root',
        password: server.password,
      })
      await root.query(`CREATE USER 'sender' IDENTIFIED BY 'geheim-remote'`)
      await root.query(`GRANT ALL ON *.* TO 'sender'`)
      await root.end()
      const host = await filled(server.url('shared'))
      const wire = await cuttingProxy(remotePort)
      const local = `dolt:${join(folder, 'local')}`
      await clone(`http://127.0.0.1:${wire.port}/shared`, local)
      const database = await open(local)
      const outcomes = new Set<string>()
      for (const bytes of pushes) {
        wire.cutAfter(bytes)
        const outcome = await append(database, `push-${bytes}`, { remote: 'origin' }).then(
          () => 'delivered',
          (error: { code: string; data: { action: unknown } }) => (error.data.action ? error.code : 'lost'),
        )
        outcomes.add(outcome)
        wire.cutAfter(Infinity)
      }
      expect(
        [...outcomes].filter((one) => !['delivered', 'REMOTE_UNREACHABLE', 'REMOTE_REFUSED'].includes(one)),
      ).toEqual([])
      await database.push('origin')
      const ids = pushes.map((bytes) => `push-${bytes}`)
      await expectOnce(database, ids)
      await expectOnce(host, ids)
      await database.close()
      await host.close()
      wire.close()
      vi.unstubAllEnvs()
    })

    test('a move that a server did not live to end is ended; a person’s work is left alone', async () => {
      const database = await filled(server.url('torn'))
      await append(database, 'one')
      const connection = await createConnection({
        host: '127.0.0.1',
        port: server.port,
        user: 'root',
        password: server.password,
        database: 'torn',
      })
      // The head is moved, the working set is not: what a kill between the two leaves.
      const tear = async (): Promise<void> => {
        const [[head]] = (await connection.query("SELECT dolt_hashof('main') AS hash")) as unknown as [
          [{ hash: string }],
        ]
        await connection.query("CALL dolt_branch('doltflow/scratch/00000000-1-1/1-00000000/00', 'main')")
        await connection.query("CALL dolt_reset('--hard', 'main~1')")
        await connection.query("CALL dolt_reset('--soft', ?)", [head.hash])
        await connection.query("CALL dolt_add('t')")
      }
      await tear()
      expect((await database.status()).dirty).toEqual([])
      await append(database, 'two')
      await connection.query('UPDATE t SET v = 7')
      await expect(append(database, 'three')).rejects.toMatchObject({ code: 'BRANCH_DIRTY' })
      const [[row]] = (await connection.query("SELECT v FROM t WHERE id = 'one'")) as unknown as [[{ v: unknown }]]
      expect(String(row.v)).toBe('7')
      await connection.query("CALL dolt_reset('--hard')")
      await connection.end()
      await expectOnce(database, ['one', 'two'])
      await database.close()
    })
  })
}
