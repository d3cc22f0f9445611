import { failpoint } from '../../../system/failpoint.ts'
import type { Row, Value } from '../../../types.ts'
import type { RecordFilter, RecordPlan } from '../../engine.ts'
import { plainValue, record } from '../../values.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { firstCommit } from '../connection/create-database.ts'
import { readSchema } from '../tables/tables.ts'
import { commit } from './commit.ts'
import { uncommitted } from './refs.ts'

/** Appends a row to a table of its own on a branch of its own, made from the database's first commit if it is not there. */
export function appendRecord(connection: Connection, plan: RecordPlan): void {
  const { branch, table, row } = plan
  const columns = plan.columns.map(({ name }) => name)
  if (connection.cell('SELECT 1 FROM dolt_branches WHERE name = ?', branch) === undefined)
    connection.get('SELECT dolt_branch(?, ?)', branch, firstCommit(connection))
  failpoint('record-branch')
  const before = connection.cell<string>('SELECT active_branch()')!
  connection.use(branch)
  connection.exclusively(() => {
    // A process that was killed within its commit may have left its row in the working set: it is committed with this one.
    const [key] = columns
    connection.exec(
      `CREATE TABLE IF NOT EXISTS ${quoted(table)} (${columns.map(quoted).join(', ')}, PRIMARY KEY (${quoted(key!)})) WITHOUT ROWID`,
    )
    const known = readSchema(connection, table)!.columns.map(({ name }) => name)
    for (const name of columns)
      // A table that an older version made.
      if (!known.includes(name)) connection.exec(`ALTER TABLE ${quoted(table)} ADD COLUMN ${quoted(name)}`)
    for (const indexed of plan.lookups)
      connection.exec(
        `CREATE INDEX IF NOT EXISTS ${quoted(`${table}_${indexed.join('_')}`)} ON ${quoted(table)} (${indexed.map(quoted).join(', ')})`,
      )
    connection.get(
      `INSERT OR IGNORE INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      ...row,
    )
    failpoint('record-inserted')
    if (uncommitted(connection).length > 0) commit(connection, plan)
  })
  goBack(connection, before)
}

/** To the branch that was saved to: the next save most often builds on it, and reads its schema here. Another process may have deleted it. */
function goBack(connection: Connection, branch: string): void {
  try {
    connection.use(branch)
  } catch (error) {
    if (connection.cell('SELECT 1 FROM dolt_branches WHERE name = ?', branch) !== undefined) throw error
    connection.renew()
  }
}

/** Rows of such a table on a branch, by equality on columns. */
export function records(
  connection: Connection,
  branch: string,
  table: string,
  { where, order, newestFirst, limit }: RecordFilter,
): Record<string, Value>[] {
  const reader = connection.on(branch)
  const names = readSchema(reader, table)?.columns.map((column) => column.name) ?? []
  if (names.length === 0) return []
  // A table that an older version made has nothing there.
  if (Object.keys(where).some((name) => !names.includes(name))) return []
  const conditions = Object.keys(where).map((name) => `${quoted(name)} = ?`)
  const rows = reader
    .prepareExact(
      `SELECT * FROM ${quoted(table)} ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY ${order.map((name) => `${quoted(name)} ${newestFirst ? 'DESC' : ''}`).join(', ')} LIMIT ?`,
    )
    .all(...Object.values(where), limit ?? -1) as Row[]
  return rows.map((row) => record(names, row.map(plainValue)))
}
