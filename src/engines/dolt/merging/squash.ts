import { reasonOf } from '../../../errors.ts'
import { scratchName } from '../../../system/scratch-name.ts'
import type { Hash } from '../../../types.ts'
import type { Built, Signature, Squashed } from '../../engine.ts'
import { conflictingSchemas } from '../../schema-conflict.ts'
import { commit, headWith } from '../branches/commit.ts'
import { headOf, uncommitted } from '../branches/refs.ts'
import { removeScratch } from '../branches/scratch.ts'
import type { Connection } from '../connection/connection.ts'
import { literal, quoted } from '../connection/sql.ts'

/** @param again whether the answer to a first try was lost */
export async function squash(
  connection: Connection,
  again: boolean,
  scratch: string,
  since: Hash,
  { always = false, merging, ...signature }: Squashed,
): Promise<Built> {
  await connection.use(scratch)
  const done = again ? await headWith(connection, signature.message) : undefined
  if (done !== undefined) return { commit: done }
  if (merging !== undefined) return { commit: await withParents(connection, scratch, [since, merging], signature) }
  await connection.rows("CALL dolt_reset('--soft', ?)", [since])
  if (!always && (await uncommitted(connection)).length === 0) return { commit: undefined }
  return { commit: await commit(connection, signature, always) }
}

/**
 * Gives a branch's data two parents, without a merge of rows, which the engine may refuse. A merge is begun where there
 * is nothing to merge, before the second parent; the branch that it is open on is moved to the first, which leaves it
 * open; there the data are put in.
 */
async function withParents(
  connection: Connection,
  branch: string,
  [first, second]: readonly [Hash, Hash],
  signature: Signature,
): Promise<Hash> {
  const data = (await headOf(connection, branch))!
  const merging = scratchName(second)
  await connection.useDefault()
  try {
    await connection.rows('CALL dolt_branch(?, ?)', [merging, `${second}~1`])
  } catch (cause) {
    if (!/invalid ancestor spec/i.test(reasonOf(cause))) throw cause
    throw conflictingSchemas(second, [], 'it is the first commit of all', cause)
  }
  try {
    await connection.use(merging)
    await connection.rows("CALL dolt_merge(?, '--no-ff', '--no-commit')", [second])
    await connection.useDefault()
    await connection.rows("CALL dolt_branch('-f', ?, ?)", [merging, first])
    await connection.use(merging)
    const changed = `dolt_diff_summary(${literal(first)}, ${literal(data)})`
    for (const [before, after] of (await connection.rowsOfDatabase(
      `SELECT from_table_name, to_table_name FROM ${changed}`,
    )) as string[][]) {
      if (after) await connection.rows("CALL dolt_checkout(?, '--', ?)", [data, after])
      if (before && before !== after) await connection.run(`DROP TABLE ${quoted(before)}`)
    }
    const made = await commit(connection, signature, true)
    await connection.useDefault()
    await connection.rows("CALL dolt_branch('-f', ?, ?)", [branch, made])
    return made
  } finally {
    if (!connection.lost) await removeScratch(connection, merging)
  }
}
