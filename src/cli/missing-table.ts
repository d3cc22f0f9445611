import type { Database } from '../database.ts'
import { NotFoundError } from '../errors.ts'
import { listed, sameButCase } from '../model/name-lists.ts'
import { nearest } from '../model/nearest.ts'

/**
 * The error of a table that is not there, with the name that was probably meant, or with the tables that there are;
 * any other error as it is.
 * @param at the ref that was given
 */
export async function withTableNames(
  error: unknown,
  db: Database | undefined,
  at: string | undefined,
): Promise<unknown> {
  if (!(error instanceof NotFoundError) || error.code !== 'TABLE_NOT_FOUND' || !db) return error
  const { table } = error.data
  // What is told is an error already: that the tables can't be listed is not worth another.
  const tables = await db.tables({ at }).catch(() => [])
  const names = tables.map(({ name }) => name)
  if (typeof table !== 'string' || names.length === 0 || names.includes(table)) return error
  const what = error.message.replace(/ See: .*$/s, '').replace(/\b(commit )?([0-9a-v]{7})[0-9a-v]{25,33}\b/g, '$2')
  return new NotFoundError(error.code, `${what} ${hint(table, names)}`, {
    data: { ...error.data, tables: names },
    cause: error,
  })
}

function hint(table: string, names: readonly string[]): string {
  const twin = sameButCase(table, names)
  if (twin !== undefined) return `There is ${twin}, which differs only in case.`
  const near = nearest(table, names)
  if (near !== undefined) return `Did you mean ${near}?`
  return `There are: ${listed(names)}.`
}
