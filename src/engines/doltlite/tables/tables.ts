import { DoltflowError } from '../../../errors.ts'
import { isColumnType } from '../../../model/cells.ts'
import { isPinnedType, storedAs } from '../../../model/column-type.ts'
import type { Column, ColumnType, DiffCounts, Hash, Schema, TableDiff } from '../../../types.ts'
import { isKeyless, shownSchema, storedSchema } from '../../keyless.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { comparesByPlace, DiffByName } from './diff-by-name.ts'

/*
 * A column has no affinity, so that the engine keeps each cell as it was bound: its declared type is missing,
 * or one of these, which SQLite's rules (https://www.sqlite.org/datatype3.html#determination_of_column_affinity)
 * give none, or the affinity of the only kind of cell that the column holds.
 */
const DECLARED: Record<string, string> = { any: '', text: 'TEXT', integer: 'INTEGER', real: 'REAL_BLOB' }
/** What the declared type of another type begins with, by how its cells are stored; the type itself follows. */
const AFFINITY = { any: 'ANY_BLOB', text: 'TEXT', integer: 'INTEGER', real: 'REAL_BLOB', decimal: 'DECIMAL_BLOB' }

export function declaredType(type: ColumnType): string {
  const known = DECLARED[type]
  if (known !== undefined) return known
  if (isPinnedType(type)) return type.replace('decimal', 'DECIMAL_BLOB')
  return quoted(`${AFFINITY[storedAs(type)]} ${type}`)
}

/** The type that a declared one stands for; `any` for a table that another tool made. */
function columnType(declared: string): ColumnType {
  const decimal = declared.replace('DECIMAL_BLOB', 'decimal')
  if (decimal !== declared && isPinnedType(decimal)) return decimal
  const [affinity, type] = [declared.split(' ', 1)[0]!, declared.slice(declared.indexOf(' ') + 1)]
  if (type !== declared && isColumnType(type) && AFFINITY[storedAs(type)] === affinity) return type
  const known = Object.keys(DECLARED).find((name) => DECLARED[name] === declared)
  return (known as ColumnType | undefined) ?? 'any'
}

export function createStatement(table: string, schema: Schema): string {
  const { columns: all, key } = storedSchema(schema)
  const columns = all.map(({ name, type }) => `${quoted(name)} ${declaredType(type)}`.trimEnd())
  return `CREATE TABLE ${quoted(table)} (${columns.join(', ')}, PRIMARY KEY (${key.map(quoted).join(', ')})) WITHOUT ROWID`
}

/** The table of that name, in whatever case: names that differ in it alone are one table here (and two on Dolt). */
export function similarTable(connection: Connection, table: string): string | undefined {
  return connection.cell("SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE", table)
}

/** A table's schema on a connection; undefined if it has no such table. */
export function readSchema(connection: Connection, table: string): Schema | undefined {
  const schema = readStored(connection, table)
  return schema && shownSchema(schema)
}

/** As `readSchema`, with the columns of our own that a table without a key has. */
export function readStored(connection: Connection, table: string): Schema | undefined {
  if (similarTable(connection, table) !== table) return undefined
  // The pragma and not its function: a user's table may have the function's name.
  const rows = connection.all(`PRAGMA main.table_info(${quoted(table)})`)
  const columns = rows.map(([, name, type]): Column => ({ name: name as string, type: columnType(type as string) }))
  const key = rows
    .filter((row) => (row[5] as number) > 0)
    .toSorted((a, b) => (a[5] as number) - (b[5] as number))
    .map(([, name]) => name as string)
  return { columns, key }
}

function tableNames(connection: Connection): string[] {
  return connection
    .all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
    .map(([name]) => name as string)
}

function hasOtherSchema(connection: Connection, from: Hash, to: Hash, table: string): boolean {
  const sql = 'SELECT 1 FROM dolt_schema_diff(?, ?) WHERE from_table_name = ? AND to_table_name = ?'
  return connection.cell(sql, from, to, table, table) === 1
}

function sameKeys(a: Schema, b: Schema): boolean {
  return a.key.join('\0') === b.key.join('\0')
}

function countedByName(path: string, from: Hash, to: Hash, table: string, before: Schema, after: Schema): DiffCounts {
  const diff = new DiffByName(path, from, to, table, before, after)
  try {
    return diff.counts()
  } finally {
    diff.close()
  }
}

/** Tables as they are at commits, and what differs between two. */
export function tables(connection: Connection) {
  const tableHash = (commit: Hash, table: string): Hash | undefined => {
    try {
      return connection.cell('SELECT dolt_hashof_table(?, ?)', table, commit)
    } catch (error) {
      const reason = error instanceof DoltflowError ? String(error.data['reason']) : ''
      if (/table not found/.test(reason)) return undefined
      if (!/invalid ref spec/.test(reason)) throw error
      // Another process has made the commit since this connection looked: one of the commit's own sees it.
      return hashOfTable(connection.at(commit), table)
    }
  }

  return {
    tables: (commit: Hash): string[] => tableNames(connection.at(commit)),
    schema: (commit: Hash, table: string): Schema | undefined =>
      connection.glance(commit, (at) => readSchema(at, table)),
    tableHash: (commit: Hash, table: string): Hash | undefined => tableHash(commit, table),
    rowCount: (commit: Hash, table: string): number =>
      connection.at(commit).cell<number>(`SELECT count(*) FROM ${quoted(table)}`)!,

    changedTables(from: Hash, to: Hash): TableDiff[] {
      return connection
        .all('SELECT from_table_name, to_table_name, diff_type, schema_change FROM dolt_diff_summary(?, ?)', from, to)
        .map(([before, after, , schemaChanged]): TableDiff => {
          const table = (after || before) as string
          const change = !before ? 'added' : !after ? 'removed' : 'modified'
          return { table, change, schemaChanged: schemaChanged === 1, ...this.countDiff(from, to, table) }
        })
        .toSorted((a, b) => (a.table < b.table ? -1 : 1))
    },
    countDiff(from: Hash, to: Hash, table: string): DiffCounts {
      const before = tableHash(from, table)
      const after = tableHash(to, table)
      if (before === after) return { added: 0, modified: 0, removed: 0 }
      if (!before || !after)
        return {
          added: after ? this.rowCount(to, table) : 0,
          modified: 0,
          removed: before ? this.rowCount(from, table) : 0,
        }
      if (hasOtherSchema(connection, from, to, table)) {
        const [old, fresh] = [from, to].map((commit) => readSchema(connection.at(commit), table)!)
        if (old!.key.length > 0 && sameKeys(old!, fresh!) && !comparesByPlace(old!, fresh!))
          return countedByName(connection.path, from, to, table, old!, fresh!)
      }
      const row = connection.get(
        'SELECT rows_added, rows_modified, rows_deleted FROM dolt_diff_stat(?, ?, ?)',
        from,
        to,
        table,
      ) as number[] | undefined
      // Of a table without a key the place of a row may differ: that is no change of it.
      const modified = connection.glance(to, (at) => isKeyless(readStored(at, table))) ? 0 : (row?.[1] ?? 0)
      return { added: row?.[0] ?? 0, modified, removed: row?.[2] ?? 0 }
    },
  }
}

/** The hash of a table as a connection sees it; undefined if there is none. */
function hashOfTable(connection: Connection, table: string): Hash | undefined {
  try {
    return connection.cell('SELECT dolt_hashof_table(?)', table)
  } catch (error) {
    if (error instanceof DoltflowError && /table not found/.test(String(error.data['reason']))) return undefined
    throw error
  }
}
