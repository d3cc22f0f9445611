import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import {
  createConnection,
  type Connection as Raw,
  type ConnectionOptions,
  type QueryError,
  type ResultSetHeader,
} from 'mysql2'
import type { DoltflowError } from '../../../errors.ts'
import { waitUnheld } from '../../../system/wait.ts'
import type { Row } from '../../../types.ts'
import { shownAddress, type Address } from './address.ts'
import { busyError, closedError, deletedError, isOfDeleted, translated } from './faults.ts'
import { quoted } from './sql.ts'

const CONNECT_MS = 20_000
/** Rows of a result that are handed on together. */
const BATCH = 1000
/** How much is remembered of commits, at most. */
const REMEMBERED = 1000
/** How long the server may go on with what was given up, in s. */
const OUTLIVE = 30
/** How long is waited for the server to end a statement, in ms. */
const STOP_MS = 3000

/** One connection to a server, on one revision (branch or commit) at a time. */
export class Connection {
  readonly location: string
  /** The branch or commit that unqualified names mean. */
  get revision(): string {
    return this.#revision ?? ''
  }
  /** Whether it is of no more use. */
  lost = false
  /** Connections that work for this one. They end with it. */
  readonly helpers: Set<Connection> = new Set()
  /** Whether its user may only read. */
  readonly isReader: boolean
  /** When the server was told to end what it did for this one. */
  stopped: Promise<void> = Promise.resolve()
  readonly #raw: Raw
  readonly #database: string
  #revision: string | undefined
  #left: string | undefined
  /** A name that the server holds a lock on while it works for this connection, and no longer. */
  readonly #lock = `doltflow-${randomUUID()}`
  readonly #memory = new Map<string, unknown>()
  readonly #master: Address

  private constructor(raw: Raw, address: Address, master: Address | undefined) {
    this.#raw = raw
    this.#master = master ?? address
    this.isReader = master !== undefined
    this.#database = address.database
    this.location = shownAddress(address)
    raw.on('error', () => (this.lost = true))
  }

