import type { DiffKind, Hash, Row, RowDiff, Value } from '../../../types.ts'
import { HIDDEN, isKeyless, POSITION, shownSchema } from '../../keyless.ts'
import { record } from '../../values.ts'
import type { Connection, RowStream } from '../connection/connection.ts'
import { columnList, literal, quoted } from '../connection/sql.ts'
import { schemaAt, textOf, valueOf, type StoredSchema } from './columns.ts'
import { inSavedOrder, type RowPages } from './saved-order.ts'

/** Rows of a table without a key that are put in order together, and that are handed on together. */
const SORTED = 20_000
const PAGE_ROWS = 1000

export interface OpenDiff {
  columns: string[]
  next(): Promise<RowDiff[] | undefined>
  close(): void
}

/** Streams the rows that differ between two commits of a table, in key order, over a connection of their own. */
export async function openDiff(connection: Connection, from: Hash, to: Hash, table: string): Promise<OpenDiff> {
  const before = await schemaAt(connection, from, table)
  const after = await schemaAt(connection, to, table)
  const names = [after, before].flatMap((schema) => (schema ? shownSchema(schema).columns.map(({ name }) => name) : []))
  const columns = [...new Set(names)]
  if (!before && !after) return { columns, next: () => Promise.resolve(undefined), close: () => {} }
  if (before && after && before.key.join('\0') === after.key.join('\0')) {
    const next = isKeyless(after) ? keylessRows : changedRows
    if (!comparesByPlace(before, after)) {
      const stream = await connection.stream(joined(connection, [from, before], [to, after], table))
      return { columns, next: next(stream, before, after), close: () => stream.close() }
    }
    const sql = `SELECT * FROM dolt_diff(${literal(from)}, ${literal(to)}, ${literal(table)})`
    // Rights are granted on a database, not on its revisions.
    await connection.useDefault()
    const stream = await connection.stream(sql)
    return { columns, next: next(stream, before, after), close: () => stream.close() }
  }
  const parts: [Hash, StoredSchema, DiffKind][] = []
  if (before) parts.push([from, before, 'removed'])
  if (after) parts.push([to, after, 'added'])
  return { columns, ...wholeTables(connection, table, parts) }
}

/** The engine gives the columns of both sides: those after the change first, then two of the commit's, then those before. */
function changedRows(stream: RowStream, before: StoredSchema, after: StoredSchema): OpenDiff['next'] {
  const start = after.columns.length + 2
  return async () => {
    for (let page = await stream.next(); page; page = await stream.next()) {
      const diffs = page.flatMap((row) => {
        const kind = row.at(-1) as DiffKind
        const own = kind === 'removed' ? null : row.slice(0, after.columns.length)
        const old = kind === 'added' ? null : row.slice(start, start + before.columns.length)
        return own && old && sameText(after, own, before, old)
          ? []
          : [rowDiff(kind, side(before, old), side(after, own), after.key)]
      })
      if (diffs.length > 0) return diffs
    }
    return undefined
  }
}

/** Rows that one side has more often than the other, in the order in which they were saved, as far as they are sorted at once. */
function keylessRows(stream: RowStream, before: StoredSchema, after: StoredSchema): OpenDiff['next'] {
  const sides = {
    added: { schema: shownSchema(after), start: 0 },
    removed: { schema: shownSchema(before), start: after.columns.length + 2 },
  }
  let sorted: { position: number; diff: RowDiff }[] = []
  return async () => {
    if (sorted.length === 0) {
      for (let page; sorted.length < SORTED && (page = await stream.next());)
        for (const row of page) {
          const kind = row.at(-1) as DiffKind
          // It has another place, or a cell of it is stored in another way.
          if (kind === 'modified') continue
          const { schema, start } = sides[kind]
          const from = start + HIDDEN.length
          const cells = side(schema, row.slice(from, from + schema.columns.length))
          const diff = rowDiff(kind, kind === 'removed' ? cells : null, kind === 'added' ? cells : null, [])
          sorted.push({ position: Number(row[start + HIDDEN.indexOf(POSITION)]), diff })
        }
      sorted = sorted.toSorted((a, b) => a.position - b.position)
    }
    const page = sorted.splice(0, PAGE_ROWS).map(({ diff }) => diff)
    return page.length > 0 ? page : undefined
  }
}

/** A column that was widened changes how every cell is stored, but no cell; one that a side doesn't have is NULL there. */
function sameText(after: StoredSchema, row: Row, before: StoredSchema, old: Row): boolean {
  const texts = new Map(before.columns.map((column, index) => [column.name, textOf(old[index]!)]))
  const same = after.columns.every(({ name }, index) => (texts.get(name) ?? null) === textOf(row[index]!))
  const names = new Set(after.columns.map((column) => column.name))
  return same && before.columns.every(({ name }) => names.has(name) || texts.get(name) === null)
}

/**
 * Whether the engine's own diff is right, which goes by the places of cells and by keys as they are stored: columns
 * were only added, or only dropped, at the end, and none of the key was widened.
 */
