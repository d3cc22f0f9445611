/*
 * Imports nothing: a workflow's bundle may hold it.
 */

/**
 * A table at a commit, small enough to be passed from step to step: plain data, under 1 KB. The commit and the hash say
 * which rows are meant, `db` only where to look for them.
 */
export type TableHandle = {
  /** The database's name, as `open` was given it in `databases`; else where it is. */
  db: string
  /** The table's name. */
  table: string
  /** The commit that the table is read at. */
  commit: string
  /** The table's hash there: equal hashes mean equal data. */
  hash: string
  /** How many rows it has there. */
  rows: number
}

/**
 * Whether a value is a handle, for what came out of JSON.
 * @example
 * const ok = isTableHandle(JSON.parse('{}'))
 */
export function isTableHandle(value: unknown): value is TableHandle {
  if (typeof value !== 'object' || value === null) return false
  const { db, table, commit, hash, rows } = value as Record<string, unknown>
  return [db, table, commit, hash].every((text) => typeof text === 'string') && typeof rows === 'number'
}
