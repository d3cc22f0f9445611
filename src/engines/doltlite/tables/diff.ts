import type { DiffKind, Hash, Row, RowDiff, Schema, Value } from '../../../types.ts'
import { COPY, POSITION, ROW } from '../../keyless.ts'
import { plainValue, record } from '../../values.ts'
import type { StatementSync } from '../connection/addon.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { comparesByPlace, DiffByName } from './diff-by-name.ts'
import { firstDiffs, isDirect } from './direct-diff.ts'
import { tablePages } from './pages.ts'
import { readSchema, readStored } from './tables.ts'

/** Changed keys that are fetched at once; the engine's diff walks from its beginning each time. */
const KEYS = 40_000
const PAGE_ROWS = 1000

type Pull = () => RowDiff[] | undefined

/**
 * Reads the rows that differ between two commits of a table, page by page, in key order.
 * The engine's diff tells which keys changed; the rows are read at each commit with the schema they had there
 * (its own columns are those of today's table).
 */
export function openDiff(
  connection: Connection,
  from: Hash,
  to: Hash,
  table: string,
): { columns: string[]; next: Pull; close(): void } {
  const before = readSchema(connection.at(from), table)
  const after = readSchema(connection.at(to), table)
  const names = [...(after?.columns ?? []), ...(before?.columns ?? [])].map((column) => column.name)
  const columns = [...new Set(names)]
  const close = (): void => {}
  if (!before && !after) return { columns, next: () => undefined, close }
  const sameKey = before && after && before.key.join('\0') === after.key.join('\0')
  if (sameKey && after.key.length === 0) return { columns, next: keylessRows(connection, from, to, table), close }
  if (sameKey) {
    if (!isDirect(before, after)) {
      const keys = changedKeys(connection, from, to, table, before, after)
      return { columns, next: changedRows(connection, from, to, table, after, keys), close: () => keys.close() }
    }
    return { columns, next: directRows(connection, from, to, table, { before, after }), close }
  }
  const parts = [
    ...(before ? [allRows(connection, from, table, 'removed')] : []),
    ...(after ? [allRows(connection, to, table, 'added')] : []),
  ]
  return { columns, next: chained(parts), close }
}

/**
 * The keys alone, of a table with one schema: read on this very connection if it shows the later commit, since opening one
 * at a commit takes longer than all else in a small save.
 */
export function changedKeyRows(
  connection: Connection,
  from: Hash,
  to: Hash,
  table: string,
  most: number,
): Row[] | undefined {
  const keys: Row[] = connection.glance(to, (reader) => {
    const schema = readSchema(reader, table)
    if (!schema || schema.key.length === 0) return keysOfDiff(connection, from, to, table, most)
    return diffKeys(reader, table, schema)
      .all(from, to, most + 1, 0)
      .map((row) => (row as Row).slice(1))
  })
  return keys.length > most ? undefined : keys
}

function keysOfDiff(connection: Connection, from: Hash, to: Hash, table: string, most: number): Row[] {
  const keys: Row[] = []
  const diff = openDiff(connection, from, to, table)
  for (let page = diff.next(); page && keys.length <= most; page = diff.next())
    for (const { key } of page) keys.push(Object.values(key))
  diff.close()
  return keys
}

/** Keys of rows that differ, each behind the kind of its difference. */
interface ChangedKeys {
  keys(offset: number, limit: number): Row[]
  close(): void
}

function changedKeys(
  connection: Connection,
  from: Hash,
  to: Hash,
  table: string,
  before: Schema,
  after: Schema,
): ChangedKeys {
  if (!comparesByPlace(before, after)) return new DiffByName(connection.path, from, to, table, before, after)
  const list = diffKeys(connection.at(to), table, after)
  return { keys: (offset, limit) => list.all(from, to, limit, offset) as Row[], close: () => {} }
}

/** A statement that gives the kind and the key of each row that differs, from the engine's diff, which goes by columns' places. */
function diffKeys(reader: Connection, table: string, { columns, key }: Schema): StatementSync {
  // By their places: the engine's own columns take the names of some of the table's (`to_commit`).
  const places = key.map((name) => columns.findIndex((column) => column.name === name))
  const side = (letter: string): string =>
    `${columns.map((_, index) => `${letter}${index}`).join(', ')}, ${letter}_commit, ${letter}_date`
  const cells = places.map((place) => `CASE kind WHEN 'removed' THEN f${place} ELSE t${place} END`)
  return reader.prepareExact(
    `WITH diff(${side('t')}, ${side('f')}, kind) AS (SELECT * FROM ${quoted(`dolt_diff_${table}`)}(?, ?)) SELECT kind, ${cells.join(', ')} FROM diff LIMIT ? OFFSET ?`,
  )
}

