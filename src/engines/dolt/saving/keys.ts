import { SourceError } from '../../../errors.ts'
import { keyNull, keyText, keyDuplicate, keyExists } from '../../refusals.ts'
import { placeText } from '../../staging/place.ts'
import type { Stager } from '../../staging/stager.ts'
import type { Connection } from '../connection/connection.ts'
import { quoted } from '../connection/sql.ts'
import { KEY_BYTES, keyCell, type StoredSchema } from '../tables/columns.ts'
import { spooledRows } from '../tables/line-file.ts'
import type { Spool } from './load-data-file.ts'

/** A stage that is read to its end, and the names of its columns. */
export interface SpooledSource {
  stager: Stager
  spool: Spool
  names: string[]
}

/** Keys that are looked up in the table by one statement. */
const KEYS = 500

/** What can be told of keys before anything is sent. @throws {SourceError} KEY_NULL, KEY_TOO_LONG */
export async function checkKeys(schema: StoredSchema, staged: SpooledSource): Promise<void> {
  const places = schema.key.map((name) => staged.names.indexOf(name))
  const missing = places.filter((place) => staged.spool.facts[place]!.nulls > 0)
  if (missing.length > 0) {
    const first = missing.toSorted((a, b) => staged.spool.facts[a]!.firstNull - staged.spool.facts[b]!.firstNull)[0]!
    const place = staged.stager.place(staged.spool.facts[first]!.firstNull)
    const column = staged.names[first]!
    throw keyNull(place, column, schema)
  }
  if (places.reduce((sum, place) => sum + staged.spool.facts[place]!.bytes, 0) <= keyBound(schema)) return
  for await (const { row, cells: key } of stagedCells(schema.key, staged)) {
    const bytes = key.reduce((sum, cell) => sum + Buffer.byteLength(cell!), 0)
    if (bytes > KEY_BYTES || key.some((cell, index) => cell!.length > widthOf(schema, index)))
      throw tooLong(schema, staged, row, key, bytes)
  }
}

function keyBound(schema: StoredSchema): number {
  return Math.min(KEY_BYTES, ...schema.key.map((_, index) => widthOf(schema, index)))
}

function widthOf(schema: StoredSchema, index: number): number {
  const { stored } = schema.columns.find(({ name }) => name === schema.key[index])!
  return Number(/char\((\d+)\)/.exec(stored)?.[1] ?? KEY_BYTES)
}

function tooLong(
  schema: StoredSchema,
  staged: SpooledSource,
  row: number,
  key: (string | null)[],
  bytes: number,
): SourceError {
  const place = staged.stager.place(row)
  return new SourceError(
    'KEY_TOO_LONG',
    `${placeText(place)}: the key ${keyText(schema.key.map((name, index) => [name, key[index]!]))} has ${bytes} bytes; Dolt holds ${KEY_BYTES} at most. Choose a shorter key, such as a hash of it.`,
    { data: { ...place, bytes, limit: KEY_BYTES, key: schema.key } },
  )
}

/** A key that is twice in the source; undefined if there is none. */
export async function repeatedKey(schema: StoredSchema, staged: SpooledSource): Promise<SourceError | undefined> {
  const hashes = new Float64Array(staged.spool.rows)
  let count = 0
  for await (const { cells: key } of stagedCells(schema.key, staged)) hashes[count++] = hashOf(key)
  hashes.sort()
  const twice = new Set<number>()
  for (let at = 1; at < count; at++) if (hashes[at] === hashes[at - 1]) twice.add(hashes[at]!)
  if (twice.size === 0) return undefined
  const found = new Map<string, { key: (string | null)[]; rows: number[] }>()
  for await (const { row, cells: key } of stagedCells(schema.key, staged)) {
    if (!twice.has(hashOf(key))) continue
    const text = key.join('\0')
    const same = found.get(text)
    if (same) same.rows.push(row)
    else found.set(text, { key, rows: [row] })
  }
  const repeated = [...found.values()]
    .filter(({ rows }) => rows.length > 1)
    .map(({ key, rows }) => ({ key, rows: rows.toSorted((a, b) => a - b) }))
  const first = repeated.toSorted((a, b) => a.rows[0]! - b.rows[0]!)[0]
  if (!first) return undefined
  const [one, other] = first.rows.map((row) => staged.stager.place(row))
  return keyDuplicate(other!, one!, schema, first.key)
}

/** A key of the source that the table has at a revision; undefined if there is none. */
export async function existingKey(
  connection: Connection,
  revision: string,
  table: string,
  schema: StoredSchema,
  staged: SpooledSource,
): Promise<SourceError | undefined> {
  const columns = schema.key.map((name) => schema.columns.find((column) => column.name === name)!)
  const one = `(${schema.key.map((name) => `${quoted(name)} = ?`).join(' AND ')})`
  const lookUp = async (batch: { row: number; key: (string | null)[] }[]): Promise<SourceError | undefined> => {
    const rows = await connection.rows(
      `SELECT ${schema.key.map(quoted).join(', ')} FROM ${connection.at(revision)}.${quoted(table)} WHERE ${batch.map(() => one).join(' OR ')}`,
      batch.flatMap(({ key }) => key.map((cell, index) => keyCell(cell, columns[index]!))),
    )
    const there = new Set(rows.map((row) => row.map(String).join('\0')))
    const first = batch.find(({ key }) => there.has(key.join('\0')))
    return first && keyExists(staged.stager.place(first.row), schema, first.key)
  }
  let batch: { row: number; key: (string | null)[] }[] = []
  for await (const { row, cells: key } of stagedCells(schema.key, staged)) {
    batch.push({ row, key })
    if (batch.length < KEYS) continue
    const error = await lookUp(batch)
    if (error) return error
    batch = []
  }
  return batch.length > 0 ? lookUp(batch) : undefined
}

/** The source's cells of some columns; the rows are numbered from 0, in no order. */
export async function* stagedCells(
  columns: readonly string[],
  { spool, names }: SpooledSource,
): AsyncGenerator<{ row: number; cells: (string | null)[] }> {
  const places = columns.map((name) => names.indexOf(name))
  const odd = spool.oddRows
  let row = 0
  let next = 0
  for await (const batch of spooledRows(spool.path))
    for (const cells of batch) {
      for (; odd[next] === row; next++) row++
      yield { row: row++, cells: places.map((place) => cells[place]!) }
    }
  if (odd.length === 0) return
  let at = 0
  for await (const batch of spooledRows(spool.oddPath))
    for (const cells of batch) yield { row: odd[at++]!, cells: places.map((place) => cells[place]!) }
}

/** FNV-1a in two lanes: 52 bits, as a number that a double holds. */
function hashOf(key: (string | null)[]): number {
  let low = 0x811c9dc5
  let high = 0x01000193
  for (const cell of key) {
    for (let at = 0; at < cell!.length; at++) {
      const code = cell!.charCodeAt(at)
      low = Math.imul(low ^ code, 0x01000193)
      high = Math.imul(high ^ code, 0x85ebca6b)
    }
    low = Math.imul(low ^ 0xffff, 0x01000193)
  }
  return (low >>> 0) + (high >>> 12) * 2 ** 32
}
