import { at, withSession, type Context } from '../context.ts'
import { readRecords } from '../history/records.ts'
import type { Action } from '../model/action.ts'

/** Which actions are asked for. */
export interface ActionFilter {
  /** Those of this run. */
  run?: string
  /** Those of this table. */
  table?: string
  /** Those that made this commit, or read it: any ref. */
  commit?: string
}

/** The recorded actions, oldest first. */
export function actions(context: Context, { run, table, commit }: ActionFilter = {}): Promise<Action[]> {
  return withSession(context, async (session) => {
    const found = await readRecords(session, {
      ...(run === undefined ? {} : { run }),
      ...(table === undefined ? {} : { table }),
    })
    if (commit === undefined) return found
    const hash = await at(session, context, commit, { table })
    return found.filter(({ kind, fromCommit, fileCommit, toCommit, changed }) =>
      kind === 'load' ? fromCommit === hash : changed && (fileCommit === hash || toCommit === hash),
    )
  })
}
