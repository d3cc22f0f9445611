import { RefusedError } from '../errors.ts'
import { option } from '../model/advice.ts'
import type { SaveMode, Schema } from '../types.ts'

/*
 * A table without a key is a multiset of rows. What tells them apart is kept in columns of our own, which no verb
 * shows: the hash of a row's cells, which of the rows with these very cells it is (1, 2, 3, … without gaps), and its
 * place in the order in which the rows were first saved. The first two are the key, so that equal rows meet in a
 * diff and in a merge wherever they stand in a file.
 */

export const ROW = '_doltflow_row'
export const COPY = '_doltflow_copy'
export const POSITION = '_doltflow_position'
export const HIDDEN: readonly string[] = [ROW, COPY, POSITION]
/** The order in which rows come back. Rows that two branches added have the same places: their cells decide. */
export const SAVED_ORDER: string = [POSITION, ROW, COPY].join(', ')

/** Whether a table's stored columns are those of one without a key. */
export function isKeyless(schema: Schema | undefined): boolean {
  return schema !== undefined && schema.columns.some(({ name }) => name === ROW)
}

/** A table's schema without the columns of our own. */
export function shownSchema<S extends Schema>(schema: S): S {
  if (!isKeyless(schema)) return schema
  return { ...schema, columns: schema.columns.filter(({ name }) => !HIDDEN.includes(name)), key: [] }
}

/** The schema that a table without a key is stored with. Ours come first: a column that is added later is the last, as it would be from the beginning. */
export function storedSchema(schema: Schema): Schema {
  if (schema.key.length > 0) return schema
  return { columns: [...HIDDEN.map((name) => ({ name, type: 'any' as const })), ...schema.columns], key: [ROW, COPY] }
}

/** Whether another program made the table, without a key and without the columns of our own. */
export function isUnmanaged(stored: Schema | undefined): boolean {
  return stored?.key.length === 0 && !isKeyless(stored)
}

/** @throws {RefusedError} KEY_REQUIRED: rows of a table that another program made have nothing that tells them apart */
export function refuseUnmanaged(table: string, stored: Schema | undefined, mode: SaveMode): void {
  if (!isUnmanaged(stored) || mode === 'replace') return
  throw new RefusedError(
    'KEY_REQUIRED',
    `Another program made table ${table}, without a key. Save all of its rows once with ${option('mode', 'replace')}, then ${mode} to it.`,
    { data: { table } },
  )
}
