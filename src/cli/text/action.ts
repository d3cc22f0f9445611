import type { Action } from '../../model/action.ts'
import type { SaveMode } from '../../types.ts'
import { changes, count, duration, short } from './words.ts'

/** What a save does with its rows, if they don't become the table: these are not the table's then. */
export const DONE: Partial<Record<SaveMode, string>> = { append: 'appended', upsert: 'upserted' }

/** What a save or another change of a table did, in one line. */
export function changeLine(action: Action, mode: SaveMode = 'replace'): string {
  const { table, rows, branch, toCommit, durationMs, merged, changed } = action
  if (action.repeated)
    return `${table}: done before, at ${action.startedAt}; nothing was saved now, ${branch} ${short(toCommit)}`
  const done = DONE[mode]
  const size = rows === null ? [] : [`${count(rows, 'row')}${done === undefined ? '' : ` ${done}`}`]
  const what = changed ? changes(action) : 'unchanged'
  const where = `${merged ? `merged into ${branch}` : branch} ${short(toCommit)}`
  return `${table}: ${[...size, what, where, duration(durationMs)].join(', ')}`
}
