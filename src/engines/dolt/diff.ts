import type { DiffKind, Hash, Row, RowDiff, Value } from '../../types.ts'
import { record } from '../values.ts'
import { readSchema, textOf, valueOf, type StoredSchema } from './columns.ts'
import type { Connection, RowStream } from './connection.ts'
import { columnList, literal, quoted } from './sql.ts'

export interface OpenDiff {
  columns: string[]
  next(): Promise<RowDiff[] | undefined>
  close(): void
}

/** Streams the rows that differ between two commits of a table, in key order, over a connection of their own. */
export async function openDiff(connection: Connection, from: Hash, to: Hash, table: string): Promise<OpenDiff> {
  await connection.use(from)
  const before = await readSchema(connection, table)
  await connection.use(to)
  const after = await readSchema(connection, table)
  const names = [...(after?.columns ?? []), ...(before?.columns ?? [])].map((column) => column.name)
  const columns = [...new Set(names)]
  if (!before && !after) return { columns, next: () => Promise.resolve(undefined), close: () => {} }
  if (before && after && before.key.join('\0') === after.key.join('\0')) {
    const sql = `SELECT * FROM dolt_diff(${literal(from)}, ${literal(to)}, ${literal(table)})`
    const stream = await connection.stream(sql)
    return { columns, next: changedRows(stream, before, after), close: () => stream.close() }
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
        return own && old && sameText(after, own, before, old) ? [] : [rowDiff(kind, side(before, old), side(after, own), after.key)]
      })
      if (diffs.length > 0) return diffs
    }
    return undefined
  }
}

/** A column that was widened changes how every cell is stored, but no cell. */
function sameText(after: StoredSchema, row: Row, before: StoredSchema, old: Row): boolean {
  if (after.columns.length !== before.columns.length) return false
  const texts = new Map(before.columns.map((column, index) => [column.name, textOf(old[index]!)]))
  return after.columns.every((column, index) => texts.get(column.name) === textOf(row[index]!))
}

function side(schema: StoredSchema, row: Row | null): Record<string, Value> | null {
  return row && record(schema.columns.map((column) => column.name), row.map((cell, index) => valueOf(cell, schema.columns[index]!)))
}

function rowDiff(kind: DiffKind, before: RowDiff['before'], after: RowDiff['after'], key: string[]): RowDiff {
  const present = (after ?? before)!
  return { kind, key: record(key, key.map((name) => present[name]!)), before, after }
}

/** Every row of a table that is on one side only, or under another key. */
function wholeTables(connection: Connection, table: string, parts: [Hash, StoredSchema, DiffKind][]): Omit<OpenDiff, 'columns'> {
  let stream: RowStream | undefined
  const next = async (): Promise<RowDiff[] | undefined> => {
    for (; parts.length > 0; parts.shift(), stream = undefined) {
      const [commit, schema, kind] = parts[0]!
      stream ??= await openTable(connection, commit, table, schema)
      const page = await stream.next()
      if (!page) continue
      return page.map((row) => {
        const cells = side(schema, row)
        return rowDiff(kind, kind === 'removed' ? cells : null, kind === 'added' ? cells : null, schema.key)
      })
    }
    return undefined
  }
  return { next, close: () => stream?.close() }
}

/** Streams a table of a commit in key order. */
export async function openTable(connection: Connection, commit: Hash, table: string, schema: StoredSchema): Promise<RowStream> {
  await connection.use(commit)
  const order = schema.key.length > 0 ? `ORDER BY ${schema.key.map(quoted).join(', ')}` : ''
  return connection.stream(`SELECT ${columnList(schema.columns.map((column) => column.name))} FROM ${quoted(table)} ${order}`)
}
