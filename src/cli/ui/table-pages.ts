import type { Database } from '../../database.ts'
import { NotFoundError } from '../../errors.ts'
import { cellText } from '../../model/cells.ts'
import type { Hash, Row, Schema } from '../../types.ts'
import { keyWord, pageCell, type PageCell } from './cells.ts'

/** How many columns are shown at once: a table may have thousands. */
const COLUMNS = 50
/** How many known places of a table are kept, and of how many tables. */
const PLACES = 1000
const TABLES = 20

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

/** A row whose key is known. */
interface Place {
  at: number
  key: Row
}

/** How rows are found: so many after, or before, a row whose key is known, or an end of the table. */
interface Way {
  backwards: boolean
  skip: number
  beyond?: Row | undefined
}

/**
 * Reads tables page by page. The keys of a page's first and last row are remembered, so that the next one, up or down, is
 * found by key; any other is found by counting from the nearest such row, or from an end of the table.
 */
export class TablePages {
  readonly #places = new Map<string, Map<number, Row>>()

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
    const { from, count, total, schema } = wanted
    const id = `${wanted.commit} ${wanted.table}`
    const known = [...(this.#places.get(id) ?? [])].map(([at, key]): Place => ({ at, key }))
    const ways: Way[] = [
      { backwards: false, skip: from },
      { backwards: true, skip: total - from - count },
      ...known.map(({ at, key }) =>
        at < from
          ? { backwards: false, skip: from - at - 1, beyond: key }
          : { backwards: true, skip: at - from - count, beyond: key },
      ),
    ]
    const shortest = ways.filter(({ skip }) => skip >= 0).reduce((best, way) => (way.skip < best.skip ? way : best))
    const rows = await select(db, wanted, shortest)
    if (shortest.backwards) rows.reverse()
    const places = schema.key.map((name) => schema.columns.findIndex((column) => column.name === name))
    const keyOf = (row: Row): Row => places.map((place) => row[place]!)
    if (rows.length > 0) {
      this.#remember(id, from, keyOf(rows[0]!))
      this.#remember(id, from + rows.length - 1, keyOf(rows.at(-1)!))
    }
    return rows
  }

  #remember(id: string, at: number, key: Row): void {
    const known = this.#places.get(id) ?? new Map<number, Row>()
    known.set(at, key)
    if (known.size > PLACES) known.delete(known.keys().next().value!)
    this.#places.delete(id)
    this.#places.set(id, known)
    if (this.#places.size > TABLES) this.#places.delete(this.#places.keys().next().value!)
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
  { beyond, skip, backwards }: Way,
): Promise<Row[]> {
  const key = schema.key.map(quoted)
  const where = beyond ? ` WHERE (${key.join(', ')}) ${backwards ? '<' : '>'} (${key.map(() => '?').join(', ')})` : ''
  const order = key.map((name) => (backwards ? `${name} DESC` : name)).join(', ')
  const columns = schema.columns.map(({ name }) => quoted(name)).join(', ')
  const sql = `SELECT ${columns} FROM ${quoted(table)}${where} ORDER BY ${order} LIMIT ${count} OFFSET ${skip}`
  const rows: Row[] = []
  for await (const batch of db.rows({ sql, ...(beyond && { parameters: beyond }) }, { at: commit, as: 'batches' }))
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
