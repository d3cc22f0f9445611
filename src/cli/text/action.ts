import type { Action } from '../../model/action.ts'
import { changes, count, duration, short } from './words.ts'

/** What a save or another change of a table did, in one line. */
export function changeLine(action: Action): string {
  const { table, rows, branch, toCommit, durationMs, merged, changed } = action
  const size = rows === null ? [] : [count(rows, 'row')]
  const what = changed ? changes(action) : 'unchanged'
  const where = `${merged ? `merged into ${branch}` : branch} ${short(toCommit)}`
  return `${table}: ${[...size, what, where, duration(durationMs)].join(', ')}`
}
