import type { Session } from '../engines/engine.ts'
import { diffPages } from '../history/row-diffs.ts'
import type { Hash, Value } from '../types.ts'

/** A row, by column. */
export type CheckedRow = Record<string, Value>

/** The rows of a table at a commit, with some of its columns. */
export async function* rowsAt(
  session: Session,
  commit: Hash,
  table: string,
  columns: readonly string[],
): AsyncGenerator<CheckedRow, void> {
  const { id, columns: all } = await session.openRows(commit, { table })
  const places = columns.map((name) => all.indexOf(name))
  try {
    for (let page = await session.nextRows(id); page; page = await session.nextRows(id))
      for (const row of page)
        yield Object.fromEntries(columns.map((name, at): [string, Value] => [name, row[places[at]!] ?? null]))
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

/** Rows of a query. */
export async function* queriedRows(session: Session, commit: Hash, sql: string): AsyncGenerator<CheckedRow, void> {
  const { id, columns } = await session.openRows(commit, { sql })
  try {
    for (let page = await session.nextRows(id); page; page = await session.nextRows(id))
      for (const row of page) yield Object.fromEntries(columns.map((name, at): [string, Value] => [name, row[at]!]))
  } finally {
    await session.close(id)
  }
}
