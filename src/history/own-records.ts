import type { Session } from '../engines/engine.ts'
import { RECORDS_BRANCH } from '../model/names.ts'
import type { Value } from '../types.ts'

/** A table of doltflow's own, beside the records of actions: of texts, and rows are only ever added. The first column is its key. */
export interface OwnTable {
  table: string
  columns: readonly string[]
}

/** Adds a row, as a commit of its own. */
export function appendOwn(
  session: Session,
  { table, columns }: OwnTable,
  row: readonly (string | null)[],
  signature: { message: string; author: string },
): Promise<void> {
  return session.appendRecord({
    branch: RECORDS_BRANCH,
    table,
    columns: columns.map((name) => ({ name, type: 'text' })),
    lookups: [],
    row: [...row],
    ...signature,
  })
}

/** Its rows, in the order of the first column; none if there is no such table. @param branch where the records are */
export async function readOwn(
  session: Session,
  { table, columns }: OwnTable,
  where: Record<string, Value> = {},
  branch: string = RECORDS_BRANCH,
): Promise<Record<string, Value>[]> {
  if ((await session.head(branch)) === undefined) return []
  return session.records(branch, table, { where, order: [columns[0]!] })
}
