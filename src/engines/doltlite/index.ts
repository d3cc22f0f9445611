import {
  accessSync,
  constants,
  existsSync,
  openSync,
  readSync,
  closeSync,
  realpathSync,
  statSync,
  statfsSync,
} from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { DoltflowError, NotFoundError, RefusedError, UsageError } from '../../errors.ts'
import type { Capabilities, Engine, EngineOptions, Session, SessionOptions } from '../engine.ts'
import { databaseClosed, databaseNotFound, nothingThere } from '../refusals.ts'
import { networkFileSystem } from './connection/network-file-system.ts'
import { QueryReaders, SessionQueries } from './queries/readers.ts'
import { Places } from './worker/places.ts'
import { WorkerSession, sessionOf } from './worker/worker-session.ts'

/** Sessions kept for the next caller, and how often one is used before its connection is opened again. */
const IDLE_KEPT = 4
const USES = 100

export interface DoltliteOptions extends EngineOptions {
  /** Whether one that is made stays without a commit of its own, to be filled by a clone. Default: false */
  bare?: boolean
  /** Whether to check on opening that no acknowledged commit was lost. Default: true */
  check?: boolean
}

/**
 * Opens a DoltLite file.
 * @throws {NotFoundError} DATABASE_NOT_FOUND if there is none and `create` is not set
 * @throws {UsageError} URL_INVALID if its name is no database's
 * @throws {RefusedError} NETWORK_FILE_SYSTEM
 * @throws {DoltflowError} DATABASE_TRUNCATED, DATABASE_CORRUPT, ENGINE_UNAVAILABLE
 */
export async function openDoltlite(location: string, options: DoltliteOptions): Promise<DoltliteEngine> {
  // The engine does not follow a link to a file.
  const path = existsSync(location) ? realpathSync(location) : resolve(location)
  const exists = existsSync(path)
  // An empty file becomes a database when it is opened for writing.
  const isThere = exists && (options.readOnly === undefined || statSync(path).size > 0)
  if (!isThere && !options.create) throw databaseNotFound(path)
  refuseNetwork(path)
  refuseName(path)
  if (exists) refusePlainSqlite(path)
  else if (!existsSync(dirname(path)))
    throw new NotFoundError(
      'DATABASE_NOT_FOUND',
      `The folder of ${path} is not there. Make it first: mkdir -p ${dirname(path)}`,
      { data: { database: path } },
    )
  const readOnly = options.readOnly ?? (exists ? whyReadOnly(path) : undefined)
  const capabilities: Capabilities = readOnly === undefined ? {} : { readOnly }
  return new DoltliteEngine(path, capabilities, {
    check: options.check ?? true,
    bare: options.bare ?? false,
    mayBlock: options.mayBlock ?? false,
  })
}

type OwnOptions = Required<Pick<DoltliteOptions, 'check' | 'bare' | 'mayBlock'>>

export class DoltliteEngine implements Engine {
  readonly name = 'doltlite'
  readonly location: string
  readonly capabilities: Capabilities
  readonly #options: OwnOptions
  readonly #idle: WorkerSession[] = []
  readonly #busy = new Set<WorkerSession>()
  readonly #leaving = new Set<Promise<void>>()
  readonly #readers: QueryReaders
  readonly #places = new Places()
  #closed = false

  constructor(path: string, capabilities: Capabilities, options: OwnOptions) {
    this.location = path
    this.#readers = new QueryReaders(path)
    this.capabilities = capabilities
    this.#options = options
  }

