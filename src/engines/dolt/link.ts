import type { Row } from '../../types.ts'
import type { Connection } from './connection.ts'
import { isPassing, refuseAborted } from './faults.ts'

/** How often and how long, in ms, work is done again whose connection was lost, or that met another's. */
const TRIES = 40
const LIMIT = 60_000
const PAUSE = 20
const LONGEST_PAUSE = 1000

/** A session's connection, made anew where it was lost. */
export class Link {
  signal: AbortSignal | undefined
  readonly #open: () => Promise<Connection>
  #connection: Connection | undefined

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
      try {
        return await this.#once((connection) => work(connection, tries > 0))
      } catch (error) {
        refuseAborted(this.signal)
        if (!isPassing(error) || tries >= TRIES || Date.now() - start > LIMIT) throw error
        const pause = Math.min(LONGEST_PAUSE, PAUSE * 2 ** Math.min(tries, 6))
        await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())))
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

  async #once<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    if (!this.#connection || this.#connection.lost) this.#connection = await this.#open()
    const connection = this.#connection
    const abort = (): void => connection.destroy()
    this.signal?.addEventListener('abort', abort, { once: true })
    try {
      return await work(connection)
    } finally {
      this.signal?.removeEventListener('abort', abort)
    }
  }
}
