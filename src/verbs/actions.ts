import { at, withSession, type Context } from '../context.ts'
import type { Session } from '../engines/engine.ts'
import { readRecords, readRecordsOfRun, readRecordsOfTable } from '../history/records.ts'
import { history } from '../history/walk.ts'
import type { Action } from '../model/action.ts'
import type { Hash } from '../types.ts'

/** Which actions are asked for. */
export interface ActionFilter {
  /** Those of this run, and of the runs in it. */
  run?: string | undefined
  /** Those of this table, also those whose query read it. */
  table?: string | undefined
  /** Those that made this commit, or read it: any ref. */
  commit?: string | undefined
  /** Those that made or read a commit after this one: any ref. Needs `to`, or takes the default branch's head for it. */
  from?: string | undefined
  /** The last commit of that range: any ref. */
  to?: string | undefined
}

/** The recorded actions, oldest first. */
export function actions(context: Context, filter: ActionFilter = {}): Promise<Action[]> {
  const { run, table } = filter
  return withSession(context, async (session) => {
    const found = await asked(session, run, table)
    const commits = await commitsOf(session, context, filter)
    if (!commits) return found
    const has = (commit: Hash | null): boolean => commit !== null && commits.has(commit)
    return found.filter(({ kind, fromCommit, fileCommit, toCommit, changed }) =>
      kind === 'load' ? has(fromCommit) : changed && (has(fileCommit) || has(toCommit)),
    )
  })
}

function asked(session: Session, run: string | undefined, table: string | undefined): Promise<Action[]> {
  if (run !== undefined) return readRecordsOfRun(session, run, table)
  return table === undefined ? readRecords(session, {}) : readRecordsOfTable(session, table, {})
}

/** The commits that are asked for; undefined if any will do. */
async function commitsOf(
  session: Session,
  context: Context,
  { table, commit, from, to }: ActionFilter,
): Promise<ReadonlySet<Hash> | undefined> {
  if (commit !== undefined) return new Set([await at(session, context, commit, { table })])
  if (from === undefined && to === undefined) return undefined
  const end = await at(session, context, to, { table })
  const without = from === undefined ? {} : { without: await at(session, context, from, { table }) }
  return new Set((await history(session, end, without)).map(({ hash }) => hash))
}
