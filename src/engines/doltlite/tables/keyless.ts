import type { SaveMode } from '../../../types.ts'
import { COPY, HIDDEN, POSITION, ROW } from '../../keyless.ts'
import type { Part } from '../../staging/stager.ts'
import { quoted, type Connection } from '../connection/connection.ts'

/** How much of a staged file is kept in memory: its rows are fetched from all over it. */
const CACHE_KB = 32_768

/**
 * Puts staged rows into a table without a key. `replace` removes what the source doesn't have and adds what the table has
 * not, so that rows that stay keep their places; `append` adds all.
 * @param columns the table's columns in the order of the staged ones
 * @param how `inOrder`: rows are put again if they would not come back in the order of the staged ones
 * @param parts how many rows, by their length, are copied at once; `each` is called after each part
 */
export function putKeyless(
  connection: Connection,
  table: string,
  columns: readonly string[],
  { mode, inOrder }: { mode: SaveMode; inOrder: boolean },
  parts: readonly Part[],
  each: (rows: number) => void,
): void {
  const name = quoted(table)
  connection.exec(`PRAGMA staging.cache_size = -${CACHE_KB}`)
  connection.exec('DROP TABLE IF EXISTS temp.added')
  // Copied in the order of the key: the engine takes ten times as long in any other.
  connection.exec('CREATE TEMP TABLE added(number INTEGER PRIMARY KEY, row, copy, line, place)')
  const isEmpty = connection.get(`SELECT 1 FROM main.${name} LIMIT 1`) === undefined
  const added = mode === 'append' || isEmpty ? allRows(name) : missingRows(connection, name, inOrder)
  connection.exec(`INSERT INTO temp.added(row, copy, line, place) SELECT * FROM (${added}) ORDER BY 1, 2`)
  const last = connection.cell<number>(`SELECT max(${POSITION}) FROM main.${name}`) ?? 0
  const rows = connection.cell<number>('SELECT count(*) FROM temp.added')!
  const cells = columns.map((_, index) => `s.c${index}`)
  // In the order of their hashes, long rows and short ones are mixed.
  const part = Math.ceil((parts.at(-1)?.end ?? 0) / Math.max(parts.length, 1))
  for (let from = 1; from <= rows; from += part) {
    connection.get(
      `INSERT INTO main.${name} (${[...HIDDEN, ...columns.map(quoted)].join(', ')})
       SELECT ${['a.row', 'a.copy', 'a.place + ?', ...cells].join(', ')}
       FROM temp.added a JOIN staging.rows s ON s.rowid = a.line WHERE a.number >= ? AND a.number < ? ORDER BY a.number`,
      last,
      from,
      from + part,
    )
    if (parts.some(({ isLong }) => isLong)) connection.flush()
    each(Math.min(from + part - 1, rows))
  }
  connection.exec('DROP TABLE temp.added')
  connection.exec('DROP TABLE IF EXISTS temp.incoming')
}

const COPIES = 'row_number() OVER (PARTITION BY s.hash ORDER BY s.rowid)'

/** All staged rows, as copies behind those that are there. */
function allRows(name: string): string {
  const there = `(SELECT max(${COPY}) FROM main.${name} t WHERE t.${ROW} = s.hash)`
  return `SELECT s.hash, coalesce(${there}, 0) + ${COPIES}, s.rowid, s.rowid FROM staging.rows s`
}

/** The staged rows that the table doesn't have; those that it has and the source doesn't have are removed. */
function missingRows(connection: Connection, name: string, inOrder: boolean): string {
  connection.exec('DROP TABLE IF EXISTS temp.incoming')
  connection.exec('CREATE TEMP TABLE incoming(row, copy, line, PRIMARY KEY (row, copy)) WITHOUT ROWID')
  connection.exec(`INSERT INTO temp.incoming SELECT s.hash, ${COPIES}, s.rowid FROM staging.rows s`)
  connection.exec(
    `DELETE FROM main.${name} WHERE NOT EXISTS (SELECT 1 FROM temp.incoming i WHERE i.row = ${ROW} AND i.copy = ${COPY})`,
  )
  if (inOrder && !isInOrder(connection, name)) connection.exec(`DELETE FROM main.${name}`)
  const there = `SELECT 1 FROM main.${name} t WHERE t.${ROW} = i.row AND t.${COPY} = i.copy`
  return `SELECT i.row, i.copy, i.line, row_number() OVER (ORDER BY i.line) FROM temp.incoming i WHERE NOT EXISTS (${there})`
}

/** Whether the table's rows, and behind them those that it doesn't have, come in the order of the source's. */
function isInOrder(connection: Connection, name: string): boolean {
  const place = `coalesce(t.${POSITION}, ${Number.MAX_SAFE_INTEGER})`
  const places = `SELECT ${place} AS place, lag(${place}) OVER (ORDER BY i.line) AS last
    FROM temp.incoming i LEFT JOIN main.${name} t ON t.${ROW} = i.row AND t.${COPY} = i.copy`
  return connection.get(`SELECT 1 FROM (${places}) WHERE place < last LIMIT 1`) === undefined
}

/** Numbers the copies of each row 1, 2, 3, … again: a merge or a revert may have left gaps. */
export function closeGaps(connection: Connection, table: string): void {
  const name = quoted(table)
  const gaps = connection.all(
    `SELECT DISTINCT ${ROW} FROM ${name} t WHERE ${COPY} > 1 AND NOT EXISTS (SELECT 1 FROM ${name} o WHERE o.${ROW} = t.${ROW} AND o.${COPY} = t.${COPY} - 1)`,
  )
  for (const [row] of gaps) {
    const copies = connection.all(`SELECT ${COPY} FROM ${name} WHERE ${ROW} = ? ORDER BY ${COPY}`, row) as number[][]
    copies.forEach(([copy], index) => {
      if (copy !== index + 1)
        connection.get(`UPDATE ${name} SET ${COPY} = ? WHERE ${ROW} = ? AND ${COPY} = ?`, index + 1, row, copy)
    })
  }
}

/**
 * Ends the conflicts of a merge: two sides can differ in a row's place alone, since its cells are its key. A row that
 * one side removed is removed; of two places the first is kept.
 */
export function settleKeyless(connection: Connection, table: string): void {
  const name = quoted(table)
  const conflicts = quoted(`dolt_conflicts_${table}`)
  const either = (column: string): string => `coalesce(our_${column}, their_${column})`
  const rows = connection.all(
    `SELECT ${either(ROW)}, ${either(COPY)}, min(our_${POSITION}, their_${POSITION}) FROM ${conflicts}`,
  )
  for (const [row, copy, position] of rows) {
    const where = `WHERE ${ROW} = ? AND ${COPY} = ?`
    if (position === null) connection.get(`DELETE FROM ${name} ${where}`, row, copy)
    else connection.get(`UPDATE ${name} SET ${POSITION} = ? ${where}`, position, row, copy)
  }
  connection.exec(`DELETE FROM ${conflicts}`)
}