export function comparesByPlace(before: StoredSchema, after: StoredSchema): boolean {
  if (hasOtherKeys(before, after)) return false
  const length = Math.min(before.columns.length, after.columns.length)
  const first = ({ columns }: StoredSchema): string[] => columns.slice(0, length).map((column) => column.name)
  return JSON.stringify(first(before)) === JSON.stringify(first(after))
}

function hasOtherKeys(before: StoredSchema, after: StoredSchema): boolean {
  const stored = ({ key, columns }: StoredSchema): string[] =>
    key.map((name) => columns.find((column) => column.name === name)!.stored)
  return JSON.stringify(stored(before)) !== JSON.stringify(stored(after))
}

/** Every row of both sides, in key order, in the columns that the engine's diff has. */
function joined(
  connection: Connection,
  [from, before]: [Hash, StoredSchema],
  [to, after]: [Hash, StoredSchema],
  table: string,
): string {
  const tables = [`${connection.at(from)}.${quoted(table)} AS b`, `${connection.at(to)}.${quoted(table)} AS a`]
  // A number compares with a text as a number: 7 with 007.
  const cell = (of: string, name: string): string =>
    hasOtherKeys(before, after)
      ? `CAST(${of}.${quoted(name)} AS CHAR) COLLATE utf8mb4_0900_bin`
      : `${of}.${quoted(name)}`
  const on = after.key.map((name) => `${cell('a', name)} = ${cell('b', name)}`).join(' AND ')
  const key = after.key.map((name, index) => `coalesce(${cell('a', name)}, ${cell('b', name)}) AS k${index}`)
  const cells = [
    ...after.columns.map(({ name }, index) => `a.${quoted(name)} AS a${index}`),
    'NULL AS c1, NULL AS c2',
    ...before.columns.map(({ name }, index) => `b.${quoted(name)} AS b${index}`),
  ]
  const part = (kind: string, first: string, join: string, where: string): string =>
    `SELECT ${[...cells, ...key, `'${kind}' AS kind`].join(', ')} FROM ${first} ${join} ON ${on} ${where}`
  const missing = (of: string): string => `WHERE ${of}.${quoted(after.key[0]!)} IS NULL`
  const parts = [
    part('modified', tables[1]!, `JOIN ${tables[0]!}`, ''),
    part('added', tables[1]!, `LEFT JOIN ${tables[0]!}`, missing('b')),
    part('removed', tables[0]!, `LEFT JOIN ${tables[1]!}`, missing('a')),
  ]
  return `SELECT * FROM (${parts.join(' UNION ALL ')}) AS joined ORDER BY ${key.map((_, index) => `k${index}`).join(', ')}`
}

function side(schema: StoredSchema, row: Row | null): Record<string, Value> | null {
  return (
    row &&
    record(
      schema.columns.map((column) => column.name),
      row.map((cell, index) => valueOf(cell, schema.columns[index]!)),
    )
  )
}

function rowDiff(kind: DiffKind, before: RowDiff['before'], after: RowDiff['after'], key: string[]): RowDiff {
  const present = (after ?? before)!
  return {
    kind,
    key: record(
      key,
      key.map((name) => present[name]!),
    ),
    before,
    after,
  }
}

/** Every row of a table that is on one side only, or under another key. */
function wholeTables(
  connection: Connection,
  table: string,
  parts: [Hash, StoredSchema, DiffKind][],
): Omit<OpenDiff, 'columns'> {
  let stream: RowPages | undefined
  const next = async (): Promise<RowDiff[] | undefined> => {
    for (; parts.length > 0; parts.shift(), stream = undefined) {
      const [commit, schema, kind] = parts[0]!
      stream ??= await openTable(connection, commit, table, schema)
      const page = await stream.next()
      if (!page) continue
      return page.map((row) => {
        const shown = shownSchema(schema)
        const cells = side(shown, row)
        return rowDiff(kind, kind === 'removed' ? cells : null, kind === 'added' ? cells : null, shown.key)
      })
    }
    return undefined
  }
  return { next, close: () => stream?.close() }
}

/** Streams a table of a commit in key order; one without a key in the order in which its rows were first saved. */
export async function openTable(
  connection: Connection,
  commit: Hash,
  table: string,
  schema: StoredSchema,
): Promise<RowPages> {
  await connection.use(commit)
  const cells = columnList(shownSchema(schema).columns.map((column) => column.name))
  const order = schema.key.length > 0 ? `ORDER BY ${schema.key.map(quoted).join(', ')}` : ''
  if (!isKeyless(schema)) return connection.stream(`SELECT ${cells} FROM ${quoted(table)} ${order}`)
  const greatest = Number((await connection.cell(`SELECT max(${POSITION}) FROM ${quoted(table)}`)) ?? 0)
  return inSavedOrder(await connection.stream(`SELECT ${POSITION}, ${cells} FROM ${quoted(table)} ${order}`), greatest)
}
