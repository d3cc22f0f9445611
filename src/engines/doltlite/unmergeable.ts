import type { Hash } from '../../types.ts'
import { mixed } from '../mixed.ts'
import type { Connection } from './connection.ts'
import { readSchema, tables } from './tables.ts'

/** A table whose two sides the engine would merge, but wrongly. */
export interface Unmergeable {
  table: string
  reason: string
}

/**
 * The first table that both sides of a merge changed, and whose columns the engine would mix: it takes a column that
 * is dropped where another is added for one that was renamed, and it puts cells that were stored under one type into
 * a column of another, so that they come back as other text.
 */
export function findUnmergeable(connection: Connection, ours: Hash, theirs: Hash): Unmergeable | undefined {
  const { tableHash } = tables(connection)
  const differing = connection
    .all('SELECT from_table_name, to_table_name FROM dolt_schema_diff(?, ?)', ours, theirs)
    .flatMap(([from, to]) => (from === to ? [from as string] : []))
  if (differing.length === 0) return undefined
  const base = connection.cell<Hash>('SELECT dolt_merge_base(?, ?)', ours, theirs)!
  for (const table of differing) {
    const hash = tableHash(base, table)
    if (hash === tableHash(ours, table) || hash === tableHash(theirs, table)) continue
    const [before, our, their] = [base, ours, theirs].map((commit) => readSchema(connection.at(commit), table))
    const reason = mixed(before, our!, their!)
    if (reason !== undefined) return { table, reason }
  }
  return undefined
}
