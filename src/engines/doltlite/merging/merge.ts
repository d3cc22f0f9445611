import { DoltflowError, reasonOf } from '../../../errors.ts'
import { failpoint } from '../../../system/failpoint.ts'
import { scratchName } from '../../../system/scratch-name.ts'
import type { ConflictWord, Hash, Row } from '../../../types.ts'
import {
  conflictsOf,
  LISTED,
  type ConflictCandidate,
  type CandidateRows,
  type MergeCommits,
} from '../../conflict-candidates.ts'
import type { Merged, MergeSignature } from '../../engine.ts'
import { isKeyless } from '../../keyless.ts'
import { mergeRow, isConflict } from '../../merge-row.ts'
import { conflictingSchemas } from '../../schema-conflict.ts'
import { commit } from '../branches/commit.ts'
import { fastForward, finishMove } from '../branches/move.ts'
import { mergeBase } from '../branches/near.ts'
import { uncommitted } from '../branches/refs.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { closeGaps, settleKeyless } from '../tables/keyless.ts'
import { readSchema, readStored } from '../tables/tables.ts'
import { reshapedTables, type Reshaped } from './changed-schemas.ts'
import { conflictCandidates } from './conflict-candidates.ts'
import { makeStandIn, misplacedTables, putMerged } from './merge-by-name.ts'
import { findUnmergeable } from './schema-conflict.ts'

/**
 * Merges a commit into `target`, three-way, by row and cell. That is done on a scratch branch at the target's head,
 * and the target is moved on to the result: the engine writes a merge in several steps, and other processes'
 * connections would take up a half-done one, fail with "unresolved merge conflicts", or leave the target changed.
 */
export function merge(
  connection: Connection,
  target: string,
  theirs: Hash,
  policy: ConflictWord,
  signature: MergeSignature,
): Merged {
  const head = connection.cell<Hash>('SELECT hash FROM dolt_branches WHERE name = ?', target)!
  const versions = { base: mergeBase(connection, head, theirs)!, ours: head, theirs }
  const own = ownPart(connection, versions)
  const misplaced = own.misplaced.map(({ table }) => table)
  const left =
    misplaced.length > 0 ? makeStandIn(connection, theirs, { tables: misplaced, as: head }, signature) : theirs
  const scratch = scratchName(theirs)
  connection.get('SELECT dolt_branch(?, ?)', scratch, head)
  try {
    const merged = mergeOn(connection, scratch, left, policy, signature, own)
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

/** The part of a merge that we do ourselves: tables whose schema changed. */
interface OwnPart {
  versions: MergeCommits
  /** The rows in question, by table. */
  candidates: Map<string, CandidateRows>
  /** Tables that are merged here. */
  misplaced: Reshaped[]
}

function ownPart(connection: Connection, versions: MergeCommits): OwnPart {
  const reshaped = reshapedTables(connection, versions)
  const unmergeable = findUnmergeable(connection, versions, reshaped)
  if (unmergeable) throw conflictingSchemas(versions.theirs, [unmergeable.table], unmergeable.reason)
  return {
    versions,
    candidates: conflictCandidates(connection, versions, reshaped),
    misplaced: misplacedTables(reshaped),
  }
}

function mergeOn(
  connection: Connection,
  target: string,
  theirs: Hash,
  policy: ConflictWord,
  { always = false, listAll = false, ...signature }: MergeSignature,
  own: OwnPart,
): Merged {
  connection.use(target)
  return connection.exclusively((): Merged => {
    const conflicting = engineMerge(connection, theirs)
    const [keyless, keyed] = parted([...conflicting.keys()], (table) => isKeyless(readStored(connection, table)))
    const all = new Map(own.candidates)
    const limit = policy === 'fail' && !listAll ? LISTED : -1
    for (const table of keyed) if (!all.has(table)) all.set(table, conflictingRows(connection, table, limit))
    if (policy === 'fail' && [...all.values()].some(({ rows }) => rows.some(isConflict)))
      return conflictsOf(
        [...all].map(([table, rows]) => ({
          table,
          ...rows,
          ...(listAll || rows.rows.length < LISTED ? {} : { count: conflicting.get(table) ?? 0 }),
        })),
        { listAll },
      )
    for (const table of keyless) settleKeyless(connection, table)
    for (const one of own.misplaced) putMerged(connection, own.versions, one)
    for (const [table, rows] of all) resolve(connection, table, rows, policy)
    for (const table of keyed) connection.exec(`DELETE FROM ${quoted(`dolt_conflicts_${table}`)}`)
    for (const table of uncommitted(connection))
      if (isKeyless(readStored(connection, table))) closeGaps(connection, table)
    failpoint('merge-merged')
    if (!always && uncommitted(connection).length === 0)
      return { commit: connection.cell<Hash>('SELECT dolt_hashof(?)', target)!, merged: false }
    return { commit: commit(connection, signature), merged: true }
  })
}

/** Merges without a commit; gives the number of conflicts that the engine sees, by table. */
function engineMerge(connection: Connection, theirs: Hash): Map<string, number> {
  try {
    connection.get("SELECT dolt_merge(?, '--no-ff', '--no-commit')", theirs)
    return new Map()
  } catch (error) {
    const conflicting = connection.all('SELECT "table", num_conflicts FROM dolt_conflicts') as [string, number][]
    const ofSchemas = connection.cell('SELECT 1 FROM dolt_schema_conflicts LIMIT 1') !== undefined
    if (ofSchemas || conflicting.length === 0) throw schemaConflict(connection, error, theirs)
    return new Map(conflicting)
  }
}

function parted<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))]
}

/** What the engine says of tables that it can't merge is no more than that. Anything else goes through as it is. */
function schemaConflict(connection: Connection, error: unknown, theirs: Hash): unknown {
  const tables = connection.all('SELECT table_name FROM dolt_schema_conflicts').map(([table]) => table as string)
  const reason = reasonOf(error)
  if (tables.length === 0 && !/merge failed|schema conflict|conflicts detected|cannot merge/.test(reason)) return error
  const named = /table '(.*)' (?:was|has)/s.exec(reason)?.[1]
  return conflictingSchemas(theirs, named === undefined ? tables : [named], 'both sides changed its columns', error)
}

/** The rows that the engine sees conflicts in, of a table whose schema no side has changed. */
function conflictingRows(connection: Connection, table: string, limit: number): CandidateRows {
  const schema = readSchema(connection, table)!
  const names = schema.columns.map((column) => column.name)
  const width = names.length
  const keyAt = schema.key.map((name) => names.indexOf(name))
  const all = connection.prepareExact(`SELECT * FROM ${quoted(`dolt_conflicts_${table}`)} LIMIT ?`).all(limit) as Row[]
  // By their places, since names may clash: from_root_ish, base, ours, our_diff_type, theirs, their_diff_type, id.
  const rows = all.map(([, ...cells]): ConflictCandidate => {
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

/** Decides each row, cell by cell. */
function resolve(
  connection: Connection,
  table: string,
  { names, key, rows }: CandidateRows,
  policy: ConflictWord,
): void {
  const where = key.map((name) => `${quoted(name)} IS ?`).join(' AND ')
  const remove = `DELETE FROM ${quoted(table)} WHERE ${where}`
  const put = `INSERT INTO ${quoted(table)} (${names.map(quoted).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
  for (const side of rows) {
    // Under `fail` there are rows without a conflict alone, for which the policy says nothing.
    const chosen = mergeRow(side, policy === 'theirs' ? 'theirs' : 'ours')
    connection.get(remove, ...side.key)
    failpoint('merge-resolving')
    if (chosen) connection.get(put, ...chosen)
  }
}
