import type { Session, Signature } from '../../engines/engine.ts'
import { SourceError } from '../../errors.ts'
import { cellText } from '../../model/cells.ts'
import type { Hash, Row, Value } from '../../types.ts'
import type { RowConflict } from './row-conflict.ts'

/** A row in conflict, and what it is to be; null if it is not to be there. */
export interface PutRow {
  conflict: RowConflict
  row: Row | null
}

/** Writes decided rows on a branch of our own, as a save would: its rules say which text is a number, and what a column takes. */
export async function putRows(
  session: Session,
  branch: string,
  at: Hash,
  rows: readonly PutRow[],
  signature: Signature,
): Promise<void> {
  for (const table of new Set(rows.map(({ conflict }) => conflict.table))) {
    const own = rows.filter(({ conflict }) => conflict.table === table)
    await putTable(session, branch, at, { table, rows: own }, signature)
  }
}

async function putTable(
  session: Session,
  branch: string,
  at: Hash,
  { table, rows }: { table: string; rows: readonly PutRow[] },
  signature: Signature,
): Promise<void> {
  const before = (await session.schema(at, table))!
  const stage = await session.openStage({ text: {}, schema: before, types: {}, rowsStay: true, keyless: false })
  const names = before.columns.map(({ name }) => name)
  const kept = rows.filter(({ row }) => row !== null)
  const removed = rows.filter(({ row }) => row === null).map(({ conflict }) => keyOf(conflict))
  try {
    const cells = kept.map((one) => names.map((name) => textIn(one, name)))
    await session.stageRows(stage, names, cells)
    const { columns } = await session.finishStage(stage)
    const schema = { columns: columns.map(({ name, type }) => ({ name, type })), key: before.key }
    const removing = removed.length === 0 ? {} : { removed }
    await session.build(branch, { kind: 'stage', table, stage, mode: 'upsert', schema, ...removing }, signature)
  } catch (error) {
    throw told(error, kept)
  } finally {
    await session.close(stage)
  }
}

function keyOf({ conflict, key }: RowConflict): Row {
  return key.map((name) => conflict.key[name]!)
}

function textIn({ conflict, row }: PutRow, name: string): Value {
  const place = conflict.names.indexOf(name)
  return place === -1 ? null : cellText(row![place], conflict.types[place]!)
}

/** A cell that its column doesn't take, by the row that it is of. */
function told(error: unknown, rows: readonly PutRow[]): unknown {
  if (!(error instanceof SourceError) || error.code !== 'TYPE_MISMATCH') return error
  const { line, column, value, type } = error.data
  const row = rows[Number(line) - 1]
  if (!row) return error
  const { table, keyText, conflict } = row.conflict
  return new SourceError(
    'TYPE_MISMATCH',
    `The decision of ${table} ${keyText}, column ${String(column)}, is ${JSON.stringify(value)}, and the column is ${String(type)}. Decide for a value that it takes.`,
    { data: { table, key: conflict.key, column, value, type }, cause: error },
  )
}
