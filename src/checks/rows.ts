import type { ReadTarget, Session } from '../engines/engine.ts'
import { diffPages } from '../history/row-diffs.ts'
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
  const { id, columns: all } = await session.openRows(commit, what)
  const places = (columns ?? all).map((name, at) => ({ name, at: columns ? all.indexOf(name) : at }))
  try {
    for (let page = await session.nextRows(id); page; page = await session.nextRows(id))
      for (const row of page)
        yield Object.fromEntries(places.map(({ name, at }): [string, Value] => [name, row[at] ?? null]))
  } finally {
    await session.close(id)
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
