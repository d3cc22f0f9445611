import { csvWriter } from '../../../formats/csv/index.ts'
import type { TextWriteOptions } from '../../../formats/format.ts'
import type { Hash, Row } from '../../../types.ts'
import { shownSchema } from '../../keyless.ts'
import { tableNotFound } from '../../refusals.ts'
import type { Connection } from '../connection/connection.ts'
import { objectText, isBinary, schemaAt, textOf, valueOf, type StoredColumn } from './columns.ts'
import { openTable } from './diff.ts'
import type { RowPages } from './saved-order.ts'

/** A result that is read page by page over a connection of its own. */
export interface TypedPages {
  columns: StoredColumn[]
  next(): Promise<Row[] | undefined>
  close(): void
}

/** @throws {NotFoundError} TABLE_NOT_FOUND */
export async function tablePages(connection: Connection, commit: Hash, table: string): Promise<TypedPages> {
  const schema = await schemaAt(connection, commit, table)
  if (!schema) throw tableNotFound(table, commit)
  return pagesOf(shownSchema(schema).columns, await openTable(connection, commit, table, schema))
}

/** A stream as pages. */
export function pagesOf(columns: StoredColumn[], stream: RowPages): TypedPages {
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

/** TypedPages as delimited text. */
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
