import { throwIfAborted } from '../../../system/abort.ts'
import { wait } from '../../../system/wait.ts'
import type { Row } from '../../../types.ts'
import type { Connection } from './connection.ts'
import { isPassing } from './faults.ts'

/** How often and how long, in ms, work is done again whose connection was lost, or that met another's. */
const TRIES = 40
const LIMIT = 60_000
const PAUSE = 20
const LONGEST_PAUSE = 1000

/** A session's connection, made again if it was lost. */
export class ReconnectingConnection {
  signal: AbortSignal | undefined
  /** How a connection is ended whose work is aborted. */
  end: (connection: Connection) => void = (connection) => connection.destroy()
  readonly #open: () => Promise<Connection>
  #connection: Connection | undefined
  #lost: Connection | undefined

  constructor(open: () => Promise<Connection>) {
    this.#open = open
  }

  /**
   * Does work that may be done again, until it neither meets another's nor loses its connection.
   * @param work what is done; told whether it was begun before, since then its answer may have been lost
   */
  async attempt<T>(work: (connection: Connection, again: boolean) => Promise<T>): Promise<T> {
    const start = Date.now()
    for (let tries = 0; ; tries++) {
      throwIfAborted(this.signal)
      try {
        return await this.#once((connection) => work(connection, tries > 0))
      } catch (error) {
        throwIfAborted(this.signal)
        if (!isPassing(error) || tries >= TRIES || Date.now() - start > LIMIT) throw error
        const pause = Math.min(LONGEST_PAUSE, PAUSE * 2 ** Math.min(tries, 6))
        await wait(pause * (0.5 + Math.random()))
      }
    }
  }

  /** Reads, with unqualified names as they are at a branch or a commit. */
  read<T>(revision: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.attempt(async (connection) => {
      await connection.use(revision)
      return work(connection)
    })
  }

  /** Reads what a commit never changes, once for each connection. */
  remembered<T>(commit: string, what: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.attempt((connection) => connection.remembered(commit, what, () => work(connection)))
  }

  /** As `rows`, with the rights that a user has on the database itself. */
  rowsOfDatabase(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    return this.attempt((connection) => connection.rowsOfDatabase(sql, values))
  }

  rows(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    return this.attempt((connection) => connection.rows(sql, values))
  }

  async cell<T>(sql: string, values?: readonly unknown[]): Promise<T | undefined> {
    return (await this.rows(sql, values))[0]?.[0] as T | undefined
  }

  /** Takes the connection out; a lost one is of no use. */
  take(): Connection | undefined {
    const connection = this.#connection
    this.#connection = undefined
    return connection?.lost ? undefined : connection
  }

  /** A lost connection's last statement may still be under way: a new one looks only when that has ended. */
  async #usable(): Promise<Connection> {
    if (this.#connection && !this.#connection.lost) return this.#connection
    this.#lost ??= this.#connection
    const connection = await this.#open()
    if (this.#lost) await connection.outlive(this.#lost)
    this.#lost = undefined
    this.#connection = connection
    return connection
  }

  async #once<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.#usable()
    const abort = (): void => this.end(connection)
    this.signal?.addEventListener('abort', abort, { once: true })
    try {
      return await work(connection)
    } finally {
      await connection.stopped
      this.signal?.removeEventListener('abort', abort)
    }
  }
}
