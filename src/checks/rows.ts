import type { ReadTarget, Session } from '../engines/engine.ts'
import { diffPages } from '../history/row-diffs.ts'
import { rowPages } from '../history/row-pages.ts'
import type { Hash, Value } from '../types.ts'

/** A row, by column. */
export type CheckedRow = Record<string, Value>

/** The rows of a table at a commit, with some of its columns; or those of a query. */
export async function* rowsAt(
  session: Session,
  commit: Hash,
  what: ReadTarget,
  columns?: readonly string[],
): AsyncGenerator<CheckedRow, void> {
  for await (const { columns: all, rows } of rowPages(session, commit, what)) {
    const places = (columns ?? all).map((name, at) => ({ name, at: columns ? all.indexOf(name) : at }))
    for (const row of rows)
      yield Object.fromEntries(places.map(({ name, at }): [string, Value] => [name, row[at] ?? null]))
  }
}

/** The rows that a commit has and an earlier one doesn't, or has with other cells. */
export async function* rowsSince(
  session: Session,
  from: Hash,
  to: Hash,
  table: string,
): AsyncGenerator<CheckedRow, void> {
  for await (const { after } of diffPages(session, { from, to }, table)) if (after) yield after
}
