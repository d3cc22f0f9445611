import { at, streaming, withSession, type Context } from '../context.ts'
import type { Session } from '../engines/engine.ts'
import { lastChange, rowDiffs, type DiffRange } from '../history/row-diffs.ts'
import type { RowDiff, TableDiff } from '../types.ts'

/** The rows of a table that differ between two refs, one by one; by default those of its last change. */
export function diff(context: Context, table: string, from?: string, to?: string): AsyncGenerator<RowDiff, void> {
  return streaming(context, async (session) =>
    rowDiffs(session, await rangeOf(session, context, table, from, to), table),
  )
}

/** How many rows of a table differ between two refs, by default in its last change; undefined if none does. */
export function diffCounts(
  context: Context,
  table: string,
  from?: string,
  to?: string,
): Promise<TableDiff | undefined> {
  return withSession(context, async (session) => {
    const range = await rangeOf(session, context, table, from, to)
    return (await session.changedTables(range.from, range.to)).find((found) => found.table === table)
  })
}

/** The tables that differ between two refs. */
export function changedTables(context: Context, from: string, to: string): Promise<TableDiff[]> {
  return withSession(context, async (session) =>
    session.changedTables(await at(session, context, from), await at(session, context, to)),
  )
}

async function rangeOf(
  session: Session,
  context: Context,
  table: string,
  from: string | undefined,
  to: string | undefined,
): Promise<DiffRange> {
  const end = await at(session, context, to, { table })
  return from === undefined
    ? lastChange(session, end, table)
    : { from: await at(session, context, from, { table }), to: end }
}
