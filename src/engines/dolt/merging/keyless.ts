import type { Row } from '../../../types.ts'
import { COPY, POSITION, ROW } from '../../keyless.ts'
import { uncommitted } from '../branches/refs.ts'
import type { Connection } from '../connection/connection.ts'
import { quoted } from '../connection/sql.ts'
import { tableNames } from '../tables/columns.ts'
import { StoredKeys } from '../tables/stored-keys.ts'

export const WHERE: string = `${ROW} = ? AND ${COPY} = ?`

/** Numbers the copies of each row 1, 2, 3, … again, in tables with uncommitted changes: a merge or a revert may have left gaps. */
export async function closeAllGaps(connection: Connection): Promise<void> {
  const changed = await uncommitted(connection)
  for (const table of await tableNames(connection))
    if (changed.includes(table) && (await isKeylessTable(connection, table))) await closeGaps(connection, table)
}

/** As `isKeyless`, without reading the whole schema. */
export async function isKeylessTable(connection: Connection, table: string): Promise<boolean> {
  return (await connection.row(`SHOW COLUMNS FROM ${quoted(table)} WHERE Field = '${ROW}'`)) !== undefined
}

/** Walks over all rows: the engine misses some when it joins a table with itself by `copy = copy - 1`. */
async function closeGaps(connection: Connection, table: string): Promise<void> {
  const name = quoted(table)
  if (!(await connection.row(`SELECT 1 FROM ${name} WHERE ${COPY} > 1 LIMIT 1`))) return
  const moved: Row[] = []
  const keys = await StoredKeys.open(connection, table)
  try {
    for (let row = '', copy = 0; !keys.ended; await keys.next()) {
      copy = keys.row === row ? copy + 1 : 1
      row = keys.row
      if (keys.copy !== copy) moved.push([copy, row, keys.copy])
    }
  } finally {
    keys.close()
  }
  for (const values of moved) await connection.run(`UPDATE ${name} SET ${COPY} = ? WHERE ${WHERE}`, values)
}

/**
 * Ends the conflicts of a merge: two sides can differ in a row's place alone, since its cells are its key. A row that
 * one side removed is removed; of two places the first is kept.
 */
export async function settleKeyless(connection: Connection, table: string): Promise<void> {
  const name = quoted(table)
  const conflicts = quoted(`dolt_conflicts_${table}`)
  const either = (column: string): string => `coalesce(our_${column}, their_${column})`
  const rows = await connection.rows(
    `SELECT ${either(ROW)}, ${either(COPY)}, least(our_${POSITION}, their_${POSITION}) FROM ${conflicts}`,
  )
  for (const [row, copy, position] of rows)
    if (position === null) await connection.run(`DELETE FROM ${name} WHERE ${WHERE}`, [row, copy])
    else await connection.run(`UPDATE ${name} SET ${POSITION} = ? WHERE ${WHERE}`, [position, row, copy])
  await connection.run(`DELETE FROM ${conflicts}`)
}
