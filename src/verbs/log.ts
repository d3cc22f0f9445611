import { at, withSession, type Context, type Scope } from '../context.ts'
import { history, type LogOptions } from '../history/walk.ts'
import { refRange } from '../model/ref-range.ts'
import type { Commit, Hash, TableDiff } from '../types.ts'

/** Commits, newest first. */
export function log(context: Context, options: LogOptions = {}): Promise<Commit[]> {
  return withSession(context, async (session) => {
    const { table, limit } = options
    const range = options.at === undefined ? undefined : refRange(options.at)
    if (!range) return history(session, await at(session, context, options.at, options), { table, limit })
    const from = await at(session, context, range.from, options)
    const to = await at(session, context, range.to, options)
    return history(session, to, { table, limit, without: from })
  })
}

/** One commit, and the tables that it changed of its first parent's. */
export function show(context: Context, ref: string): Promise<{ commit: Commit; tables: TableDiff[] }> {
  return withSession(context, async (session) => {
    const hash = await at(session, context, ref)
    const commit = (await session.commit(hash))!
    const [parent] = commit.parents
    return { commit, tables: parent === undefined ? [] : await session.changedTables(parent, hash) }
  })
}

/** The commit that a ref names. */
export function resolve(context: Context, ref: string, scope: Scope = {}): Promise<Hash> {
  return withSession(context, (session) => at(session, context, ref, scope))
}
