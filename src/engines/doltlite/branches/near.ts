import { DoltflowError } from '../../../errors.ts'
import type { Hash } from '../../../types.ts'
import type { Connection } from '../connection/connection.ts'

/*
 * The engine walks a whole history, if there are merges in it, to tell what stands near its end: 40 ms for 2,000 commits, and more with each.
 * Most that is asked for is a few commits away.
 */

/** How many commits are looked at before the engine is asked. */
const NEAR = 64

/** Commits of a history, the nearest first. */
export function* nearest(connection: Connection, from: Hash): Generator<Hash> {
  const seen = new Set([from])
  // A set is walked in the order in which it grows.
  for (const hash of seen) {
    yield hash
    for (const parent of parentsOf(connection, hash)) seen.add(parent)
  }
}

export function parentsOf(connection: Connection, hash: Hash): Hash[] {
  return connection
    .all('SELECT parent_hash FROM dolt_commit_ancestors WHERE commit_hash = ? ORDER BY parent_index', hash)
    .flatMap(([parent]) => (parent === null ? [] : [parent as Hash]))
}

export function mergeBase(connection: Connection, a: Hash, b: Hash): Hash | undefined {
  if (isNear(connection, a, b)) return a
  if (isNear(connection, b, a)) return b
  try {
    return connection.cell<Hash | null>('SELECT dolt_merge_base(?, ?)', a, b) ?? undefined
  } catch (error) {
    if (error instanceof DoltflowError && /no common ancestor/i.test(String(error.data['reason']))) return undefined
    throw error
  }
}

/** Whether a commit is seen in another's near history. */
function isNear(connection: Connection, commit: Hash, from: Hash): boolean {
  let looked = 0
  for (const hash of nearest(connection, from)) {
    if (hash === commit) return true
    if (++looked === NEAR) return false
  }
  return false
}
