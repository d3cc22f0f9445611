import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { DoltflowError, RefusedError } from '../../../errors.ts'
import { isRunning } from '../../../system/owner.ts'
import { programPath } from '../../../system/program.ts'
import { wait } from '../../../system/wait.ts'
import type { Address } from '../connection/address.ts'
import { Connection } from '../connection/connection.ts'
import type { SupervisorAnswer } from './supervisor.ts'

/** How long a server may take to start, in ms, and the pause between two looks. */
const START_MS = 60_000
const PAUSE = 25

/**
 * The server of a local Dolt database. A supervisor, a small process of its own, starts it and ends it: it counts its
 * users by the sockets that they hold open, which the kernel closes for a killed one, too.
 */
export class LocalServer {
  readonly #folder: string
  #lease: Socket | undefined
  #address: Address | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  exists(): boolean {
    return existsSync(join(this.#folder, '.dolt'))
  }

  /**
   * Where the server listens; it is started, and the database made, if there is none.
   * @throws {DoltflowError} ENGINE_UNAVAILABLE, IO_FAILED, DATABASE_READ_ONLY
   */
  async address(): Promise<Address> {
    if (this.#address && this.#lease && !this.#lease.destroyed) return this.#address
    const others = this.exists() ? runningServer(this.#folder) : undefined
    if (others) return (this.#address = await withDatabase(others, this.#folder))
    const { lease, socketPath, password } = await this.#hold()
    this.#lease = lease
    lease.on('error', () => {})
    lease.unref()
    this.#address = await withDatabase({ socketPath, user: 'root', password, isOurs: true }, this.#folder)
    return this.#address
  }

  /** Gives the server up; it ends when its last user has. */
  leave(): void {
    this.#lease?.destroy()
    this.#lease = undefined
  }

  /** Dolt can't open a folder that it can't write, not even to read. */
  #refuseUnwritable(): void {
    if (!this.exists()) return
    try {
      accessSync(join(this.#folder, '.dolt', 'noms', 'LOCK'), constants.W_OK)
    } catch (cause) {
      throw new RefusedError(
        'DATABASE_READ_ONLY',
        `dolt:${this.#folder} can't be opened: Dolt needs to write its folder also where it only reads. Ask for write permission, or copy the folder and open the copy.`,
        { data: { database: `dolt:${this.#folder}` }, cause },
      )
    }
  }

  async #hold(): Promise<{ lease: Socket; socketPath: string; password: string }> {
    const program = findDolt()
    this.#refuseUnwritable()
    mkdirSync(this.#folder, { recursive: true })
    const folder = realpathSync(this.#folder)
    const runFolder = runFolderOf(folder)
    const deadline = Date.now() + START_MS
    let started = 0
    for (;;) {
      const held = await holdLease(join(runFolder, 'lease.sock'))
      if (held && 'socketPath' in held.answer) return { lease: held.lease, ...held.answer }
      if (held && 'error' in held.answer) throw startFailed(folder, held.answer.error)
      if (Date.now() > deadline) throw startFailed(folder, `it did not start within ${START_MS / 1000} s`)
      if (Date.now() - started > 3000) {
        started = Date.now()
        spawn(process.execPath, [programPath('dolt-supervisor'), folder, runFolder, program], {
          detached: true,
          stdio: 'ignore',
          cwd: '/',
        }).unref()
      }
      await wait(PAUSE)
    }
  }
}

/** Bytes of a folder and all in it. */
export function folderSize(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
  return bytes
}

/** Connects to a supervisor, which holds the server while the socket is open; undefined if none listens. */
function holdLease(path: string): Promise<{ lease: Socket; answer: SupervisorAnswer } | undefined> {
  return new Promise((resolve) => {
    const lease = connect(path)
    let text = ''
    lease.setEncoding('utf8')
    lease.on('data', (chunk: string) => {
      text += chunk
      if (text.endsWith('\n')) resolve({ lease, answer: JSON.parse(text) as SupervisorAnswer })
    })
    lease.on('error', () => resolve(undefined))
    lease.on('close', () => resolve(undefined))
  })
}

/** A folder of this user's alone, named by the database: a socket's path has 107 characters at most. */
function runFolderOf(folder: string): string {
  const base = process.env['XDG_RUNTIME_DIR'] ?? tmpdir()
  const own = join(base, `doltflow-${userInfo().uid}`)
  mkdirSync(own, { recursive: true, mode: 0o700 })
  const found = lstatSync(own)
  if (!found.isDirectory() || (found.uid !== userInfo().uid && userInfo().uid !== -1) || (found.mode & 0o077) !== 0)
    throw new DoltflowError(
      'IO_FAILED',
      `The folder ${own} does not belong to this user alone. Remove it, or set XDG_RUNTIME_DIR.`,
      { data: { path: own } },
    )
  const path = join(own, createHash('sha256').update(folder).digest('hex').slice(0, 16))
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}

/** A server that somebody else runs in the folder: Dolt notes its process and port. */
function runningServer(folder: string): Omit<Address, 'database'> | undefined {
  let note: string
  try {
    note = readFileSync(join(folder, '.dolt', 'sql-server.info'), 'utf8')
  } catch {
    return undefined
  }
  const [pid, port] = note.split(':').map(Number)
  if (!isRunning(pid!) || pid === ownServer(realpathSync(folder))) return undefined
  const password = process.env['DOLTFLOW_PASSWORD'] ?? process.env['MYSQL_PWD'] ?? ''
  return { host: '127.0.0.1', port: port!, user: process.env['DOLTFLOW_USER'] ?? 'root', password }
}

function ownServer(folder: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(join(runFolderOf(folder), 'server.json'), 'utf8')) as { pid: number }
    return pid
  } catch {
    return undefined
  }
}

/** The name that the server gave the folder's database. */
async function withDatabase(address: Omit<Address, 'database'>, folder: string): Promise<Address> {
  const connection = await Connection.open({ ...address, database: '' })
  try {
    const system = new Set(['information_schema', 'mysql', 'dolt_cluster', 'performance_schema', 'sys'])
    const names = (await connection.rows('SHOW DATABASES'))
      .map(([name]) => name as string)
      .filter((name) => !system.has(name))
    const own = basename(realpathSync(folder))
    const database =
      names.length === 1 ? names[0] : names.find((name) => name === own || name === own.replace(/[^A-Za-z0-9]+/g, '_'))
    if (database === undefined)
      throw startFailed(
        folder,
        `it has the databases ${names.join(', ') || '(none)'}, none of which is the folder's own`,
      )
    return { ...address, database }
  } finally {
    connection.destroy()
  }
}

/** @throws {DoltflowError} ENGINE_UNAVAILABLE */
export function findDolt(): string {
  const named = process.env['DOLTFLOW_DOLT']
  const candidates =
    named === undefined ? (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'dolt')) : [named]
  const found = candidates.find(isProgram)
  if (found !== undefined) return found
  throw new DoltflowError(
    'ENGINE_UNAVAILABLE',
    `${named === undefined ? 'There is no dolt on PATH' : `${named} (DOLTFLOW_DOLT) is no program`}. Install it: brew install dolt, or the archive for your system from https://github.com/dolthub/dolt/releases; or use a DoltLite file, which needs none.`,
    { data: { program: named ?? 'dolt' } },
  )
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function startFailed(folder: string, reason: string): DoltflowError {
  return new DoltflowError('ENGINE_UNAVAILABLE', `The server of dolt:${folder} can't be used: ${reason}.`, {
    data: { folder, reason },
  })
}
