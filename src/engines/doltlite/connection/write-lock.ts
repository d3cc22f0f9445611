import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DoltflowError } from '../../../errors.ts'
import { temporaryBeside } from '../../../system/temporary.ts'
import type { DatabaseSync } from './addon.ts'
import { emptyLockFile, openLockFile } from './lock-file.ts'

/*
 * One process writes at a time. The engine's own lock covers a transaction, but not its checkouts, its changes of
 * branches and what it writes around a merge: with four processes that published at once, one in a few hundred
 * merges left the branch changed, or a half-done merge open. So every call that writes holds a lock of our own: that
 * of an empty stock SQLite file, which the system gives back when the process dies.
 */

/** How long the lock is waited for before DATABASE_BUSY, in ms; the caller then tries again (SQLite waits in ever longer steps). */
const TIMEOUT = 30

export class WriteLock {
  readonly #path: string
  readonly #database: string
  #connection: DatabaseSync | undefined

  constructor(database: string) {
    this.#database = database
    this.#path = join(dirname(database), `.${basename(database)}-writer`)
  }

  /** Runs work while no other process writes. @throws {DoltflowError} DATABASE_BUSY */
  hold<T>(work: () => T): T {
    const connection = (this.#connection ??= this.#open())
    try {
      connection.exec('BEGIN EXCLUSIVE')
    } catch (cause) {
      throw new DoltflowError(
        'DATABASE_BUSY',
        `Another process is writing to ${this.#database}. Try again when it has finished.`,
        { data: { database: this.#database, reason: String(cause) }, cause, retryable: true },
      )
    }
    try {
      return work()
    } finally {
      connection.exec('ROLLBACK')
    }
  }

  close(): void {
    this.#connection?.close()
    this.#connection = undefined
  }

  #open(): DatabaseSync {
    if (!existsSync(this.#path)) create(this.#path)
    return openLockFile(this.#path, TIMEOUT)
  }
}

/** Makes the file, whole, if it is not there: one that is in use must never be replaced. */
function create(path: string): void {
  const temporary = temporaryBeside(path)
  try {
    writeFileSync(temporary, emptyLockFile(), { mode: 0o666 })
    linkSync(temporary, path)
  } catch (error) {
    if (!existsSync(path)) throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}
