import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { afterAll } from 'vitest'
import { engineContract } from '../contract/engine.ts'
import { doltUnderTest, missingDolt, onlyReading, startServer, type TestServer } from './dolt-server.ts'

// One server for all databases: their names are told apart. It slows with each that it has.
const server = (missingDolt() === undefined ? await startServer() : undefined) as TestServer
afterAll(() => server?.remove())
if (server) process.env['DOLTFLOW_PASSWORD'] = server.password
let count = 0
const at = (port: number, database: string, user = 'root'): string => `mysql://${user}@127.0.0.1:${port}/${database}`

async function asRoot(...statements: string[]): Promise<void> {
  const root = await createConnection({ host: '127.0.0.1', port: server.port, user: 'root', password: server.password })
  for (const statement of statements) await root.query(statement)
  await root.end()
}

engineContract({
  ...doltUnderTest,
  name: 'mysql',
  url: () => at(server.port, `db${++count}`),
  drop: (url) => asRoot(`DROP DATABASE IF EXISTS \`${url.split('/').at(-1)!}\``),
  readOnly: [
    {
      name: 'a user who may only read',
      async make(url) {
        const database = url.split('/').at(-1)!
        await asRoot(`CREATE USER 'reader' IDENTIFIED BY 'reads'`, `GRANT SELECT ON \`${database}\`.* TO 'reader'`)
        return { url: at(server.port, database, 'reader'), env: { DOLTFLOW_PASSWORD: 'reads' }, end: () => {} }
      },
    },
    {
      name: 'a server that only reads',
      async make(url) {
        const database = url.split('/').at(-1)!
        const data = mkdtempSync(join(tmpdir(), 'doltflow-test-'))
        mkdirSync(join(data, database))
        cpSync(join(server.folder, database), join(data, database), { recursive: true })
        const { port, env, remove } = await onlyReading(data)
        const end = async (): Promise<void> => {
          await remove()
          rmSync(data, { recursive: true })
        }
        return { url: at(port, database), env, end }
      },
    },
  ],
  oddUrls: () =>
    ['a b', 'a-b', 'a#b', "it's", 'é', '.hidden', 'a.b', 'main', 'select', '1'].map((name) =>
      at(server.port, encodeURIComponent(name)),
    ),
})
