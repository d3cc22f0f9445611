import { DoltflowError, RefusedError } from '../../errors.ts'
import type { Conflict, ConflictPolicy, Hash, Row, Value } from '../../types.ts'
import { decided, type Sides } from '../decide.ts'
import type { Merged, Signature } from '../engine.ts'
import { commit } from './build.ts'
import { failpoint } from '../../failpoint.ts'
import { scratchName } from '../../scratch.ts'
import { quoted, type Connection } from './connection.ts'
import { closeGaps, isKeyless, settleKeyless } from './keyless.ts'
import { uncommitted } from './refs.ts'
import { readSchema, readStored } from './tables.ts'
import { findUnmergeable } from './unmergeable.ts'
import { plainValue, record } from '../values.ts'

/** How many conflicting rows an error lists. */
const LISTED = 1000

/** How many commits back the working set of an interrupted move is looked for. */
const MOVED = 1000

/** Moves `target` from `from` to `to`; false where it has moved meanwhile. */
export function fastForward(connection: Connection, target: string, from: Hash, to: Hash): boolean {
  try {
    return move(connection, target, from, to)
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'BRANCH_DIRTY' || !finishMove(connection, target))
      throw error
    return move(connection, target, from, to)
  }
}

function move(connection: Connection, target: string, from: Hash, to: Hash): boolean {
  connection.use(target)
  return connection.exclusively(() => {
    if (connection.cell('SELECT dolt_hashof(?)', target) !== from) return false
    refuseDirty(connection, target)
    failpoint('publish-locked')
    connection.get("SELECT dolt_reset('--hard', ?)", to)
    failpoint('publish-reset')
    connection.exec('COMMIT')
    return true
  })
}

/**
 * Ends a move that was interrupted: the engine writes a branch's head first, its staged and its working set after
 * that, so that these are still those of a commit before. Changes that are in no commit are a person's, and stay.
 * @returns whether there was such a move
 */
export function finishMove(connection: Connection, target: string): boolean {
  connection.renew()
  connection.use(target)
  return connection.exclusively(() => {
    if (uncommitted(connection).length === 0) return false
    const catalog = (ref: string): string => connection.cell<string>('SELECT dolt_hashof_db(?)', ref)!
    const unknown = new Set([catalog('WORKING'), catalog('STAGED')])
    const head = connection.cell<Hash>('SELECT dolt_hashof(?)', target)!
    for (const [hash] of connection.all('SELECT commit_hash FROM dolt_log(?) LIMIT ?', head, MOVED)) {
      unknown.delete(catalog(hash as Hash))
      if (unknown.size > 0) continue
      connection.get("SELECT dolt_reset('--hard', ?)", head)
      connection.exec('COMMIT')
      return true
    }
    return false
  })
}

/**
 * Merges a commit into `target`, three-way, by row and cell. That is done on a scratch branch at the target's head,
 * and the target is moved on to the result: the engine writes a merge in several steps, and other processes'
 * connections would take up a half-done one, fail with "unresolved merge conflicts", or leave the target changed.
 */
export function merge(
  connection: Connection,
  target: string,
  theirs: Hash,
  policy: ConflictPolicy,
  signature: Signature & { always?: boolean },
): Merged {
  const head = connection.cell<Hash>('SELECT hash FROM dolt_branches WHERE name = ?', target)!
  const unmergeable = findUnmergeable(connection, head, theirs)
  if (unmergeable) throw conflictingSchemas(target, theirs, [unmergeable.table], unmergeable.reason)
  const scratch = scratchName(theirs)
  connection.get('SELECT dolt_branch(?, ?)', scratch, head)
  try {
    const merged = mergeOn(connection, scratch, theirs, policy, signature)
    failpoint('merge-made')
    if ('commit' in merged) moveTo(connection, target, head, merged.commit)
    return merged
  } finally {
    // What the engine keeps of a merge on its connection goes with the connection.
    connection.renew()
    connection.get("SELECT dolt_branch('-D', ?)", scratch)
  }
}

function moveTo(connection: Connection, target: string, from: Hash, to: Hash): void {
  let moved: boolean
  try {
    moved = fastForward(connection, target, from, to)
  } catch (error) {
    finishMove(connection, target)
    throw error
  }
  if (moved) return
  throw new DoltflowError('DATABASE_BUSY', `Branch ${target} was moved by another program meanwhile. Try again.`, {
    data: { branch: target },
    retryable: true,
  })
}

function mergeOn(
  connection: Connection,
  target: string,
  theirs: Hash,
  policy: ConflictPolicy,
  { always = false, ...signature }: Signature & { always?: boolean },
): Merged {
  connection.use(target)
  return connection.exclusively((): Merged => {
    try {
      connection.get("SELECT dolt_merge(?, '--no-commit')", theirs)
    } catch (error) {
      const conflicting = connection.all('SELECT "table", num_conflicts FROM dolt_conflicts') as [string, number][]
      const ofSchemas = connection.cell('SELECT 1 FROM dolt_schema_conflicts LIMIT 1') !== undefined
      if (ofSchemas || conflicting.length === 0) throw schemaConflict(connection, error, target, theirs)
      const [keyless, keyed] = parted(conflicting, ([table]) => isKeyless(readStored(connection, table)))
      if (policy === 'fail' && keyed.length > 0) return conflictsOf(connection, keyed)
      for (const [table] of keyless) settleKeyless(connection, table)
      if (policy !== 'fail') for (const [table] of keyed) resolve(connection, table, policy)
    }
    for (const table of uncommitted(connection))
      if (isKeyless(readStored(connection, table))) closeGaps(connection, table)
    failpoint('merge-merged')
    if (!always && uncommitted(connection).length === 0)
      return { commit: connection.cell<Hash>('SELECT dolt_hashof(?)', target)!, merged: false }
    return { commit: commit(connection, signature), merged: true }
  })
}

