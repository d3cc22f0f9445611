import type { Hash, Row, Schema, Value } from '../../../types.ts'
import type { RecordFilter, RecordPlan } from '../../engine.ts'
import { plainValue, record } from '../../values.ts'
import { cellsText, compareCells, emptyTable, MemoryTable } from '../tables/table.ts'
import type { MemoryDatabase } from './database.ts'

/** Appends a row to a table of its own on a branch of its own; nothing happens if the table has its key. */
export function appendRecord(database: MemoryDatabase, plan: RecordPlan): void {
  const { branch, table, columns, row } = plan
  if (!database.branches.has(branch)) database.branches.set(branch, firstCommit(database))
  const head = database.headOf(branch)
  const before = widened(head.tables.get(table) ?? emptyTable(schemaOf(columns)), plan)
  const key = cellsText([row[0]!])
  if (before.rows.has(key)) return
  const cells = before.schema.columns.map(
    ({ name }) => row[columns.findIndex((column) => column.name === name)] ?? null,
  )
  const rows = new Map<string, Row>(before.rows).set(key, cells)
  database.commitOn(branch, new Map(head.tables).set(table, new MemoryTable(before.schema, rows)), plan)
}

/** A table that an older version made gets the columns that it lacks. */
function widened(table: MemoryTable, { columns }: RecordPlan): MemoryTable {
  const known = table.schema.columns.map(({ name }) => name)
  const more = schemaOf(columns).columns.filter(({ name }) => !known.includes(name))
  if (more.length === 0) return table
  const rows = new Map([...table.rows].map(([key, row]): [string, Row] => [key, [...row, ...more.map(() => null)]]))
  return new MemoryTable({ ...table.schema, columns: [...table.schema.columns, ...more] }, rows)
}

/** Rows of such a table on a branch, by equality on columns. */
export function records(
  database: MemoryDatabase,
  branch: string,
  table: string,
  { where, order, newestFirst = false, limit }: RecordFilter,
): Record<string, Value>[] {
  const found = database.headOf(branch).tables.get(table)
  if (!found) return []
  const names = found.schema.columns.map(({ name }) => name)
  const all = [...found.rows.values()].map((row) => record(names, row.map(plainValue)))
  const matching = all.filter((row) => Object.entries(where).every(([name, value]) => row[name] === value))
  const sign = newestFirst ? -1 : 1
  matching.sort((a, b) => {
    for (const name of order) {
      const compared = compareCells(a[name]!, b[name]!)
      if (compared !== 0) return sign * compared
    }
    return 0
  })
  return matching.slice(0, limit)
}

/** The foundation: the records of one database are of no other one's history. */
function firstCommit(database: MemoryDatabase): Hash {
  return database.log(database.branches.values().next().value!, -1).findLast(({ parents }) => parents.length > 0)!.hash
}

function schemaOf(columns: RecordPlan['columns']): Schema {
  return { columns: columns.map(({ name }) => ({ name, type: 'any' })), key: [columns[0]!.name] }
}
