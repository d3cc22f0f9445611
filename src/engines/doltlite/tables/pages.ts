import type { Column, Hash, Row, Value } from '../../../types.ts'
import { isKeyless, SAVED_ORDER } from '../../keyless.ts'
import { Connection, locationOf, quoted } from '../connection/connection.ts'
import { readSchema, readStored } from './tables.ts'

/** How many rows a page has at most, and about how many bytes of text; the first shows how long rows are. */
const PAGE_ROWS = 5000
const PAGE_BYTES = 2 ** 21
const FIRST_ROWS = 8
/** Where the rows of a result are kept: a name that no table has. */
export const RESULT = '_doltflow_result'

/**
 * A relation read page by page, in a fixed order: the binding can't step through a result, and one statement
 * over millions of rows would hold them all.
 */
export class Pages {
  readonly columns: Column[]
  readonly #connection: Connection
  readonly #relation: string
  readonly #order: string
  readonly #slots: string
  #where = ''
  #bounds: Value[] = []
  /** The last row's place in the order, of this page and of the one before. */
  #last: Value[] | undefined
  #before: Value[] | undefined
  #ended = false
  #rows = FIRST_ROWS

  constructor(connection: Connection, relation: string, columns: Column[], order: string[]) {
    this.#connection = connection
    this.#relation = relation
    this.columns = columns
    this.#order = order.join(', ')
    this.#slots = order.map(() => '?').join(', ')
  }

  /** Goes to the next page; false if there is none. */
  next(): boolean {
    if (this.#ended) return false
    this.#before = this.#last
    const after = this.#last ? `(${this.#order}) > (${this.#slots})` : ''
    const start = this.#last ?? []
    this.#last = this.#connection
      .prepareExact(
        `SELECT ${this.#order} FROM ${this.#relation} ${after && `WHERE ${after}`} ORDER BY ${this.#order} LIMIT 1 OFFSET ?`,
      )
      .get(...start, BigInt(this.#rows - 1)) as Value[] | undefined
    const until = this.#last ? `(${this.#order}) <= (${this.#slots})` : ''
    this.#ended = this.#last === undefined
    const where = [after, until].filter((part) => part !== '').join(' AND ')
    this.#where = where && `WHERE ${where}`
    this.#bounds = [...start, ...(this.#last ?? [])]
    return true
  }

  /** Makes the page shorter, if it is too long for the engine; false if it has one row. */
  shorten(): boolean {
    if (this.#rows === 1) return false
    this.#rows = Math.ceil(this.#rows / 8)
    this.#last = this.#before
    this.#ended = false
    return this.next()
  }

  /** The page's rows; integers are bigint. */
  rows(): Row[] {
    this.#rows = PAGE_ROWS
    return this.#connection.prepareExact(this.#select('*')).all(...this.#bounds) as Row[]
  }

  /** The page's rows as one text: each row by the SQL expression `row`, with `separator` (an SQL literal) between them. */
  text(row: string, separator: string): { bytes: Buffer; rows: number } {
    const [bytes, rows] = this.#connection.get(
      `SELECT CAST(group_concat(r, ${separator}) AS BLOB), count(*) FROM (${this.#select(`${row} AS r`)})`,
      ...this.#bounds,
    ) as unknown as [Buffer | null, number]
    const length = bytes?.length ?? 0
    // Never far from the last: rows of one length may be followed by others.
    const fitting = Math.floor((PAGE_BYTES * rows) / (length + 1))
    this.#rows = Math.max(1, Math.min(PAGE_ROWS, fitting, this.#rows * 8))
    return { bytes: bytes ?? Buffer.alloc(0), rows }
  }

  #select(expression: string): string {
    return `SELECT ${expression} FROM ${this.#relation} ${this.#where} ORDER BY ${this.#order}`
  }

  close(): void {}
}

/** Pages over a table at a commit, in key order; by rowid if it has no key. undefined: no such table. */
export function tablePages(connection: Connection, commit: Hash, table: string): Pages | undefined {
  const at = connection.at(commit)
  const schema = readSchema(at, table)
  if (!schema) return undefined
  if (isKeyless(readStored(at, table))) return savedOrderPages(connection.path, commit, table, schema.columns)
  const order = schema.key.length > 0 ? schema.key.map(quoted) : ['rowid']
  return new Pages(at, quoted(table), schema.columns, order)
}

/** Pages over a table without a key, in the order in which its rows were first saved: sorted once, on disk if they are many. */
function savedOrderPages(path: string, commit: Hash, table: string, columns: Column[]): Pages {
  const memory = attached(path, commit)
  const cells = columns.map(({ name }) => quoted(name)).join(', ')
  memory.exec(`CREATE TEMP TABLE ${RESULT} AS SELECT ${cells} FROM db.${quoted(table)} ORDER BY ${SAVED_ORDER}`)
  return memory.pages(columns)
}

/** A connection of its own for one result, with a commit attached as `db`: it sees that commit alone and can write nothing of it. */
export function attached(path: string, commit: Hash): ResultConnection {
  const memory = new ResultConnection(':memory:')
  memory.get('ATTACH ? AS db', locationOf(path, commit))
  return memory
}

class ResultConnection extends Connection {
  /** Pages over the result, with which the connection ends. */
  pages(columns: Column[]): Pages {
    const pages = new Pages(this, `temp.${RESULT}`, columns, ['rowid'])
    pages.close = () => this.close()
    return pages
  }
}