function parted<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))]
}

function refuseDirty(connection: Connection, target: string): void {
  const tables = uncommitted(connection)
  if (tables.length > 0)
    throw new RefusedError(
      'BRANCH_DIRTY',
      `Branch ${target} has uncommitted changes in ${tables.join(', ')}, made by another program. Commit or reset them there, then try again.`,
      { data: { branch: target, tables } },
    )
}

/** What the engine says of tables that it can't merge is no more than that. Anything else goes through as it is. */
function schemaConflict(connection: Connection, error: unknown, target: string, theirs: Hash): unknown {
  const tables = connection.all('SELECT table_name FROM dolt_schema_conflicts').map(([table]) => table as string)
  const reason = error instanceof DoltflowError ? String(error.data['reason']) : ''
  if (tables.length === 0 && !/merge failed|schema conflict|conflicts detected|cannot merge/.test(reason)) return error
  const named = /table '(.*)' (?:was|has)/s.exec(reason)?.[1]
  return conflictingSchemas(target, theirs, named === undefined ? tables : [named], reason, error)
}

function conflictingSchemas(
  target: string,
  theirs: Hash,
  tables: string[],
  reason: string,
  cause?: unknown,
): RefusedError {
  return new RefusedError(
    'SCHEMA_CONFLICT',
    `Commit ${theirs} and branch ${target} have given ${tables.join(', ') || 'a table'} schemas that can't be merged (${reason}). ` +
      'Save again, built on the head of the branch; or give both sides the same columns and types first.',
    { data: { branch: target, commit: theirs, tables, reason }, cause },
  )
}

/** A conflicting row and its key. */
interface Conflicting extends Sides {
  key: Row
}

function sides(
  connection: Connection,
  table: string,
  limit: number,
): { names: string[]; key: string[]; rows: Conflicting[] } {
  const schema = readSchema(connection, table)!
  const names = schema.columns.map((column) => column.name)
  const width = names.length
  const keyAt = schema.key.map((name) => names.indexOf(name))
  const all = connection.prepareExact(`SELECT * FROM ${quoted(`dolt_conflicts_${table}`)} LIMIT ?`).all(limit) as Row[]
  // By their places, since names may clash: from_root_ish, base, ours, our_diff_type, theirs, their_diff_type, id.
  const rows = all.map(([, ...cells]): Conflicting => {
    const base = cells.slice(0, width)
    const ours = cells.slice(width, 2 * width)
    const ourChange = cells[2 * width]
    const theirs = cells.slice(2 * width + 1, 3 * width + 1)
    const theirChange = cells[3 * width + 1]
    const present = ourChange === 'removed' ? theirs : ours
    return {
      key: keyAt.map((at) => present[at]!),
      base: keyAt.every((at) => base[at] === null) ? null : base,
      ours: ourChange === 'removed' ? null : ours,
      theirs: theirChange === 'removed' ? null : theirs,
    }
  })
  return { names, key: schema.key, rows }
}

function conflictsOf(connection: Connection, conflicting: [string, number][]): Merged {
  const conflicts: Conflict[] = []
  for (const [table] of conflicting) {
    const { names, key, rows } = sides(connection, table, LISTED - conflicts.length)
    const named = (row: Row | null): Record<string, Value> | null => row && record(names, row.map(plainValue))
    for (const { key: values, base, ours, theirs } of rows)
      conflicts.push({
        table,
        key: record(key, values.map(plainValue)),
        base: named(base),
        ours: named(ours),
        theirs: named(theirs),
      })
    if (conflicts.length >= LISTED) break
  }
  const total = conflicting.reduce((sum, [, count]) => sum + count, 0)
  return { conflicts, total, tables: conflicting.map(([table]) => table) }
}

/** Decides each conflicting row, cell by cell. */
function resolve(connection: Connection, table: string, policy: 'ours' | 'theirs'): void {
  const { names, key, rows } = sides(connection, table, -1)
  const where = key.map((name) => `${quoted(name)} IS ?`).join(' AND ')
  const remove = `DELETE FROM ${quoted(table)} WHERE ${where}`
  const put = `INSERT INTO ${quoted(table)} (${names.map(quoted).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
  for (const side of rows) {
    const chosen = decided(side, policy)
    connection.get(remove, ...side.key)
    failpoint('merge-resolving')
    if (chosen) connection.get(put, ...chosen)
  }
  connection.exec(`DELETE FROM ${quoted(`dolt_conflicts_${table}`)}`)
}
