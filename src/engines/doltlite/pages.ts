import { DoltflowError } from '../../errors.ts'
import type { Column, Hash, Row, Value } from '../../types.ts'
import { Connection, quoted } from './connection.ts'
import { readSchema } from './tables.ts'

const PAGE_ROWS = 5000

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
  #last: Value[] | undefined
  #ended = false

  constructor(connection: Connection, relation: string, columns: Column[], order: string[]) {
    this.#connection = connection
    this.#relation = relation
    this.columns = columns
    this.#order = order.join(', ')
    this.#slots = order.map(() => '?').join(', ')
  }

  /** Goes to the next page; false where there is none. */
  next(): boolean {
    if (this.#ended) return false
    const after = this.#last ? `(${this.#order}) > (${this.#slots})` : ''
    const start = this.#last ?? []
    this.#last = this.#connection
      .prepareExact(
        `SELECT ${this.#order} FROM ${this.#relation} ${after && `WHERE ${after}`} ORDER BY ${this.#order} LIMIT 1 OFFSET ${PAGE_ROWS - 1}`,
      )
      .get(...start) as Value[] | undefined
    const until = this.#last ? `(${this.#order}) <= (${this.#slots})` : ''
    this.#ended = this.#last === undefined
    const where = [after, until].filter((part) => part !== '').join(' AND ')
    this.#where = where && `WHERE ${where}`
    this.#bounds = [...start, ...(this.#last ?? [])]
    return true
  }

  /** The page's rows; integers are bigint. */
  rows(): Row[] {
    return this.#connection.prepareExact(this.#select('*')).all(...this.#bounds) as Row[]
  }

  /** The page's rows as one text: each row by the SQL expression `row`, with `separator` (an SQL literal) between them. */
  text(row: string, separator: string): { bytes: Buffer; rows: number } {
    const [bytes, rows] = this.#connection.get(
      `SELECT CAST(group_concat(r, ${separator}) AS BLOB), count(*) FROM (${this.#select(`${row} AS r`)})`,
      ...this.#bounds,
    ) as unknown as [Buffer | null, number]
    return { bytes: bytes ?? Buffer.alloc(0), rows }
  }

  #select(expression: string): string {
    return `SELECT ${expression} FROM ${this.#relation} ${this.#where} ORDER BY ${this.#order}`
  }

  close(): void {}
}

/** Pages over a table at a commit, in key order; by rowid where it has no key. undefined: no such table. */
export function tablePages(connection: Connection, commit: Hash, table: string): Pages | undefined {
  const at = connection.at(commit)
  const schema = readSchema(at, table)
  if (!schema) return undefined
  const order = schema.key.length > 0 ? schema.key.map(quoted) : ['rowid']
  return new Pages(at, quoted(table), schema.columns, order)
}

/**
 * Pages over a query's result, which is kept in a temporary table of a connection of its own. The commit is
 * attached to it: the query sees that commit alone and can write nothing.
 * @throws {DoltflowError} SQL_FAILED
 */
export function queryPages(path: string, commit: Hash, query: string, values: Value[] = []): Pages {
  const memory = new QueryConnection(':memory:')
  const sql = query.replace(/[\s;]+$/, '')
  try {
    memory.get('ATTACH ? AS db', `${path}/${commit}`)
    memory.get(`EXPLAIN SELECT * FROM (\n${sql}\n)`)
    memory.get(`CREATE TEMP TABLE result AS ${sql}`, ...values.map(bindable))
    const columns = memory
      .all('PRAGMA temp.table_info(result)')
      .map(([, name]): Column => ({ name: name as string, type: 'any' }))
    return memory.pages(columns)
  } catch (cause) {
    memory.close()
    const reason = cause instanceof DoltflowError ? String(cause.data['reason']) : String(cause)
    throw new DoltflowError(
      'SQL_FAILED',
      `The query failed: ${reason}. It must be one SELECT over the tables at its ref. The query: ${query}`,
      { data: { sql: query, reason }, cause },
    )
  }
}

/** The binding takes every number for a real. */
function bindable(value: Value): Value {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

class QueryConnection extends Connection {
  pages(columns: Column[]): Pages {
    const pages = new Pages(this, 'temp.result', columns, ['rowid'])
    pages.close = () => this.close()
    return pages
  }
}
