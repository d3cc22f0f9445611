import { appendFileSync, existsSync, fstatSync, closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { DoltflowError } from '../../errors.ts'
import type { Hash } from '../../types.ts'
import type { Connection } from './connection.ts'

/*
 * A database file cut short opens as if nothing had happened, only older. So each acknowledged head is noted in a
 * small file beside it, a line `branch hash` each, the last of a branch counts; a hash that the database does not
 * know means that it lost commits.
 */
const COMPACT_BYTES = 64 * 1024
const LOCK_MS = 60_000
const NONE = '-'

function headsPath(path: string): string {
  return `${path}.heads`
}

/** Notes a branch's head, or that the branch is gone. */
export function acknowledge(path: string, branch: string, head: Hash | undefined): void {
  const file = headsPath(path)
  const line = `${branch} ${head ?? NONE}\n`
  // Another process may put a shorter file in its place meanwhile: then the line is written again.
  for (;;) {
    const descriptor = openSync(file, 'a', 0o644)
    try {
      writeSync(descriptor, line)
      if (fstatSync(descriptor).ino === inode(file)) break
    } finally {
      closeSync(descriptor)
    }
  }
  if (statSync(file).size > COMPACT_BYTES) compact(file)
}

/**
 * Checks that the database still has every head that was acknowledged.
 * @throws {DoltflowError} DATABASE_TRUNCATED
 */
export function checkHeads(path: string, connection: Connection): void {
  for (const [branch, head] of readHeads(headsPath(path))) {
    if (knows(connection, head)) continue
    throw new DoltflowError(
      'DATABASE_TRUNCATED',
      `${path} has lost commits: it does not know ${head}, which branch ${branch} had. The file was cut short or replaced by an older one. ` +
        'Restore it from a backup or clone it from a remote; if this is such a restored backup, say so with: doltflow accept',
      { data: { database: path, branch, head } },
    )
  }
}

/** Forgets what was noted and notes the heads that the database has. */
export function acceptHeads(path: string, heads: readonly { name: string; hash: Hash }[]): void {
  replaceFile(headsPath(path), heads.map(({ name, hash }) => `${name} ${hash}\n`).join(''))
}

function knows(connection: Connection, hash: Hash): boolean {
  try {
    return connection.cell('SELECT dolt_hashof(?)', hash) === hash
  } catch (error) {
    if (error instanceof DoltflowError && /invalid ref|not found/.test(String(error.data['reason']))) return false
    throw error
  }
}

function readHeads(file: string): Map<string, Hash> {
  return existsSync(file) ? parseHeads(readFileSync(file, 'utf8')) : new Map()
}

function parseHeads(text: string): Map<string, Hash> {
  const heads = new Map<string, Hash>()
  for (const line of text.split('\n').slice(0, -1)) {
    const [branch, head] = line.split(' ')
    if (head === NONE) heads.delete(branch!)
    else heads.set(branch!, head!)
  }
  return heads
}

/**
 * Keeps the last line of each branch. One process at a time, by a lock file that counts for a minute.
 * A line that was added while the file was rewritten is added to the new one; one that comes later finds, after
 * writing, that its file is no longer the one in place (`acknowledge`).
 */
function compact(file: string): void {
  const lock = `${file}.lock`
  if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > LOCK_MS) rmSync(lock, { force: true })
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
  } catch {
    return
  }
  const old = openSync(file, 'r')
  try {
    const before = readFileSync(old, 'utf8')
    replaceFile(file, [...parseHeads(before)].map(([branch, head]) => `${branch} ${head}\n`).join(''))
    const later = readFileSync(old, 'utf8')
    if (later !== '') appendFileSync(file, later)
  } finally {
    closeSync(old)
    rmSync(lock, { force: true })
  }
}

function replaceFile(file: string, content: string): void {
  const temporary = `${file}.${randomUUID()}`
  try {
    writeFileSync(temporary, content)
    renameSync(temporary, file)
  } finally {
    rmSync(temporary, { force: true })
  }
}

function inode(file: string): number | undefined {
  return existsSync(file) ? statSync(file).ino : undefined
}