  async session(options: SessionOptions = {}): Promise<Session> {
    if (this.#closed) throw databaseClosed(this.location)
    if (!options.write && !existsSync(this.location)) throw databaseNotFound(this.location)
    const leave = options.write ? await this.#places.take(options.signal, options.mayWait ?? false) : () => {}
    if (this.#closed) {
      leave()
      throw databaseClosed(this.location)
    }
    const worker = this.#whole() ?? this.#start()
    this.#busy.add(worker)
    worker.uses++
    worker.signal = options.signal
    worker.onProgress = options.onProgress
    const queries = new SessionQueries(this.#readers, () => worker.signal)
    let released = false
    const release = async (): Promise<void> => {
      if (released) return
      released = true
      try {
        await queries.closeAll()
        await this.#takeBack(worker)
      } finally {
        leave()
      }
    }
    return sessionOf(worker, queries, { release, makeRoom: leave })
  }

  async accept(): Promise<void> {
    await this.#once('accept', [])
  }

  /** Fills an empty database from a remote. @throws {DoltflowError} REMOTE_UNREACHABLE, REMOTE_REFUSED */
  async fill(url: string): Promise<void> {
    if (!url.startsWith('s3://')) return this.#once('clone', [url])
    const { throughBucket } = await import('./bucket/through-bucket.ts')
    await throughBucket(url, ({ gateway, isEmpty }) => {
      if (isEmpty) throw nothingThere(url)
      return this.#once('clone', [url, gateway])
    })
  }

  /** Fills an empty database with the refs of a bucket's gateway; what else is read comes from there, when it is read. */
  async fillLazily(url: string, gateway: string): Promise<void> {
    await this.#once('clone', [url, gateway, true])
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#readers.close()
    await Promise.all([...[...this.#idle, ...this.#busy].map((worker) => worker.terminate()), ...this.#leaving])
    this.#idle.length = 0
    this.#busy.clear()
  }

  /** One call, by a worker of its own. */
  async #once(name: string, args: unknown[]): Promise<void> {
    const worker = this.#start()
    try {
      await worker.call(name, args)
    } finally {
      await worker.terminate()
    }
  }

  /** Node crashes if a worker is ended in the middle of a native call, so a close waits for it. */
  #leave(worker: WorkerSession): void {
    const ending = worker.terminate().catch(() => {})
    this.#leaving.add(ending)
    void ending.then(() => this.#leaving.delete(ending))
  }

  /** An idle session, but none whose worker has died. */
  #whole(): WorkerSession | undefined {
    let worker = this.#idle.pop()
    while (worker?.broken) worker = this.#idle.pop()
    return worker
  }

  #start(): WorkerSession {
    const { mayBlock, ...options } = this.#options
    const readOnly = this.capabilities.readOnly !== undefined
    return new WorkerSession({ path: this.location, readOnly, ...options }, mayBlock)
  }

  async #takeBack(worker: WorkerSession): Promise<void> {
    this.#busy.delete(worker)
    if (worker.left) return this.#leave(worker)
    await worker.reset().catch(() => {})
    if (this.#closed || worker.broken || worker.uses >= USES || this.#idle.length >= IDLE_KEPT) await worker.terminate()
    else this.#idle.push(worker)
  }
}

/**
 * The engine opens a commit as `<path>/<commit>`, and finds where the path ends by these.
 * @throws {UsageError} URL_INVALID
 */
function refuseName(path: string): void {
  if (!/\.(db|sqlite)/.test(basename(path)))
    throw new UsageError(
      'URL_INVALID',
      `A database's name ends in .db (or .sqlite); ${path} does not. Name it ${path}.db`,
      { data: { database: path } },
    )
}

/** @throws {RefusedError} NETWORK_FILE_SYSTEM */
function refuseNetwork(path: string): void {
  let type: number
  try {
    type = statfsSync(existsSync(path) ? path : dirname(path)).type
  } catch {
    return
  }
  const name = networkFileSystem(type)
  if (name !== undefined)
    throw new RefusedError(
      'NETWORK_FILE_SYSTEM',
      `${path} lies on a network file system (${name}), where locks between hosts fail and data is lost. Keep the file on a local disk, or use a server: mysql://user@host:3306/db`,
      { data: { database: path, fileSystem: name } },
    )
}

/** A stock SQLite file would open, too, without any history. */
function refusePlainSqlite(path: string): void {
  const head = Buffer.alloc(16)
  let length: number
  const descriptor = openOrExplain(path)
  try {
    length = readSync(descriptor, head)
  } finally {
    closeSync(descriptor)
  }
  if (length > 0 && head.toString('latin1').startsWith('SQLite format 3'))
    throw new DoltflowError(
      'DATABASE_CORRUPT',
      `${path} is a plain SQLite file, not a DoltLite database. Export its tables as CSV and save them into a new database.`,
      { data: { database: path } },
    )
}

function openOrExplain(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new DoltflowError('IO_FAILED', `${path} can't be read: ${(cause as Error).message}.`, {
      data: { database: path },
      cause,
    })
  }
}

function whyReadOnly(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK)
  } catch {
    return `${path} may only be read by this user`
  }
  try {
    accessSync(dirname(path), constants.W_OK)
  } catch {
    return `the folder of ${path} may only be read by this user`
  }
  return undefined
}
