import { scratchName } from '../../../system/scratch-name.ts'
import type { Hash } from '../../../types.ts'
import type { Built, Signature, Squashed } from '../../engine.ts'
import { conflictingSchemas } from '../../schema-conflict.ts'
import { commit } from '../branches/commit.ts'
import { uncommitted } from '../branches/refs.ts'
import { quoted, type Connection } from '../connection/connection.ts'

/** Makes one commit of all that a scratch branch has since one of its commits. */
export function squash(
  connection: Connection,
  scratch: string,
  since: Hash,
  { always = false, merging, ...signature }: Squashed,
): Built {
  if (merging !== undefined) return { commit: withParents(connection, scratch, [since, merging], signature) }
  connection.use(scratch)
  connection.get("SELECT dolt_reset('--soft', ?)", since)
  if (!always && uncommitted(connection).length === 0) return { commit: undefined }
  return { commit: commit(connection, signature, always ? '--allow-empty' : undefined) }
}

/**
 * Gives a branch's data two parents: these are merged, whatever comes of it, and the merge is amended to the data. Two
 * whose schemas conflict the engine doesn't merge at all: it commits no such merge, amends none that is open, and
 * ends it where its branch is moved.
 */
function withParents(
  connection: Connection,
  branch: string,
  [first, second]: readonly [Hash, Hash],
  signature: Signature,
): Hash {
  const data = connection.cell<Hash>('SELECT hash FROM dolt_branches WHERE name = ?', branch)!
  const merging = scratchName(second)
  connection.get('SELECT dolt_branch(?, ?)', merging, first)
  try {
    connection.use(merging)
    connection.exclusively(() => mergeAnyhow(connection, second, signature.author))
    const made = connection.exclusively(() => {
      takeTables(connection, changedTables(connection, 'HEAD', data), data)
      return commit(connection, signature, '--amend')
    })
    connection.use(branch)
    connection.get("SELECT dolt_reset('--hard', ?)", made)
    return made
  } finally {
    // What the engine keeps of a merge on its connection goes with the connection.
    connection.renew()
    connection.get("SELECT dolt_branch('-D', ?)", merging)
  }
}

/** Tables that differ between two commits, each by its names in both; an empty one if a commit doesn't have it. */
export function changedTables(connection: Connection, from: Hash, to: Hash): [string, string][] {
  const sql = 'SELECT from_table_name, to_table_name FROM dolt_diff_summary(?, ?)'
  return connection.all(sql, from, to) as [string, string][]
}

/** Gives the working set tables as a commit has them. */
export function takeTables(connection: Connection, changed: readonly [string, string][], commitHash: Hash): void {
  for (const [before, after] of changed) {
    if (after) connection.get("SELECT dolt_checkout(?, '--', ?)", commitHash, after)
    if (before && before !== after) connection.exec(`DROP TABLE ${quoted(before)}`)
  }
}

function mergeAnyhow(connection: Connection, theirs: Hash, author: string): void {
  try {
    connection.get("SELECT dolt_merge(?, '--no-commit', '--no-ff')", theirs)
  } catch (cause) {
    const conflicting = connection.all('SELECT "table", num_conflicts FROM dolt_conflicts') as [string, number][]
    if (conflicting.length === 0 || connection.cell('SELECT 1 FROM dolt_schema_conflicts LIMIT 1') !== undefined)
      throw conflictingSchemas(
        theirs,
        conflicting.map(([table]) => table),
        'both sides changed its columns',
        cause,
      )
    for (const [table] of conflicting) connection.get("SELECT dolt_conflicts_resolve('--ours', ?)", table)
  }
  if (connection.cell('SELECT is_merging FROM dolt_merge_status') !== 1)
    throw conflictingSchemas(theirs, [], 'the other side has it already')
  commit(connection, { message: 'merge', author })
}
