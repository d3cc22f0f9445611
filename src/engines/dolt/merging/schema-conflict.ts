import type { Hash, Schema } from '../../../types.ts'
import { shownSchema } from '../../keyless.ts'
import { droppedAndFilled, schemaConflictReason, type Unmergeable } from '../../schema-conflict.ts'
import type { Connection } from '../connection/connection.ts'
import { literal, quoted } from '../connection/sql.ts'
import { schemaAt } from '../tables/columns.ts'

/** Tables that two commits both have, under other schemas. */
export async function changedSchemas(connection: Connection, ours: Hash, theirs: Hash): Promise<string[]> {
  const rows = await connection.rowsOfDatabase(
    `SELECT to_table_name FROM dolt_diff_summary(${literal(ours)}, ${literal(theirs)}) WHERE schema_change AND from_table_name = to_table_name`,
  )
  return rows.map(([table]) => table as string)
}

/**
 * The first of the tables that both sides of a merge changed and that the engine would merge wrongly, or not at all.
 * @param from what both sides come from, if that is not the commit that they have in common
 */
export async function findUnmergeable(
  connection: Connection,
  ours: Hash,
  theirs: Hash,
  tables: readonly string[],
  from?: Hash,
): Promise<Unmergeable | undefined> {
  await connection.useDefault()
  const base = from ?? (await connection.cell<Hash>('SELECT dolt_merge_base(?, ?)', [ours, theirs]))
  for (const table of tables) {
    const [before, our, their] = [
      await shownAt(connection, base!, table),
      await shownAt(connection, ours, table),
      await shownAt(connection, theirs, table),
    ]
    if (before && ((await isSame(connection, base!, ours, table)) || (await isSame(connection, base!, theirs, table))))
      continue
    const reason =
      schemaConflictReason(before, our!, their!) ??
      (before && (await droppedAndEdited(connection, base!, before, [ours, our!], [theirs, their!], table)))
    if (reason !== undefined) return { table, reason }
  }
  return undefined
}

async function isSame(connection: Connection, base: Hash, commit: Hash, table: string): Promise<boolean> {
  const changes = await connection.rowsOfDatabase(
    `SELECT 1 FROM dolt_diff_summary(${literal(base)}, ${literal(commit)}, ${literal(table)})`,
  )
  return changes.length === 0
}

/** The engine drops such a column, and the other side's edits with it. */
async function droppedAndEdited(
  connection: Connection,
  base: Hash,
  before: Schema,
  ours: [Hash, Schema],
  theirs: [Hash, Schema],
  table: string,
): Promise<string | undefined> {
  for (const [[, dropping], [commit, other]] of [
    [ours, theirs],
    [theirs, ours],
  ] as const)
    for (const { name } of before.columns) {
      const has = (schema: Schema): boolean => schema.columns.some((column) => column.name === name)
      if (has(dropping) || !has(other)) continue
      const edited = await connection.rowsOfDatabase(
        `SELECT 1 FROM dolt_diff(${literal(base)}, ${literal(commit)}, ${literal(table)}) WHERE diff_type <> 'removed' AND NOT (${quoted(`from_${name}`)} <=> ${quoted(`to_${name}`)}) LIMIT 1`,
      )
      if (edited.length > 0) return droppedAndFilled(name)
    }
  return undefined
}

async function shownAt(connection: Connection, commit: Hash, table: string): Promise<Schema | undefined> {
  const schema = await schemaAt(connection, commit, table)
  return schema && shownSchema(schema)
}
