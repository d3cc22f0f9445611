import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { currentOwner, isGone, isGoneHere, ownerText, parseOwner, type Owner } from '../../../system/owner.ts'
import { sweepFolder, temporaryBeside } from '../../../system/temporary.ts'
import type { DatabaseSync } from './addon.ts'
import { emptyLockFile, isLocked, openLockFile } from './lock-file.ts'

/*
 * Whether a process of another container lives can't be told by its number. So each that works on the database holds
 * the lock of a file beside it, `.x.db-alive-OWNER-RANDOM`, which the system gives back when the process dies. All that
 * share a database file share a kernel: a network file system is refused.
 */

export class Presence {
  readonly #database: string
  readonly #prefix: string
  #held: { path: string; connection: DatabaseSync } | undefined

  constructor(database: string) {
    this.#database = database
    this.#prefix = `.${basename(database)}-alive-`
  }

  /** Shows that this process lives, until `close`. */
  show(): void {
    if (this.#held && existsSync(this.#held.path)) return
    this.close()
    const name = `${this.#prefix}${ownerText(currentOwner())}-${randomBytes(4).toString('hex')}`
    const path = join(dirname(this.#database), name)
    // It gets its name when it is locked, so that nobody takes it for that of a process that is gone.
    const temporary = temporaryBeside(path)
    writeFileSync(temporary, emptyLockFile(), { mode: 0o666 })
    const connection = openLockFile(temporary, 0)
    connection.exec('BEGIN EXCLUSIVE')
    renameSync(temporary, path)
    this.#held = { path, connection }
  }

  /** Whether a process lives, of whatever container. */
  isAlive(owner: Owner): boolean {
    const gone = isGoneHere(owner)
    if (gone !== undefined) return !gone
    return this.#files().some((file) => file.owner === ownerText(owner) && isHeld(file.path))
  }

  /** Removes what processes that are gone have left beside the database. Never throws: it may be another user's. */
  sweep(): void {
    const own = `.${basename(this.#database)}.doltflow-`
    sweepFolder(dirname(this.#database), (owner, since, name) =>
      name.startsWith(own) ? !this.isAlive(owner) : isGone(owner, since),
    )
    try {
      for (const { path, owner } of this.#files()) {
        const known = parseOwner(owner)
        // A process that is seen to live needs no look at its lock.
        if (known && isGoneHere(known) === false) continue
        if (!isHeld(path)) rmSync(path, { force: true })
      }
    } catch {
      // The next command tries again.
    }
  }

  close(): void {
    if (!this.#held) return
    rmSync(this.#held.path, { force: true })
    this.#held.connection.close()
    this.#held = undefined
  }

  #files(): { path: string; owner: string }[] {
    const folder = dirname(this.#database)
    return readdirSync(folder)
      .filter((name) => name.startsWith(this.#prefix))
      .map((name) => ({
        path: join(folder, name),
        owner: name.slice(this.#prefix.length).replace(/-[0-9a-f]{8}$/, ''),
      }))
  }
}

/** Whether a file's lock is held; a file that goes meanwhile is its process's last sign. */
function isHeld(path: string): boolean {
  try {
    return isLocked(path)
  } catch (error) {
    if (!existsSync(path)) return false
    throw error
  }
}
