import { csvWriter } from '../../../formats/csv/index.ts'
import type { TextWriteOptions } from '../../../formats/format.ts'
import type { Hash, Row, Value } from '../../../types.ts'
import type { ReadTarget } from '../../engine.ts'
import { isKeyless, shownSchema } from '../../keyless.ts'
import { tableNotFound, queryFailed } from '../../refusals.ts'
import type { Connection } from '../connection/connection.ts'
import { isPassing } from '../connection/faults.ts'
import { literal, quoted } from '../connection/sql.ts'
import {
  objectText,
  isBinary,
  readSchema,
  schemaAt,
  tableNames,
  textOf,
  valueOf,
  type StoredColumn,
} from './columns.ts'
import { openTable } from './diff.ts'
import type { RowPages } from './saved-order.ts'

/** A result that is read page by page over a connection of its own. */
export interface TypedPages {
  columns: StoredColumn[]
  next(): Promise<Row[] | undefined>
  close(): void
}

/** @throws {NotFoundError} TABLE_NOT_FOUND @throws {DoltflowError} SQL_FAILED */
export async function openPages(connection: Connection, commit: Hash, what: ReadTarget): Promise<TypedPages> {
  return 'sql' in what
    ? queryPages(connection, commit, what.sql, what.values ?? [])
    : tablePages(connection, commit, what.table)
}

async function tablePages(connection: Connection, commit: Hash, table: string): Promise<TypedPages> {
  const schema = await schemaAt(connection, commit, table)
  if (!schema) throw tableNotFound(table, commit)
  return pagesOf(shownSchema(schema).columns, await openTable(connection, commit, table, schema))
}

/** Within a derived table a query can only read; a commit's revision refuses all else anyway. */
async function queryPages(
  connection: Connection,
  commit: Hash,
  query: string,
  parameters: readonly Value[],
): Promise<TypedPages> {
  const sql = query.replace(/[\s;]+$/, '')
  await connection.use(commit)
  try {
    await connection.run('START TRANSACTION READ ONLY')
    // Prepared by the server: it alone knows which `?` of a statement are placeholders.
    const views = await shownTables(connection, sql)
    await connection.run(`PREPARE query FROM ${literal(`${views}SELECT * FROM (\n${sql}\n) AS query`)}`)
    const names = parameters.map((_, index) => `@doltflow${index}`)
    for (const [index, value] of parameters.entries()) await connection.run(`SET ${names[index]!} = ?`, [value])
    const stream = await connection.stream(`EXECUTE query${names.length > 0 ? ` USING ${names.join(', ')}` : ''}`)
    return pagesOf(
      uniqueNames(stream.columns).map((name): StoredColumn => ({ name, type: 'any', stored: 'text' })),
      stream,
    )
  } catch (cause) {
    if (isPassing(cause)) throw cause
    throw queryFailed(query, cause, ', whose columns have names of their own')
  }
}

/** What names a table at another commit: comments may part the words. */
const AS_OF = /\bas(?:\s|\/\*[^]*?\*\/|(?:--|#)[^\n]*\n)+of\b/i

/**
 * A query sees a table without a key as it was saved: what it is called by comes before the table itself. Not so one
 * with `AS OF`, which the engine does not heed then: the rows would be those of another commit.
 */
async function shownTables(connection: Connection, sql: string): Promise<string> {
  if (AS_OF.test(sql)) return ''
  const text = sql.toLowerCase()
  const views: string[] = []
  for (const table of await connection.remembered(connection.revision, 'tables', () => tableNames(connection))) {
    if (!text.includes(table.toLowerCase().replaceAll('`', '``'))) continue
    const schema = await readSchema(connection, table)
    if (!isKeyless(schema)) continue
    const cells = shownSchema(schema!).columns.map(({ name }) => quoted(name))
    views.push(`${quoted(table)} AS (SELECT ${cells.join(', ')} FROM ${quoted(table)})`)
  }
  return views.length > 0 ? `WITH ${views.join(', ')} ` : ''
}

/** Names that are there twice, as the embedded engine tells them apart: `id`, `id:1`. */
function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const count = seen.get(name) ?? 0
    seen.set(name, count + 1)
    return count === 0 ? name : `${name}:${count}`
  })
}

function pagesOf(columns: StoredColumn[], stream: RowPages): TypedPages {
  const binary = columns.map(({ stored }) => isBinary(stored))
  const withText = (row: Row): Row =>
    row.map((cell, index) => (binary[index] && cell !== null && typeof cell === 'object' ? objectText(cell) : cell))
  const next = async (): Promise<Row[] | undefined> => (await stream.next())?.map(withText)
  return { columns, next: binary.includes(true) ? next : () => stream.next(), close: () => stream.close() }
}

/** A page's cells as doltflow hands them out. */
export function values(columns: StoredColumn[], rows: Row[]): Row[] {
  return rows.map((row) => row.map((cell, index) => valueOf(cell, columns[index]!)))
}

/** Pages as delimited text. */
export function textPages(
  pages: TypedPages,
  options: TextWriteOptions,
): () => Promise<{ bytes: Uint8Array; rows: number } | undefined> {
  const writer = csvWriter(
    pages.columns.map((column) => column.name),
    options,
  )
  return async () => {
    const rows = await pages.next()
    return rows && { bytes: Buffer.from(writer.rows(rows.map((row) => row.map(textOf)))), rows: rows.length }
  }
}
