import type { Database } from '../../database.ts'
import { NotFoundError } from '../../errors.ts'
import { cellText } from '../../model/cells.ts'
import type { Hash, Row, Schema, Value } from '../../types.ts'
import { keyWord, pageCell, type PageCell } from './cells.ts'

/** How many columns are shown at once: a table may have thousands. */
const COLUMNS = 50
/** How many known places are kept, over all tables. */
const PLACES = 10_000

/** Some rows of a table at a commit. */
export interface TablePage {
  table: string
  commit: Hash
  key: string[]
  /** All columns' names. */
  columns: { name: string; type: string }[]
  /** How many columns stand before the first that is shown. */
  firstColumn: number
  /** How many rows the table has. */
  total: number
  /** How many rows stand before the first that is here. */
  from: number
  rows: { key: string | null; cells: PageCell[] }[]
}

export interface PageWanted {
  table: string
  at: string | undefined
  from: number
  count: number
  firstColumn: number
}

export interface CellWanted {
  table: string
  at: string | undefined
  key: Row
  column: string
}

interface Place {
  offset: number
  /** Of the last row before it. */
  key: Row
}

/**
 * Reads tables page by page. Where a page ended is remembered, so that the next one is found by its key; any other is
 * found by counting from the nearest such place, or from the table's end.
 */
export class TablePages {
  readonly #places = new Map<string, Place>()

  /** @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND */
  async read(db: Database, { table, at, from, count, firstColumn }: PageWanted): Promise<TablePage> {
    const commit = await db.resolve(at ?? 'HEAD', { table })
    const schema = await db.schema(table, { at: commit })
    if (!schema) throw noTable(table, at ?? db.defaultBranch)
    const total = await db.rowCount(table, { at: commit })
    const read = schema.key.length === 0 ? unkeyedRows : this.#keyedRows.bind(this)
    const rows =
      from < total ? await read(db, { table, commit, schema, from, count: Math.min(count, total - from), total }) : []
    const shown = schema.columns.slice(firstColumn, firstColumn + COLUMNS)
    const keyPlaces = schema.key.map((name) => schema.columns.findIndex((column) => column.name === name))
    return {
      table,
      commit,
      key: schema.key,
      columns: schema.columns,
      firstColumn,
      total,
      from,
      rows: rows.map((row) => ({
        key: keyPlaces.length === 0 ? null : keyWord(keyPlaces.map((place) => row[place]!)),
        cells: shown.map(({ type }, index) => pageCell(row[firstColumn + index], type)),
      })),
    }
  }

  /** @throws {NotFoundError} TABLE_NOT_FOUND, ROW_NOT_FOUND */
  async cell(db: Database, { table, at, key, column }: CellWanted): Promise<string | null> {
    const commit = await db.resolve(at ?? 'HEAD', { table })
    const schema = await db.schema(table, { at: commit })
    const type = schema?.columns.find(({ name }) => name === column)?.type
    if (!schema || type === undefined) throw noTable(`${table} with a column ${column}`, at ?? db.defaultBranch)
    const where = schema.key.map((name) => `${quoted(name)} = ?`).join(' AND ')
    const sql = `SELECT ${quoted(column)} FROM ${quoted(table)} WHERE ${where}`
    if (key.length === schema.key.length && key.length > 0)
      for await (const { rows } of db.rows({ sql, parameters: key }, { at: commit, as: 'batches' }))
        if (rows[0]) return cellText(rows[0][0], type)
    throw new NotFoundError('ROW_NOT_FOUND', `Table ${table} has no row with the key ${keyWord(key)}.`, {
      data: { table, key: key.map(String) },
    })
  }

  async #keyedRows(db: Database, wanted: Reading): Promise<Row[]> {
    const { commit, schema, from, count, total, table } = wanted
    const isOfTable = ([id]: [string, Place]): boolean => id.startsWith(`${commit} ${table} `)
    const known = [...this.#places].filter(isOfTable).map(([, place]) => place)
    const nearest = known
      .filter(({ offset }) => offset <= from)
      .reduce<Place | undefined>((best, place) => (best && best.offset > place.offset ? best : place), undefined)
    const fromEnd = total - from - count
    const isNearEnd = fromEnd < from - (nearest?.offset ?? 0)
    const rows = await select(
      db,
      wanted,
      isNearEnd ? { backwards: true, skip: fromEnd } : { after: nearest?.key, skip: from - (nearest?.offset ?? 0) },
    )
    if (isNearEnd) rows.reverse()
    const last = rows.at(-1)
    if (last) {
      const places = schema.key.map((name) => schema.columns.findIndex((column) => column.name === name))
      this.#remember(`${commit} ${table} ${from + rows.length}`, {
        offset: from + rows.length,
        key: places.map((place) => last[place]!),
      })
    }
    return rows
  }

  #remember(id: string, place: Place): void {
    this.#places.set(id, place)
    const [oldest] = this.#places.keys()
    if (this.#places.size > PLACES) this.#places.delete(oldest!)
  }
}

interface Reading {
  table: string
  commit: Hash
  schema: Schema
  from: number
  count: number
  total: number
}

/** Both engines take names in backquotes. */
async function select(
  db: Database,
  { table, commit, schema, count }: Reading,
  { after, skip, backwards = false }: { after?: Row | undefined; skip: number; backwards?: boolean },
): Promise<Row[]> {
  const key = schema.key.map(quoted)
  const where = after === undefined ? '' : ` WHERE (${key.join(', ')}) > (${key.map(() => '?').join(', ')})`
  const order = key.map((name) => (backwards ? `${name} DESC` : name)).join(', ')
  const columns = schema.columns.map(({ name }) => quoted(name)).join(', ')
  const sql = `SELECT ${columns} FROM ${quoted(table)}${where} ORDER BY ${order} LIMIT ${count} OFFSET ${skip}`
  const rows: Row[] = []
  const parameters: Value[] | undefined = after
  for await (const batch of db.rows({ sql, ...(parameters && { parameters }) }, { at: commit, as: 'batches' }))
    rows.push(...batch.rows)
  return rows
}

/** Rows without a key have no order but the one in which they are read. */
async function unkeyedRows(db: Database, { table, commit, from, count }: Reading): Promise<Row[]> {
  const rows: Row[] = []
  let before = from
  for await (const batch of db.rows(table, { at: commit, as: 'batches' })) {
    rows.push(...batch.rows.slice(before, before + count - rows.length))
    before = Math.max(0, before - batch.rows.length)
    if (rows.length === count) break
  }
  return rows
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

function noTable(table: string, at: string): NotFoundError {
  return new NotFoundError('TABLE_NOT_FOUND', `There is no table ${table} at ${at}.`, { data: { table, at } })
}
