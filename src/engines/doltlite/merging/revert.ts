import { DoltflowError, reasonOf } from '../../../errors.ts'
import type { Hash } from '../../../types.ts'
import type { MergeCommits } from '../../conflict-candidates.ts'
import type { Signature, Built } from '../../engine.ts'
import { isKeyless } from '../../keyless.ts'
import { isConflict } from '../../merge-row.ts'
import { notReverted } from '../../schema-conflict.ts'
import { commit } from '../branches/commit.ts'
import { uncommitted } from '../branches/refs.ts'
import type { Connection } from '../connection/connection.ts'
import { closeGaps } from '../tables/keyless.ts'
import { readStored, tables } from '../tables/tables.ts'
import { reshapedTables, type Reshaped } from './changed-schemas.ts'
import { conflictCandidates } from './conflict-candidates.ts'
import { commitAside, makeStandIn, misplacedTables, putMerged } from './merge-by-name.ts'
import { findUnmergeable } from './schema-conflict.ts'
import { changedTables, takeTables } from './squash.ts'

/** The engine's revert commits by itself, without author and trailers: its commit is made again. */
export function revert(connection: Connection, scratch: string, hash: Hash, signature: Signature): Built {
  const { versions, misplaced } = refuseToRevert(connection, hash)
  if (isTakenBack(connection, versions)) return { commit: undefined }
  try {
    if (misplaced.length === 0) connection.get('SELECT dolt_revert(?)', hash)
    else
      revertOthers(
        connection,
        scratch,
        versions,
        misplaced.map(({ table }) => table),
        signature,
      )
  } catch (cause) {
    const reason = reasonOf(cause)
    if (!/nothing to commit|no changes/i.test(reason)) {
      if (!(cause instanceof DoltflowError) || cause.code !== 'ENGINE_FAILED') throw cause
      throw notReverted(hash, 'later commits changed the same rows', cause)
    }
  }
  connection.get("SELECT dolt_reset('--soft', ?)", versions.ours)
  return connection.exclusively((): Built => {
    for (const one of misplaced) putMerged(connection, versions, one)
    for (const table of uncommitted(connection))
      if (isKeyless(readStored(connection, table))) closeGaps(connection, table)
    if (uncommitted(connection).length === 0) return { commit: undefined }
    return { commit: commit(connection, signature) }
  })
}

/** Whether all that a commit changed is as it was before. The engine takes a table that is gone for one that was renamed. */
function isTakenBack(connection: Connection, { base, ours, theirs }: MergeCommits): boolean {
  const { tableHash } = tables(connection)
  return changedTables(connection, theirs, base)
    .flat()
    .every((table) => !table || tableHash(ours, table) === tableHash(theirs, table))
}

/** Reverts all but some tables: by a commit that takes the others back, on one that has these as they are now. */
function revertOthers(
  connection: Connection,
  scratch: string,
  { base, ours, theirs }: MergeCommits,
  names: readonly string[],
  signature: Signature,
): void {
  const changed = changedTables(connection, base, theirs).filter((pair) => !pair.some((name) => names.includes(name)))
  if (changed.length === 0) return
  const from = makeStandIn(connection, base, { tables: names, as: ours }, signature)
  const back = commitAside(connection, from, signature, () => takeTables(connection, changed, theirs))
  connection.use(scratch)
  connection.get('SELECT dolt_cherry_pick(?)', back)
}

/**
 * A revert is a merge from the commit to its parent: what a merge is watched over for would go wrong here, too.
 * @returns the versions that are merged, and the tables that the engine would merge by the wrong places
 */
function refuseToRevert(connection: Connection, hash: Hash): { versions: MergeCommits; misplaced: Reshaped[] } {
  const parent = connection.cell<Hash | null>(
    'SELECT parent_hash FROM dolt_commit_ancestors WHERE commit_hash = ? AND parent_index = 0',
    hash,
  )
  if (parent === undefined || parent === null) throw notReverted(hash, 'it is the first commit of all')
  const versions = { base: hash, ours: connection.cell<Hash>("SELECT dolt_hashof('HEAD')")!, theirs: parent }
  const reshaped = reshapedTables(connection, versions)
  const unmergeable = findUnmergeable(connection, versions, reshaped)
  if (unmergeable) throw notReverted(hash, `table ${unmergeable.table} has changed since: ${unmergeable.reason}`)
  for (const [table, { rows }] of conflictCandidates(connection, versions, reshaped))
    if (rows.some(isConflict)) throw notReverted(hash, `later commits changed the same rows of table ${table}`)
  return { versions, misplaced: misplacedTables(reshaped) }
}
