import type { Action, Notice } from '../../model/action.ts'
import type { Output } from './output.ts'
import { changes, count, duration, short } from './words.ts'

/** What a save or another change of a table did, in one line. */
export function changeLine(action: Action): string {
  const { table, rows, branch, toCommit, durationMs, merged, changed } = action
  const size = rows === null ? [] : [count(rows, 'row')]
  const what = changed ? changes(action) : 'unchanged'
  const where = `${merged ? `merged into ${branch}` : branch} ${short(toCommit)}`
  return `${table}: ${[...size, what, where, duration(durationMs)].join(', ')}`
}

/** What should be known beside. */
export function tellNotices(notices: readonly Notice[], errors: Output): void {
  for (const { code, message } of notices) {
    const warning = code === 'SINK_FAILED'
    errors.line(`${errors.paint(warning ? 'yellow' : 'cyan', warning ? 'warning:' : 'note:')} ${message}`)
  }
}
