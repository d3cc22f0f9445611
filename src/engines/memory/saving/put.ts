import type { Row, SaveMode, Schema, Value } from '../../../types.ts'
import type { Change, StageResult } from '../../engine.ts'
import { COPY, POSITION, ROW, storedSchema } from '../../keyless.ts'
import { keyDuplicate, keyExists, keyNull, tableNameTaken } from '../../refusals.ts'
import type { Stager } from '../../staging/stager.ts'
import type { Tables } from '../branches/database.ts'
import { cellsText, emptyTable, MemoryTable, placesOf } from '../tables/table.ts'
import type { MemorySink } from './sink.ts'

/** A source that is read to its end, and what was found in it. */
export interface StagedRows {
  stager: Stager
  sink: MemorySink
  result: StageResult
}

type StageChange = Extract<Change, { kind: 'stage' }>

/**
 * A table with a stage's rows in it.
 * @throws {SourceError} KEY_NULL, KEY_DUPLICATE, KEY_EXISTS @throws {UsageError} NAME_REFUSED
 */
export function put(tables: Tables, change: StageChange, staged: StagedRows): MemoryTable {
  const { table, schema, removed = [] } = change
  const similar = [...tables.keys()].find((name) => name.toLowerCase() === table.toLowerCase())
  if (similar !== undefined && similar !== table) throw tableNameTaken(table, similar)
  const before = inSchema(tables.get(table), storedSchema(schema), change.mode)
  const rows = new Map(before.rows)
  for (const key of removed) rows.delete(cellsText(key))
  const putRows = before.isKeyless ? putKeyless : putKeyed
  putRows(rows, before.schema, change, staged)
  return new MemoryTable(before.schema, rows)
}

/** A table with columns more at its end, or wider ones where its rows stay; else an empty one. */
function inSchema(before: MemoryTable | undefined, schema: Schema, mode: SaveMode): MemoryTable {
  if (!before) return emptyTable(schema)
  const width = before.schema.columns.length
  const first = { ...schema, columns: schema.columns.slice(0, width) }
  if (mode === 'replace' && JSON.stringify(first) !== JSON.stringify(before.schema)) return emptyTable(schema)
  const added = schema.columns.slice(width).map(() => null)
  const rows = [...before.rows].map(([key, row]): [string, Row] => [key, [...row, ...added]])
  return new MemoryTable(schema, new Map(rows))
}

function putKeyed(rows: Map<string, Row>, schema: Schema, { mode }: StageChange, staged: StagedRows): void {
  const keys = keysOf(schema, staged)
  refuseExisting(mode === 'append' ? rows : undefined, keys, schema, staged)
  if (mode === 'replace') rows.clear()
  const places = placesOf(schema, names(staged))
  keys.forEach(({ text }, index) => rows.set(text, filled(rows.get(text), schema, places, staged.sink.staged[index]!)))
}

/** A row with staged cells in it; a column that the source doesn't have is as it was, or NULL. */
function filled(before: Row | undefined, { columns }: Schema, places: readonly number[], cells: Row): Row {
  const row = before ? [...before] : columns.map((): Value => null)
  places.forEach((place, at) => (row[place] = cells[at]!))
  return row
}

function hasNull(cells: Row): boolean {
  return cells.some((cell) => cell === null)
}

interface Key {
  cells: Row
  text: string
}

/** The keys of all staged rows. @throws {SourceError} KEY_NULL, KEY_DUPLICATE */
function keysOf(schema: Schema, { sink, stager, ...staged }: StagedRows): Key[] {
  const places = placesOf({ columns: staged.result.columns, key: [] }, schema.key)
  const all = sink.staged.map((row) => places.map((place) => row[place]!))
  const empty = all.findIndex(hasNull)
  if (empty !== -1)
    throw keyNull(stager.place(empty), schema.key[all[empty]!.findIndex((cell) => cell === null)]!, schema)
  const rows = new Map<string, number[]>()
  const keys = all.map((cells) => ({ cells, text: cellsText(cells) }))
  keys.forEach(({ text }, index) => {
    const same = rows.get(text)
    if (same) same.push(index)
    else rows.set(text, [index])
  })
  const [first, second] = [...rows.values()].find(({ length }) => length > 1) ?? []
  if (second !== undefined) throw keyDuplicate(stager.place(second), stager.place(first!), schema, keys[first!]!.cells)
  return keys
}

function refuseExisting(
  rows: ReadonlyMap<string, Row> | undefined,
  keys: readonly Key[],
  schema: Schema,
  { stager }: StagedRows,
): void {
  const there = rows ? keys.findIndex(({ text }) => rows.has(text)) : -1
  if (there !== -1) throw keyExists(stager.place(there), schema, keys[there]!.cells)
}

function names({ result }: StagedRows): string[] {
  return result.columns.map(({ name }) => name)
}

/**
 * Puts rows into a table without a key. `replace` removes what the source doesn't have and adds what the table doesn't,
 * so that rows that stay keep their places; `append` adds all.
 */
function putKeyless(
  rows: Map<string, Row>,
  schema: Schema,
  { mode, inOrder = false }: { mode: SaveMode; inOrder?: boolean },
  staged: StagedRows,
): void {
  const incoming = numbered(staged.sink.hashes, mode === 'append' ? copiesOf(rows) : new Map())
  if (mode === 'replace') keepOnly(rows, incoming, inOrder)
  const last = [...rows.values()].reduce((greatest, row) => Math.max(greatest, positionOf(row)), 0)
  const places = placesOf(schema, names(staged))
  let added = 0
  incoming.forEach(({ text, hash, copy }, index) => {
    if (rows.has(text)) return
    const row = filled(undefined, schema, places, staged.sink.staged[index]!)
    const [atRow, atCopy, atPosition] = placesOf(schema, [ROW, COPY, POSITION])
    row[atRow!] = hash
    row[atCopy!] = copy
    row[atPosition!] = last + ++added
    rows.set(text, row)
  })
}

interface Incoming {
  hash: string
  copy: number
  /** Of both, which are the key. */
  text: string
}

/** Staged rows with their places among the rows of the same cells, behind those that are there. */
function numbered(hashes: readonly string[], copies: Map<string, number>): Incoming[] {
  return hashes.map((hash) => {
    const copy = (copies.get(hash) ?? 0) + 1
    copies.set(hash, copy)
    return { hash, copy, text: cellsText([hash, copy]) }
  })
}

/** How often a table has each row. (The columns of our own are its first.) */
function copiesOf(rows: ReadonlyMap<string, Row>): Map<string, number> {
  const copies = new Map<string, number>()
  for (const [hash] of rows.values()) copies.set(hash as string, (copies.get(hash as string) ?? 0) + 1)
  return copies
}

function positionOf(row: Row): number {
  return row[2] as number
}

function keepOnly(rows: Map<string, Row>, incoming: readonly Incoming[], inOrder: boolean): void {
  const wanted = new Set(incoming.map(({ text }) => text))
  for (const text of rows.keys()) if (!wanted.has(text)) rows.delete(text)
  const places = incoming.map(({ text }) => (rows.has(text) ? positionOf(rows.get(text)!) : Infinity))
  if (inOrder && places.some((place, index) => index > 0 && place < places[index - 1]!)) rows.clear()
}
