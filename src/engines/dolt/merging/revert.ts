import { reasonOf } from '../../../errors.ts'
import type { Hash } from '../../../types.ts'
import type { Signature, Built } from '../../engine.ts'
import { isConflict } from '../../merge-row.ts'
import { notReverted } from '../../schema-conflict.ts'
import { commit } from '../branches/commit.ts'
import { uncommitted } from '../branches/refs.ts'
import type { Connection } from '../connection/connection.ts'
import { conflictCandidates, mendMistaken, type MistakableRows } from './conflict-candidates.ts'
import { closeAllGaps } from './keyless.ts'
import { changedSchemas, findUnmergeable } from './schema-conflict.ts'

/** The engine's revert commits by itself, without trailers: its commit is made again. */
export async function revert(
  connection: Connection,
  scratch: string,
  hash: Hash,
  signature: Signature,
): Promise<Built> {
  const head = (await connection.cell<Hash>("SELECT dolt_hashof('HEAD')"))!
  const candidates = await candidatesOfRevert(connection, hash, head)
  await connection.use(scratch)
  try {
    await connection.rows('CALL dolt_revert(?)', [hash])
  } catch (cause) {
    if (!/nothing to commit|no changes/i.test(reasonOf(cause))) throw notReverted(hash, whyNot(reasonOf(cause)), cause)
  }
  await connection.rows("CALL dolt_reset('--soft', ?)", [head])
  await mendMistaken(connection, candidates)
  await closeAllGaps(connection)
  if ((await uncommitted(connection)).length === 0) return { commit: undefined }
  return { commit: await commit(connection, signature) }
}

function whyNot(reason: string): string {
  const column = /incompatible column types for column '(.*?)'/.exec(reason)?.[1]
  return column === undefined
    ? 'later commits changed the same rows'
    : `column ${column} is stored under another type now`
}

/**
 * A revert is a merge from the commit to its parent: what a merge is watched over for would go wrong here, too.
 * @throws {RefusedError} MERGE_REFUSED
 */
async function candidatesOfRevert(
  connection: Connection,
  hash: Hash,
  head: Hash,
): Promise<Map<string, MistakableRows>> {
  const parent = await connection.cell<Hash>(
    'SELECT parent_hash FROM dolt_commit_ancestors WHERE commit_hash = ? AND parent_index = 0',
    [hash],
  )
  if (!parent) throw notReverted(hash, 'it is the first commit of all')
  const changed = await changedSchemas(connection, head, parent)
  const unmergeable = await findUnmergeable(connection, head, parent, changed, hash)
  if (unmergeable) throw notReverted(hash, `table ${unmergeable.table} has changed since: ${unmergeable.reason}`)
  const candidates = await conflictCandidates(connection, { base: hash, ours: head, theirs: parent })
  for (const [table, { rows }] of candidates)
    if (rows.some(isConflict)) throw notReverted(hash, `later commits changed the same rows of table ${table}`)
  return candidates
}
