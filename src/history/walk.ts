import type { Session } from '../engines/engine.ts'
import type { Commit, Hash } from '../types.ts'

/** Which commits are listed. */
export interface LogOptions {
  /** Where the history begins; `A..B` leaves out what A has. Default: the head of `branch` */
  at?: string | undefined
  /** What `HEAD` and dates mean. Default: the default branch */
  branch?: string | undefined
  /** Only commits that changed this table. */
  table?: string | undefined
  /** How many commits at most. Default: all */
  limit?: number | undefined
}

/**
 * Commits from one back, newest first; those that changed a table, if one is named.
 * @param without a commit whose own history is left out
 */
export async function history(
  session: Session,
  from: Hash,
  { table, limit = -1, without }: { table?: string | undefined; limit?: number | undefined; without?: Hash } = {},
): Promise<Commit[]> {
  if (table === undefined && without === undefined) return session.log(from, limit)
  const left = new Set(without === undefined ? [] : (await session.log(without, -1)).map(({ hash }) => hash))
  const found: Commit[] = []
  for await (const commit of table === undefined ? walk(session, from) : changesOf(session, from, table)) {
    if (found.length === limit) break
    if (!left.has(commit.hash)) found.push(commit)
  }
  return found
}

/** Commits that changed a table: where it differs from each parent's. Newest first. */
export async function* changesOf(session: Session, from: Hash, table: string): AsyncGenerator<Commit> {
  const hashes = new Map<Hash, Hash | undefined>()
  const hashAt = async (commit: Hash): Promise<Hash | undefined> => {
    if (!hashes.has(commit)) hashes.set(commit, await session.tableHash(commit, table))
    return hashes.get(commit)
  }
  for await (const commit of walk(session, from)) {
    const own = await hashAt(commit.hash)
    const parents = await Promise.all(commit.parents.map(hashAt))
    hashes.delete(commit.hash)
    if (parents.length === 0 ? own !== undefined : parents.every((hash) => hash !== own)) yield commit
  }
}

const FIRST = 100

/** A history, newest first, each commit after all its children: a little first, the rest only if it is wanted. */
export async function* walk(session: Session, from: Hash): AsyncGenerator<Commit> {
  const first = await session.log(from, FIRST)
  yield* first
  if (first.length === FIRST) yield* (await session.log(from, -1)).slice(FIRST)
}
