import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DoltflowError, NotFoundError, UsageError, reasonOf } from '../../errors.ts'
import { sweepFolder } from '../../system/temporary.ts'
import type { Capabilities, Engine, Session, SessionOptions } from '../engine.ts'
import { databaseClosed, databaseNotFound } from '../refusals.ts'
import { sessionOver, type CallName } from '../session.ts'
import { Lease } from './branches/lease.ts'
import { parseAddress, shownAddress, type Address, type ServerOptions } from './connection/address.ts'
import { Connection } from './connection/connection.ts'
import { quoted } from './connection/sql.ts'
import { pinSqlMode } from './queries/query-pages.ts'
import { openReader } from './queries/reader-user.ts'
import { folderSize, LocalServer } from './server/local-server.ts'
import { DoltSession, type Host } from './session.ts'
import { STAGE_FOLDER } from './tables/line-file.ts'

/** Connections kept for the next caller. */
const IDLE_KEPT = 4

/** Where an engine's server is: it may have to be started first. */
interface ServerPlace {
  location: string
  /** @param create whether the database may be made */
  address(create: boolean): Promise<Address>
  size(): number | undefined
  /** Removes what processes that are gone have left on this machine. */
  sweep(): void
  close(): void
}

/**
 * Opens a database of a Dolt server (`mysql://user@host:port/database`), or a local one (`dolt:FOLDER`), for which a
 * server is started where none runs, and ends by itself when its last user has gone.
 * @throws {NotFoundError} DATABASE_NOT_FOUND if there is none and `create` is not set
 * @throws {UsageError} URL_INVALID
 * @throws {DoltflowError} SERVER_UNREACHABLE, ACCESS_DENIED, ENGINE_UNAVAILABLE
 */
export async function openDolt(url: string, options: ServerOptions): Promise<Engine> {
  const engine = new DoltEngine(
    /^dolt:/i.test(url) ? folderPlace(url.slice('dolt:'.length), options) : serverPlace(url, options),
  )
  try {
    await engine.check(options.create ?? false)
    if (options.readOnly !== undefined) engine.capabilities = { readOnly: options.readOnly }
    return engine
  } catch (error) {
    await engine.close()
    throw error
  }
}

function serverPlace(url: string, options: ServerOptions): ServerPlace {
  const address = parseAddress(url, options)
  return {
    location: shownAddress(address),
    address: () => Promise.resolve(address),
    // What the information schema tells is the size that the rows could have at most.
    size: () => undefined,
    sweep: () => sweepFolder(STAGE_FOLDER),
    close: () => {},
  }
}

