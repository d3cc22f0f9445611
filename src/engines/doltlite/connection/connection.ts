import { statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { DoltflowError, RefusedError } from '../../../errors.ts'
import { either } from '../../../spelling.ts'
import type { Hash, Row } from '../../../types.ts'
import { mayPark } from '../worker/parking.ts'
import { loadAddon, type DatabaseSync, type StatementSync } from './addon.ts'

/** How long a statement waits for another process's write lock before it reports DATABASE_BUSY, in ms. */
const BUSY_TIMEOUT = 500
const READERS_KEPT = 4

/** One connection to the file, and its read-only views of single commits. Runs in the worker: every call blocks. */
export class Connection {
  readonly path: string
  readonly readOnly: boolean
  #database: DatabaseSync
  #inode: number | undefined
  #onEmpty = false
  readonly #onBranches = new Map<string, Connection>()
  readonly #readers = new Map<Hash, Connection>()

  /** @param revision a branch or a commit; a commit's connection reads it as it was and can't write */
  constructor(path: string, options: { readOnly?: boolean; revision?: string } = {}) {
    this.path = path
    this.readOnly = options.readOnly ?? false
    this.#database = this.#open(options.revision)
  }

  /** The first row, as an array. */
  get(sql: string, ...values: unknown[]): Row | undefined {
    return translated(() => this.#prepare(sql).get(...values) as Row | undefined, this.path)
  }

  /** The first cell of the first row. */
  cell<T>(sql: string, ...values: unknown[]): T | undefined {
    return this.get(sql, ...values)?.[0] as T | undefined
  }

  all(sql: string, ...values: unknown[]): Row[] {
    return translated(() => this.#prepare(sql).all(...values) as Row[], this.path)
  }

  /** A statement that gives arrays, its integers as bigint: nothing is rounded. */
  prepareExact(sql: string): StatementSync {
    const statement = translated(() => this.#prepare(sql), this.path)
    statement.setReadBigInts(true)
    return statement
  }

  exec(sql: string): void {
    translated(() => this.#database.exec(sql), this.path)
  }

  /** Runs `work` in a transaction that keeps other writers out. It must end the transaction itself, or throw. */
  exclusively<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE')
    try {
      return work()
    } finally {
      if (this.#database.inTransaction) this.exec('ROLLBACK')
    }
  }

  /**
   * Begins another transaction of the same branch: the engine holds all rows of one in memory, up to some ten thousand.
   * Only for a branch of the caller's own, where half of a change may stand.
   */
  flush(): void {
    this.exec('COMMIT')
    this.exec('BEGIN IMMEDIATE')
  }

  /** The database as it was at a commit: its tables, schemas and rows; no lock is taken, nothing is written. */
  at(commit: Hash): Connection {
    const known = this.#readers.get(commit)
    if (known) return known
    const reader = new Connection(this.path, { readOnly: true, revision: commit })
    if (this.#readers.size >= READERS_KEPT) this.#readers.delete(this.#readers.keys().next().value!)
    this.#readers.set(commit, reader)
    return reader
  }

  /** A kept connection that reads a branch as it is now. */
  on(branch: string): Connection {
    let reader = this.#onBranches.get(branch)
    if (!reader) {
      reader = new Connection(this.path, { readOnly: true, revision: branch })
      this.#onBranches.set(branch, reader)
    }
    return reader
  }

  /**
   * Reads something small of a commit: on this very connection if it shows that commit, since opening another
   * costs the more the longer the history is. The transaction keeps what is seen from moving.
   */
  glance<T>(commit: Hash, read: (connection: Connection) => T): T {
    this.exec('BEGIN')
    try {
      const isHere =
        this.cell("SELECT dolt_hashof('HEAD')") === commit &&
        this.cell('SELECT 1 FROM dolt_status LIMIT 1') === undefined
      if (isHere) return read(this)
    } finally {
      this.exec('COMMIT')
    }
    return read(this.at(commit))
  }

  /**
   * Makes `branch` this connection's own; nothing of it shows to others. The engine's checkout keeps the tables of
   * the branch before if the new one has none, and marks it as changed: on such a branch a connection is opened.
   */
  use(branch: string): void {
    const isEmpty = emptyCatalogs().has(this.cell<string>('SELECT dolt_hashof_db(?)', branch)!)
    if (isEmpty || this.#onEmpty) {
      this.#database.close()
      this.#database = this.#open(isEmpty ? branch : undefined)
      this.#onEmpty = isEmpty
    }
    if (isEmpty) return
    try {
      this.get('SELECT dolt_checkout(?)', branch)
    } catch (error) {
      // A checkout that failed half-way would write one branch's tables into the other.
      this.renew()
      throw error
    }
  }

  /** Opens the connection again, on the default branch: it forgets all that it has seen. */
  renew(): void {
    this.#database.close()
    this.#database = this.#open(undefined)
    this.#onEmpty = false
  }

  /**
   * A gc puts another file in the place of this one; who goes on with the old one reads what was, and can't write.
   * What is being read from it may be read to its end.
   */
  followFile(): void {
    const now = inode(this.path)
    if (now === undefined || now === this.#inode) return
    this.#readers.clear()
    this.#onBranches.clear()
    this.renew()
  }

  #open(revision: string | undefined): DatabaseSync {
    const { DatabaseSync } = loadAddon()
    const location = locationOf(this.path, revision)
    return translated(() => {
      const database = new DatabaseSync(location, { readOnly: this.readOnly })
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`)
      this.#inode = inode(this.path)
      return database
    }, this.path)
  }

  close(): void {
    for (const reader of [...this.#readers.values(), ...this.#onBranches.values()]) reader.close()
    this.#readers.clear()
    this.#onBranches.clear()
    this.#database.close()
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
}

/** How the name of a copy ends whose chunks come from where it was cloned, when they are read. */
export const LAZY_SUFFIX = '.lazy.db'

/** What the engine opens: a database, or one of its branches or commits. Every process knows a lazy copy by its name. */
export function locationOf(path: string, revision?: string): string {
  const location = revision === undefined ? path : `${path}/${revision}`
  return path.endsWith(LAZY_SUFFIX) ? `${pathToFileURL(location).href}?lazy_origin=1` : location
}

let empties: Set<string> | undefined

/** The hashes of a catalog without tables: that of a new database's commit, and that of its working set. */
function emptyCatalogs(): Set<string> {
  if (empties) return empties
  const memory = new Connection(':memory:')
  empties = new Set(memory.get("SELECT dolt_hashof_db('HEAD'), dolt_hashof_db()") as string[])
  memory.close()
  return empties
}

function inode(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

/** An identifier, quoted for SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The engine's errors carry no code, only text; this gives them one. */
function translated<T>(work: () => T, path: string): T {
  try {
    mayPark()
    return work()
  } catch (cause) {
    if (cause instanceof DoltflowError) throw cause
    const text = cause instanceof Error ? cause.message : String(cause)
    const data = { database: path, reason: text }
    if (/locked|busy|HEAD changed|would be stomped/i.test(text))
      throw new DoltflowError(
        'DATABASE_BUSY',
        `Another process is writing to ${path} (${text}). Try again when it has finished.`,
        { data, cause, retryable: true },
      )
    if (/too many columns/i.test(text))
      throw new RefusedError(
        'TOO_MANY_COLUMNS',
        `A table of this engine has 2,000 columns at most (${text}). Split it into several tables of the same key.`,
        { data, cause },
      )
    if (/vtable constructor failed/i.test(text))
      throw new RefusedError(
        'TOO_MANY_COLUMNS',
        `The engine compares and merges row by row only tables with fewer columns: about 990 (${text}). Counts (${either('diffCounts()', 'diff --stat', 'diff_counts()')}), load and save work; split the table to see its rows.`,
        { data, cause },
      )
    if (/not a database|malformed|corrupt|checksum/i.test(text))
      throw new DoltflowError(
        'DATABASE_CORRUPT',
        `${path} is not a whole DoltLite database (${text}). Restore it from a backup or clone it from a remote.`,
        { data, cause },
      )
    if (/readonly database|unable to open/i.test(text))
      throw new DoltflowError(
        'DATABASE_READ_ONLY',
        `${path} can't be written (${text}). Give write permission on the file and its folder, or load only.`,
        { data, cause },
      )
    // These two are all that the engine says of a checkout or a reset whose reading or writing failed.
    if (/disk I\/O|disk is full|cannot allocate|checkout failed|^\w+: 0$/i.test(text))
      throw new DoltflowError(
        'IO_FAILED',
        `Reading or writing ${path} failed (${text}). Check the disk and its free space; nothing was changed.`,
        { data, cause, retryable: true },
      )
    throw new DoltflowError('ENGINE_FAILED', `The engine refused: ${text}`, { data, cause })
  }
}