  /**
   * @param master of a reader: where one connects who may end what it does
   * @throws {DoltflowError} SERVER_UNREACHABLE, ACCESS_DENIED
   */
  static async open(address: Address, master?: Address): Promise<Connection> {
    const { database: _, isOurs: __, tls, password, ...rest } = address
    const options: ConnectionOptions = {
      ...rest,
      password,
      ...(tls ? { ssl: tls } : {}),
      charset: 'utf8mb4',
      connectTimeout: CONNECT_MS,
      rowsAsArray: true,
      supportBigNumbers: true,
      dateStrings: true,
      jsonStrings: true,
      stringifyObjects: true,
      timezone: 'Z',
      enableKeepAlive: true,
    }
    const raw = createConnection(options)
    const connection = new Connection(raw, address, master)
    await new Promise<void>((resolve, reject) => {
      raw.connect((error) => (error ? reject(translated(error, connection.location)) : resolve()))
    })
    await connection.run("SET time_zone = '+00:00', autocommit = 1")
    await connection.cell('SELECT GET_LOCK(?, 0)', [connection.#lock])
    return connection
  }

  rows(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#query(sql, values) as Promise<Row[]>
  }

  async row(sql: string, values: readonly unknown[] = []): Promise<Row | undefined> {
    return (await this.rows(sql, values))[0]
  }

  /** The first cell of the first row. */
  async cell<T>(sql: string, values: readonly unknown[] = []): Promise<T | undefined> {
    return (await this.row(sql, values))?.[0] as T | undefined
  }

  /** As `rows`, of the database itself: a right to use the engine's functions is granted on it, not on its revisions. */
  async rowsOfDatabase(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const revision = this.#revision
    await this.useDefault()
    const rows = await this.rows(sql, values)
    if (revision) await this.use(revision)
    return rows
  }

  /** Runs a statement. @returns how many rows it changed */
  async run(sql: string, values: readonly unknown[] = []): Promise<number> {
    return ((await this.#query(sql, values)) as ResultSetHeader).affectedRows
  }

  /** Sends `content` to a LOAD DATA LOCAL INFILE statement that asks for `name`; any other file is refused. */
  load(sql: string, name: string, content: () => Readable): Promise<number> {
    const infileStreamFactory = (path: string): Readable => {
      if (path !== name) throw new Error('the server asked for a file that it was not offered')
      return content()
    }
    return this.#query(sql, [], { infileStreamFactory }).then((header) => (header as ResultSetHeader).affectedRows)
  }

  /** Makes a branch or a commit what unqualified names mean here; nobody else's checkout moves. */
  async use(revision: string): Promise<void> {
    if (this.#revision === revision) return
    this.#revision = undefined
    await this.run(`USE ${this.at(revision)}`)
    this.#revision = revision
  }

  /** Makes the database's default branch what unqualified names mean. */
  async useDefault(): Promise<void> {
    if (this.#revision === '') return
    this.#revision = undefined
    await this.run(`USE ${quoted(this.#database)}`)
    this.#revision = ''
  }

  /** Reads something at a revision: of a commit, which never changes, once; of a branch, each time. */
  async remembered<T>(revision: string, what: string, read: () => Promise<T>): Promise<T> {
    const name = `${revision}/${what}`
    if (this.#memory.has(name)) return this.#memory.get(name) as T
    await this.use(revision)
    const value = await read()
    if (this.#memory.size >= REMEMBERED) this.#memory.clear()
    if (isHash(revision)) this.#memory.set(name, value)
    return value
  }

  /** Waits until the server is done with what it does for another connection and its helpers, lost or given up. */
  async outlive(other: Connection): Promise<void> {
    for (const one of [other, ...other.helpers]) await this.#waitFor(one)
  }

  /** Ends its helpers, and waits until the server is done with what it does for them. */
  async endHelpers(): Promise<void> {
    for (const helper of this.helpers) helper.destroy()
    if (this.lost) return
    for (const helper of this.helpers) await this.#waitFor(helper)
    this.helpers.clear()
  }

  async #waitFor(other: Connection): Promise<void> {
    if (Number(await this.cell('SELECT GET_LOCK(?, ?)', [other.#lock, OUTLIVE])) !== 1)
      throw busyError(this.location, 'the server still works on what was given up')
    await this.cell('SELECT RELEASE_LOCK(?)', [other.#lock])
  }

  /** Makes a kept connection as good as new; false if it is of no more use. */
  async reset(): Promise<boolean> {
    this.hold(true)
    this.#revision = this.#left = undefined
    try {
      await this.run('ROLLBACK')
      await this.useDefault()
      return true
    } catch {
      this.destroy()
      return false
    }
  }

  /** The database at a branch or a commit, quoted. */
  at(revision: string): string {
    return quoted(`${this.#database}/${revision}`)
  }

  get database(): string {
    return this.#database
  }

  /** Runs work in a transaction, which it must end itself, by COMMIT or a Dolt commit. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.run('START TRANSACTION')
    try {
      return await work()
    } finally {
      if (!this.lost) await this.run('ROLLBACK').catch(() => this.destroy())
    }
  }

  /** Opens a result that is read row by row; the connection is its own until it is closed. */
  stream(sql: string, values: readonly unknown[] = []): Promise<RowStream> {
    return new Promise((resolve, reject) => {
      const stream = new RowStream(this, this.#raw, sql, values, (error) => (error ? reject(error) : resolve(stream)))
    })
  }

  /** Whether it keeps the process alive. */
  hold(held: boolean): void {
    const { stream } = this.#raw as unknown as { stream: { ref(): void; unref(): void } }
    if (held) stream.ref()
    else stream.unref()
  }

  /** Ends it at once; the server takes back what was not committed. */
  destroy(): void {
    this.lost = true
    for (const helper of this.helpers) helper.destroy()
    this.#raw.destroy()
    // The driver only ends its side: a server in the middle of a result would wait for room for ever, and a gc for it.
    const { stream } = this.#raw as unknown as { stream: { destroy(): void } }
    stream.destroy()
  }

  /** Ends it, and what the server does for it: a server goes on with a statement whose client has gone. */
  stop(): void {
    if (this.lost) return
    this.destroy()
    const killed = this.#kill(this.#raw.threadId).catch(() => {})
    this.stopped = Promise.race([killed, waitUnheld(STOP_MS)])
  }

  async #kill(thread: number | null): Promise<void> {
    const master = await Connection.open(this.#master)
    try {
      await master.run(`KILL QUERY ${thread}`)
    } finally {
      master.destroy()
    }
  }

  /** Leaves a branch that another client deleted. @returns the error; the first may pass by work done again */
  async #leave(branch: string): Promise<DoltflowError> {
    const again = this.#left === branch
    this.#left = branch
    await this.useDefault()
    return deletedError(this.location, branch, again)
  }

  #query(sql: string, values: readonly unknown[], more: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.lost) return reject(closedError(this.location))
      // A connection that was destroyed calls nobody back.
      const { stream } = this.#raw as unknown as { stream: NodeJS.EventEmitter }
      const closed = (): void => {
        this.lost = true
        reject(closedError(this.location))
      }
      stream.once('close', closed)
      this.#raw.query({ sql, values: [...values], ...more }, (error: QueryError | null, result: unknown) => {
        stream.off('close', closed)
        if (!error) return resolve(result)
        const on = this.#revision
        if (on && isOfDeleted(error, `${this.#database}/${on}`)) return void this.#leave(on).then(reject, reject)
        const fault = translated(error, this.location)
        if (fault.code === 'SERVER_UNREACHABLE') this.lost = true
        reject(fault)
      })
    })
  }
}

/** The rows of one statement, in batches; what is not fetched yet waits on the server. */
export class RowStream {
  columns: string[] = []
  ended = false
  readonly #connection: Connection
  readonly #raw: Raw
  #rows: Row[] = []
  #failure: unknown
  #wake: (() => void) | undefined

  constructor(
    connection: Connection,
    raw: Raw,
    sql: string,
    values: readonly unknown[],
    opened: (error?: unknown) => void,
  ) {
    this.#connection = connection
    this.#raw = raw
    const query = raw.query({ sql, values: [...values] }) as unknown as NodeJS.EventEmitter
    const { stream } = raw as unknown as { stream: NodeJS.EventEmitter }
    const fail = (error: unknown): void => {
      this.#failure = error
      opened(error)
      this.#wake?.()
    }
    const closed = (): void => {
      connection.lost = true
      fail(closedError(connection.location))
    }
    stream.once('close', closed)
    query.on('error', (error: Error) => fail(translated(error, connection.location)))
    query.on('fields', (fields: { name: string }[] | undefined) => {
      this.columns = (fields ?? []).map(({ name }) => name)
      opened()
    })
    query.on('result', (row: Row) => {
      this.#rows.push(row)
      if (this.#rows.length < BATCH) return
      raw.pause()
      this.#wake?.()
    })
    query.on('end', () => {
      stream.off('close', closed)
      this.ended = true
      opened()
      this.#wake?.()
    })
  }

  async next(): Promise<Row[] | undefined> {
    while (this.#rows.length < BATCH && !this.ended && this.#failure === undefined) {
      this.#raw.resume()
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = undefined
    }
    if (this.#failure !== undefined) throw this.#failure
    if (this.#rows.length === 0) return undefined
    const rows = this.#rows
    this.#rows = []
    if (!this.ended) this.#raw.resume()
    return rows
  }

  /** Stops it: the connection can't be used again where rows were still to come. */
  close(): void {
    if (!this.ended) this.#connection.stop()
  }
}

/** Whether a revision is a commit's hash, whose data never change. */
export function isHash(revision: string | undefined): boolean {
  return revision !== undefined && /^[0-9a-v]{32}$/.test(revision)
}