function folderPlace(path: string, options: ServerOptions): ServerPlace {
  const folder = resolve(path.replace(/^\/\//, ''))
  if (folder.includes('%'))
    throw new UsageError(
      'URL_INVALID',
      `Dolt can't open ${folder}: it takes the % in a path for an escape. Choose another folder.`,
      { data: { path: folder } },
    )
  const server = new LocalServer(folder)
  const location = `dolt:${folder}`
  if (!options.create && !existsSync(folder)) throw databaseNotFound(location)
  return {
    location,
    address: (create) => {
      if (!create && !server.exists()) throw databaseNotFound(location)
      return server.address()
    },
    size: () => folderSize(folder),
    sweep: () => {
      sweepFolder(STAGE_FOLDER)
      sweepFolder(dirname(folder))
    },
    close: () => server.leave(),
  }
}

class DoltEngine implements Engine {
  readonly name = 'dolt'
  readonly location: string
  capabilities: Capabilities = {}
  readonly #place: ServerPlace
  readonly #abilities = { loadData: true }
  readonly #idle: Connection[] = []
  readonly #idleReaders: Connection[] = []
  readonly #sessions = new Set<DoltSession>()
  readonly #lease = new Lease(() => this.#connect(false))
  #closed = false

  constructor(place: ServerPlace) {
    this.#place = place
    this.location = place.location
  }

  /** Looks whether there is such a database, and whether it can be written. */
  async check(create: boolean): Promise<void> {
    try {
      const connection = await this.#connect(false)
      const reason = await whyReadOnly(connection)
      if (reason !== undefined) this.capabilities = { readOnly: `${this.location} may only be read: ${reason}` }
      this.#keep(connection)
    } catch (error) {
      if (!create || !(error instanceof NotFoundError)) throw error
    }
  }

  async session({ write = false, signal, onProgress }: SessionOptions = {}): Promise<Session> {
    if (this.#closed) throw databaseClosed(this.location)
    const host: Host = {
      abilities: this.#abilities,
      connect: () => this.#connect(write),
      connectReader: () => this.#connectReader(),
      keep: (connection) => this.#keep(connection),
      size: () => this.#place.size(),
      sweep: () => this.#place.sweep(),
      lease: this.#lease,
    }
    if (write) this.#keep(await this.#connect(true))
    const session = new DoltSession(host, signal)
    session.onProgress = onProgress
    this.#sessions.add(session)
    let released = false
    return inTurn(session, async () => {
      if (released) return
      released = true
      this.#sessions.delete(session)
      await session.release()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#sessions].map((session) => session.release()))
    this.#sessions.clear()
    for (const connection of [...this.#idle.splice(0), ...this.#idleReaders.splice(0)]) connection.destroy()
    this.#place.close()
  }

  async #connect(create: boolean): Promise<Connection> {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      if (kept.lost || !(await kept.reset())) continue
      return kept
    }
    const address = await this.#place.address(create)
    const connection = await Connection.open(address)
    try {
      await this.#useDatabase(connection, create)
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  /** A connection for queries: of our own server, its user has no other right than to read the database. */
  async #connectReader(): Promise<Connection> {
    for (let kept = this.#idleReaders.pop(); kept; kept = this.#idleReaders.pop())
      if (!kept.lost && (await kept.reset())) return kept
    const address = await this.#place.address(false)
    const connection = await openReader(address)
    try {
      await connection.useDefault()
      await pinSqlMode(connection)
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  async #useDatabase(connection: Connection, create: boolean): Promise<void> {
    try {
      await connection.useDefault()
    } catch (error) {
      if (!create || !(error instanceof NotFoundError)) throw error
      await connection.run(`CREATE DATABASE IF NOT EXISTS ${quoted(connection.database)}`).catch((cause: unknown) => {
        // Of two that make it at once the server refuses one all the same.
        if (!/database exists/i.test(reasonOf(cause))) throw cause
      })
      await connection.useDefault()
    }
  }

  #keep(connection: Connection): void {
    if (connection.lost) return
    const idle = connection.isReader ? this.#idleReaders : this.#idle
    if (this.#closed || idle.length >= IDLE_KEPT) return connection.destroy()
    connection.hold(false)
    idle.push(connection)
  }
}

/** Why a connection's user can write nothing; undefined if he can. */
async function whyReadOnly(connection: Connection): Promise<string | undefined> {
  if (Number(await connection.cell('SELECT @@read_only')) === 1) return 'its server only reads'
  try {
    // Nobody but an administrator may ask for his grants; a plan is refused to whom its statement is.
    await connection.rows('EXPLAIN DELETE FROM dolt_ignore WHERE 1 = 0')
    return undefined
  } catch (error) {
    if (error instanceof DoltflowError && error.code === 'ACCESS_DENIED') return 'its user has no right to write'
    throw error
  }
}

/** The calls on open results, which have connections of their own. */
const UNQUEUED: ReadonlySet<CallName> = new Set(['nextRows', 'nextText', 'nextDiff', 'close'])

/** A session whose calls are done one after the other. */
function inTurn(session: DoltSession, release: () => Promise<void>): Session {
  let tail: Promise<unknown> = Promise.resolve()
  const { operations } = session
  const call = (name: CallName, args: unknown[]): Promise<unknown> => {
    const operation = operations[name] as (...args: unknown[]) => Promise<unknown>
    if (UNQUEUED.has(name)) return operation(...args)
    const answer = tail.then(() => operation(...args))
    tail = answer.catch(() => {})
    return answer
  }
  return sessionOver(Object.keys(operations), call, { release, shield: (work) => session.shield(work) })
}
