import { DoltflowError, reasonOf } from '../../../errors.ts'
import type { Hash } from '../../../types.ts'
import type { Signature, Built } from '../../engine.ts'
import { isKeyless } from '../../keyless.ts'
import { isConflict } from '../../merge-row.ts'
import { notReverted } from '../../schema-conflict.ts'
import { commit } from '../branches/commit.ts'
import { uncommitted } from '../branches/refs.ts'
import type { Connection } from '../connection/connection.ts'
import { closeGaps } from '../tables/keyless.ts'
import { readStored, tables } from '../tables/tables.ts'
import { reshapedTables } from './changed-schemas.ts'
import { contestedTables } from './conflict-candidates.ts'
import { findUnmergeable } from './schema-conflict.ts'

/** The engine's revert commits by itself, without author and trailers: its commit is made anew. */
export function revert(connection: Connection, hash: Hash, signature: Signature): Built {
  refuseToRevert(connection, hash)
  if (isTakenBack(connection, hash)) return { commit: undefined }
  try {
    connection.get('SELECT dolt_revert(?)', hash)
  } catch (cause) {
    const reason = reasonOf(cause)
    if (/nothing to commit|no changes/i.test(reason)) return { commit: undefined }
    if (!(cause instanceof DoltflowError) || cause.code !== 'ENGINE_FAILED') throw cause
    throw notReverted(hash, 'later commits changed the same rows', cause)
  }
  connection.get("SELECT dolt_reset('--soft', 'HEAD~1')")
  for (const table of uncommitted(connection))
    if (isKeyless(readStored(connection, table))) closeGaps(connection, table)
  if (uncommitted(connection).length === 0) return { commit: undefined }
  return { commit: commit(connection, signature) }
}

/** Whether all that a commit changed is as it was before. The engine takes a table that is gone for one that was renamed. */
function isTakenBack(connection: Connection, hash: Hash): boolean {
  const { tableHash } = tables(connection)
  const [head, parent] = ['HEAD', `${hash}~1`].map((ref) => connection.cell<Hash>('SELECT dolt_hashof(?)', ref)!)
  const changed = connection.all('SELECT from_table_name, to_table_name FROM dolt_diff_summary(?, ?)', parent, hash)
  return (changed.flat() as (string | null)[]).every(
    (table) => !table || tableHash(head!, table) === tableHash(parent!, table),
  )
}

/** A revert is a merge from the commit to its parent: what a merge is watched over for would go wrong here, too. */
function refuseToRevert(connection: Connection, hash: Hash): void {
  const parent = connection.cell<Hash | null>(
    'SELECT parent_hash FROM dolt_commit_ancestors WHERE commit_hash = ? AND parent_index = 0',
    hash,
  )
  if (parent === undefined || parent === null) throw notReverted(hash, 'it is the first commit of all')
  const versions = { base: hash, ours: connection.cell<Hash>("SELECT dolt_hashof('HEAD')")!, theirs: parent }
  const reshaped = reshapedTables(connection, versions)
  const unmergeable = findUnmergeable(connection, versions, reshaped)
  if (unmergeable)
    throw notReverted(hash, `later commits changed table ${unmergeable.table}, too: ${unmergeable.reason}`)
  for (const [table, { rows }] of contestedTables(connection, versions, reshaped))
    if (rows.some(isConflict)) throw notReverted(hash, `later commits changed the same rows of table ${table}`)
}
