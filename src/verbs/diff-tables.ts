import type { Session } from '../engines/engine.ts'
import { record } from '../engines/values.ts'
import { RefusedError } from '../errors.ts'
import { rowPages } from '../history/row-pages.ts'
import { requireSchema } from '../history/schemas-at.ts'
import { cellText, cellValue } from '../model/cells.ts'
import { keyText, sameKey } from '../model/schema-diff.ts'
import type { ColumnType, Hash, Row, RowDiff, Schema, Value } from '../types.ts'

/** A table at a commit. */
export interface TableAt {
  commit: Hash
  table: string
  schema: Schema
}

/**
 * Two tables, whose rows have keys of the same columns.
 * @throws {NotFoundError} TABLE_NOT_FOUND @throws {RefusedError} KEY_REQUIRED, KEY_CHANGED
 */
export async function tablesToCompare(
  session: Session,
  one: { commit: Hash; table: string },
  other: { commit: Hash; table: string },
): Promise<{ before: TableAt; after: TableAt }> {
  const before = { ...one, schema: await requireSchema(session, one.commit, one.table) }
  const after = { ...other, schema: await requireSchema(session, other.commit, other.table) }
  for (const { table, schema } of [before, after])
    if (schema.key.length === 0)
      throw new RefusedError(
        'KEY_REQUIRED',
        `Table ${table} has no key that could tell which of two rows are the same.`,
        { data: { table } },
      )
  if (!sameKey(before.schema, after.schema))
    throw new RefusedError(
      'KEY_CHANGED',
      `Table ${one.table} has the key ${keyText(before.schema)}, and ${other.table} has ${keyText(after.schema)}: no row of one is another's.`,
      { data: { table: one.table, key: before.schema.key, tableKey: after.schema.key } },
    )
  return { before, after }
}

/** The rows that two tables have differently: first those of the first table, then those that only the other has. Each in key order. */
export async function* diffTables(session: Session, before: TableAt, after: TableAt): AsyncGenerator<RowDiff, void> {
  for await (const { key, row, twin } of withTwins(session, before, after))
    if (!twin) yield { kind: 'removed', key, before: row, after: null }
    else if (differ(row, twin, before.schema, after.schema)) yield { kind: 'modified', key, before: row, after: twin }
  for await (const { key, row, twin } of withTwins(session, after, before))
    if (!twin) yield { kind: 'added', key, before: null, after: row }
}

type Cells = Record<string, Value>

/** Each row of a table, with the one of the same key in another. */
async function* withTwins(
  session: Session,
  { commit, table, schema }: TableAt,
  other: TableAt,
): AsyncGenerator<{ key: Cells; row: Cells; twin: Cells | undefined }, void> {
  const names = schema.columns.map(({ name }) => name)
  const places = schema.key.map((name) => names.indexOf(name))
  for await (const { rows } of rowPages(session, commit, { table })) {
    const keys = rows.map((row): Row => places.map((place) => row[place]!))
    const there = keys.map((key) => key.map((cell, at) => asThere(cell, schema.key[at]!, schema, other.schema)))
    const twins = await session.rowsByKey(other.commit, other.table, there)
    for (const [index, row] of rows.entries())
      yield { key: record(schema.key, keys[index]!), row: record(names, row), twin: twins[index] }
  }
}

/** The same cell as another table has it, whose column may be of another type. */
function asThere(cell: Value, name: string, here: Schema, there: Schema): Value {
  const text = cellText(cell, typeOf(here, name))
  return text === null ? null : cellValue(text, typeOf(there, name))
}

/** Whether two rows have another text in a cell; a column that a table doesn't have is NULL. */
function differ(row: Cells, twin: Cells, here: Schema, there: Schema): boolean {
  const names = new Set([...here.columns, ...there.columns].map(({ name }) => name))
  const text = (cells: Cells, name: string, schema: Schema): string | null =>
    Object.hasOwn(cells, name) ? cellText(cells[name], typeOf(schema, name)) : null
  return [...names].some((name) => text(row, name, here) !== text(twin, name, there))
}

function typeOf({ columns }: Schema, name: string): ColumnType {
  return columns.find((column) => column.name === name)?.type ?? 'any'
}