/** The first rows with their cells; if there are more, the others by their keys: a walk for each few would take for ever. */
function directRows(
  connection: Connection,
  from: Hash,
  to: Hash,
  table: string,
  { before, after }: { before: Schema; after: Schema },
): Pull {
  let first: RowDiff[] | undefined
  let rest: Pull = () => undefined
  return () => {
    if (!first) {
      const { diffs, isAll } = firstDiffs(connection, from, to, table, after)
      first = diffs
      const keys = isAll ? undefined : changedKeys(connection, from, to, table, before, after)
      if (keys) rest = changedRows(connection, from, to, table, after, keys, diffs.length)
    }
    return first.length > 0 ? first.splice(0, PAGE_ROWS) : rest()
  }
}

function changedRows(
  connection: Connection,
  from: Hash,
  to: Hash,
  table: string,
  { key }: Schema,
  changed: ChangedKeys,
  begin = 0,
): Pull {
  let offset = begin
  let keys: Row[] = []
  return () => {
    if (keys.length === 0) {
      keys = changed.keys(offset, KEYS)
      offset += keys.length
    }
    if (keys.length === 0) return undefined
    const page = keys.splice(0, PAGE_ROWS)
    const values = page.map((row) => row.slice(1))
    const before = rowsAt(connection, from, table, key, values)
    const after = rowsAt(connection, to, table, key, values)
    return page.map(([kind], index) => ({
      kind: kind as DiffKind,
      key: record(key, values[index]!.map(plainValue)),
      before: before[index] ?? null,
      after: after[index] ?? null,
    }))
  }
}

/** Rows that one side has more often than the other, in the order in which they were saved, as far as they are fetched at once. */
function keylessRows(connection: Connection, from: Hash, to: Hash, table: string): Pull {
  const { columns } = readStored(connection.at(to), table)!
  const place = (name: string): number => columns.findIndex((column) => column.name === name)
  const side = (letter: string): string =>
    `${columns.map((_, index) => `${letter}${index}`).join(', ')}, ${letter}_commit, ${letter}_date`
  const cells = [ROW, COPY, POSITION].map((name) => `coalesce(t${place(name)}, f${place(name)})`)
  const list = connection
    .at(to)
    .prepareExact(
      `WITH diff(${side('t')}, ${side('f')}, kind) AS (SELECT * FROM ${quoted(`dolt_diff_${table}`)}(?, ?)) SELECT kind, ${cells.join(', ')} FROM diff WHERE kind <> 'modified' LIMIT ${KEYS} OFFSET ?`,
    )
  let offset = 0
  let keys: Row[] = []
  return () => {
    if (keys.length === 0) {
      keys = (list.all(from, to, offset) as Row[]).toSorted((a, b) => Number(a[3]) - Number(b[3]))
      offset += keys.length
    }
    if (keys.length === 0) return undefined
    const page = keys.splice(0, PAGE_ROWS)
    const values = page.map(([, row, copy]) => [row!, copy!])
    const before = rowsAt(connection, from, table, [ROW, COPY], values)
    const after = rowsAt(connection, to, table, [ROW, COPY], values)
    return page.map(([kind], index) => ({
      kind: kind as DiffKind,
      key: {},
      before: kind === 'removed' ? before[index]! : null,
      after: kind === 'added' ? after[index]! : null,
    }))
  }
}

/** Rows by their key, with the columns of that commit; undefined if there is none. */
export function rowsAt(
  connection: Connection,
  commit: Hash,
  table: string,
  key: string[],
  keys: Row[],
): (Record<string, Value> | undefined)[] {
  const at = connection.at(commit)
  const names = readSchema(at, table)?.columns.map((column) => column.name)
  if (!names) return keys.map(() => undefined)
  const where = key.map((name) => `${quoted(name)} IS ?`).join(' AND ')
  const statement = at.prepareExact(`SELECT ${names.map(quoted).join(', ')} FROM ${quoted(table)} WHERE ${where}`)
  return keys.map((values) => {
    const row = statement.get(...values) as Row | undefined
    return row && record(names, row.map(plainValue))
  })
}

/** Every row of a table that is on one side only, or under another key. */
function allRows(connection: Connection, commit: Hash, table: string, kind: 'added' | 'removed'): Pull {
  const pages = tablePages(connection, commit, table)!
  const names = pages.columns.map((column) => column.name)
  const key = readSchema(connection.at(commit), table)!.key
  return () => {
    if (!pages.next()) {
      pages.close()
      return undefined
    }
    return pages.rows().map((cells): RowDiff => {
      const row = record(names, cells.map(plainValue))
      const values = record(
        key,
        key.map((name) => row[name]!),
      )
      return { kind, key: values, before: kind === 'removed' ? row : null, after: kind === 'added' ? row : null }
    })
  }
}

function chained(parts: Pull[]): Pull {
  return () => {
    for (; parts.length > 0; parts.shift()) {
      const page = parts[0]!()
      if (page) return page
    }
    return undefined
  }
}
