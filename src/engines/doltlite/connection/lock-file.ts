import { loadAddon, type DatabaseSync } from './addon.ts'

/* Locks that the system gives back when their process dies, in whatever container: those of empty stock SQLite files. */

const PAGE = 512

/** Opens a lock's file. @param timeout how long the lock is waited for, in ms */
export function openLockFile(path: string, timeout: number): DatabaseSync {
  const { DatabaseSync } = loadAddon()
  const connection = new DatabaseSync(path)
  connection.exec(`PRAGMA busy_timeout = ${timeout}`)
  return connection
}

/** Whether a process holds a file's lock. Looking takes a lock for reading alone, so that two that look don't meet. */
export function isLocked(path: string): boolean {
  const { DatabaseSync } = loadAddon()
  let connection: DatabaseSync | undefined
  try {
    connection = new DatabaseSync(path, { readOnly: true })
    connection.exec('PRAGMA busy_timeout = 0')
    connection.prepare('SELECT count(*) FROM sqlite_master').get()
    return false
  } catch (error) {
    if (/locked|busy/i.test(String(error))) return true
    throw error
  } finally {
    connection?.close()
  }
}

/** A stock SQLite file without a table (https://www.sqlite.org/fileformat2.html, "The Database Header"). */
export function emptyLockFile(): Buffer {
  const page = Buffer.alloc(PAGE)
  page.write('SQLite format 3\0', 'latin1')
  page.writeUInt16BE(PAGE, 16)
  page.set([1, 1, 0, 64, 32, 32], 18)
  page.writeUInt32BE(1, 24)
  page.writeUInt32BE(1, 28)
  page.writeUInt32BE(4, 44)
  page.writeUInt32BE(1, 56)
  page.writeUInt32BE(1, 92)
  page.writeUInt32BE(3046000, 96)
  page[100] = 0x0d
  page.writeUInt16BE(PAGE, 105)
  return page
}
