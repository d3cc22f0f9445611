import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createConnection } from 'mysql2/promise'
import { freePort } from '../../dist/system/free-port.js'
import { pinnedDolt } from '../../scripts/build-dolt.mjs'
import type { EngineUnderTest } from '../contract/bench.ts'

const PASSWORD = 'dolt server: geheim/?#%'

/** A real `dolt sql-server` for one test file: on loopback, with a password, its databases in a folder of its own. */
export interface TestServer {
  /** The URL of a database, which may not be there yet. */
  url(database: string): string
  port: number
  password: string
  /** Where its databases are. */
  folder: string
  pid(): number
  /** Kills the server at once, or in good order. */
  stop(signal?: NodeJS.Signals): Promise<void>
  start(): Promise<void>
  /** Stops it and removes its folder. */
  remove(): Promise<void>
}

/** The pinned `dolt`; undefined where it is not built (it is before the tests run, where Go is there). */
export function dolt(): string | undefined {
  return process.env['DOLTFLOW_DOLT'] || pinnedDolt({ build: false })
}

export function missingDolt(): string | undefined {
  return dolt() === undefined ? 'dolt is not built: there is no Go on PATH (https://go.dev/doc/install)' : undefined
}

/** What both ways to Dolt have in common for the contract. */
export const doltUnderTest: Omit<EngineUnderTest, 'name' | 'url' | 'readOnly' | 'oddUrls'> = {
  missing: missingDolt,
  remoteUrl: (folder, name) => pathToFileURL(join(folder, name)).href,
  // It makes the folders that are missing.
  lostRemoteUrl(folder) {
    const inTheWay = join(folder, randomUUID())
    writeFileSync(inTheWay, '')
    return pathToFileURL(join(inTheWay, 'remote')).href
  },
  leave: runSql,
  attacks: (file) => [
    ["SELECT load_file('/etc/passwd') AS x", 'load_file'],
    ["SELECT /*!50000 load_file('/etc/passwd') */ AS x", '/*!'],
    [`SELECT 'x' AS x INTO OUTFILE '${file}'`, 'INTO'],
    [`SELECT * FROM (SELECT 'x' AS x INTO OUTFILE '${file}') AS q`, 'INTO'],
    [`SELECT 'x' AS x) AS q INTO OUTFILE '${file}' -- `, 'bracket'],
    ['SELECT user FROM mysql.user', 'mysql.user'],
    ['SELECT * FROM information_schema.schemata', 'information_schema.schemata'],
    ['SELECT * FROM dolt_log', 'dolt_log'],
    ['SELECT * FROM dolt_remotes', 'dolt_remotes'],
    ["SELECT * FROM dolt_diff('HEAD~1', 'HEAD', 'foo')", 'dolt_diff'],
    ["SELECT dolt_hashof('main') AS x", 'dolt_hashof'],
    ["CALL dolt_branch('evil')", 'dolt_branch'],
    [`CALL dolt_remote('add', 'o', '${pathToFileURL(file).href}')`, 'dolt_remote'],
    ["SELECT dolt_branch('evil') AS x", 'dolt_branch'],
    ['SELECT sleep(100) AS x', 'sleep'],
    ["SELECT get_lock('x', 10) AS x", 'get_lock'],
    ['SELECT current_user AS x', 'CURRENT_USER'],
    ["SELECT * FROM foo AS OF 'main'", 'AS OF'],
    ['SELECT 1; DROP TABLE foo', ';'],
    ['INSERT INTO foo VALUES (9, 9)', 'INTO'],
    ['DELETE FROM foo', 'DELETE'],
    [`LOAD DATA INFILE '/etc/passwd' INTO TABLE foo`, 'INTO'],
    ['SET GLOBAL local_infile = 0', 'SET'],
  ],
  endless: `SELECT count(*) AS n FROM ${Array.from({ length: 40 }, (_, index) => `foo AS f${index}`).join(', ')}`,
  slowRemotes: true,
  widens: true,
  // Keys are texts there.
  compareKeys: (a, b) => Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b))),
  refuses: (kind, name) =>
    Buffer.byteLength(name) > 64 || /[\u{10000}-\u{10FFFF}]/u.test(name) || (kind === 'column' && name.endsWith(' ')),
}

/** A server that only reads, with a password in DOLTFLOW_PASSWORD. */
export async function onlyReading(data: string): Promise<TestServer & { env: Record<string, string> }> {
  const server = await startServer({ behavior: { read_only: true, event_scheduler: 'OFF' } }, data)
  return { ...server, env: { DOLTFLOW_PASSWORD: PASSWORD } }
}

process.env['DOLTFLOW_DOLT'] = dolt() ?? ''
process.env['DOLTFLOW_SERVER_LINGER'] = '1'

/** @param data the folder of its databases; by default one of its own */
export async function startServer(
  settings: Record<string, unknown> & { listener?: object } = {},
  data?: string,
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-server-'))
  const port = await freePort()
  const config = {
    log_level: 'warning',
    behavior: { event_scheduler: 'OFF' },
    data_dir: data ?? folder,
    cfg_dir: folder,
    privilege_file: join(folder, 'privileges.db'),
    branch_control_file: join(folder, 'branch_control.db'),
    system_variables: { local_infile: 1 },
    ...settings,
    listener: { host: '127.0.0.1', port, max_connections: 1000, ...settings.listener },
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  let child: ChildProcess | undefined
  const server: TestServer = {
    port,
    password: PASSWORD,
    folder: data ?? folder,
    url: (database) => `mysql://root:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`,
    pid: () => child!.pid!,
    async start() {
      const log = openSync(join(folder, 'log'), 'a')
      child = spawn(dolt()!, ['sql-server', '--config', join(folder, 'config.json')], {
        cwd: folder,
        stdio: ['ignore', log, log],
        env: { ...process.env, HOME: folder, DOLT_ROOT_PASSWORD: PASSWORD, DOLT_DISABLE_EVENT_FLUSH: 'true' },
      })
      while (!(await answers(port, PASSWORD))) {
        if (child.exitCode !== null) throw new Error('dolt sql-server ended')
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    },
    async stop(signal = 'SIGTERM') {
      const running = child
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const ended = new Promise((resolve) => running.once('exit', resolve))
      running.kill(signal)
      await ended
    },
    async remove() {
      await server.stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

/** Runs statements on a branch as another program would, and leaves their changes uncommitted. */
function runSql(url: string, branch: string, sql: string): void {
  execFileSync(process.execPath, [join(import.meta.dirname, 'run-sql.mjs'), url, branch, sql], { stdio: 'inherit' })
}

/** The port opens before the server knows its users. */
async function answers(port: number, password: string): Promise<boolean> {
  try {
    const ssl = { rejectUnauthorized: false }
    const plain = { host: '127.0.0.1', port, user: 'root', password }
    const connection = await createConnection(plain).catch(() => createConnection({ ...plain, ssl }))
    connection.destroy()
    return true
  } catch {
    return false
  }
}
