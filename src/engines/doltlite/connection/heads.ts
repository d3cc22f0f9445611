import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { DoltflowError } from '../../../errors.ts'
import { either } from '../../../spelling.ts'
import { temporaryBeside } from '../../../system/temporary.ts'
import type { Hash } from '../../../types.ts'
import type { Connection } from './connection.ts'

/*
 * A database file cut short opens as if nothing had happened, only older. So each acknowledged head is noted in a
 * small file beside it, a line `branch hash` each, the last of a branch counts; a branch that does not lead to it any
 * more means that the database lost commits. One process writes at a time (write-lock.ts).
 */
const COMPACT_BYTES = 64 * 1024
const NONE = '-'
/** A full disk may cut a line short: it says nothing then, and each line begins with a line end of its own. */
const LINE = /^(\S+) (-|[0-9a-f]{40})$/

export type Heads = Map<string, Hash>

function headsPath(path: string): string {
  return `${path}.heads`
}

/** Notes a branch's head as it is now (others may have moved it on since `head`), or that the branch goes. */
export function acknowledge(connection: Connection, branch: string, head: Hash | undefined): void {
  const file = headsPath(connection.path)
  const now = head && (connection.cell<Hash>('SELECT hash FROM dolt_branches WHERE name = ?', branch) ?? head)
  try {
    appendFileSync(file, line(branch, now ?? NONE))
    if (statSync(file).size > COMPACT_BYTES) replaceFile(file, readHeads(connection.path))
  } catch {
    // What was published is published: a full disk, or a file of another user's, does not take it back.
  }
}

/** The heads that were acknowledged. */
export function readHeads(path: string): Heads {
  const file = headsPath(path)
  const heads: Heads = new Map()
  for (const text of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const [, branch, head] = LINE.exec(text) ?? []
    if (head === NONE) heads.delete(branch!)
    else if (head !== undefined) heads.set(branch!, head)
  }
  return heads
}

/**
 * Checks that the database still has every head that was acknowledged.
 * @param heads as they were read before the connection was opened: it must know them all
 * @throws {DoltflowError} DATABASE_TRUNCATED
 */
export function checkHeads(heads: Heads, connection: Connection): void {
  for (const [branch, head] of heads) {
    if (contains(connection, branch, head)) continue
    // Another process may have noted another one since.
    const now = readHeads(connection.path).get(branch)
    if (now !== head && (now === undefined || contains(connection, branch, now))) continue
    throw new DoltflowError(
      'DATABASE_TRUNCATED',
      `${connection.path} has lost commits: branch ${branch} no longer has ${head}. The file was cut short or replaced by an older one, or another program moved the branch back. ` +
        `Restore it from a backup or clone it from a remote; if it is meant to be as it is (a restored backup, say), tell so with: ${either('accept(url)', 'doltflow accept')}`,
      { data: { database: connection.path, branch, head } },
    )
  }
}

/**
 * Refuses to make a new database if one is lost.
 * @throws {DoltflowError} DATABASE_TRUNCATED
 */
export function refuseLost(path: string, heads: Heads): void {
  if (heads.size === 0 || existsSync(path)) return
  throw new DoltflowError(
    'DATABASE_TRUNCATED',
    `${path} is not there any more, though ${headsPath(path)} tells that it had commits. Restore it from a backup or clone it from a remote; to begin again, remove ${headsPath(path)} first.`,
    { data: { database: path } },
  )
}

/** Forgets what was noted and notes the heads that the database has. */
export function acceptHeads(path: string, heads: readonly { name: string; hash: Hash }[]): void {
  replaceFile(headsPath(path), new Map(heads.map(({ name, hash }) => [name, hash])))
}

/** A commit may be in the file that its branch has lost: only what the branch leads to counts. */
function contains(connection: Connection, branch: string, head: Hash): boolean {
  try {
    const now = connection.cell<Hash>('SELECT hash FROM dolt_branches WHERE name = ?', branch)
    return now === head || (now !== undefined && connection.cell('SELECT dolt_merge_base(?, ?)', head, now) === head)
  } catch (error) {
    if (error instanceof DoltflowError && error.code === 'ENGINE_FAILED') return false
    throw error
  }
}

function replaceFile(file: string, heads: Heads): void {
  const temporary = temporaryBeside(file)
  try {
    writeFileSync(temporary, [...heads].map(([branch, head]) => line(branch, head)).join(''))
    renameSync(temporary, file)
  } finally {
    rmSync(temporary, { force: true })
  }
}

function line(branch: string, head: string): string {
  return `\n${branch} ${head}\n`
}
