import type { Hash, Schema } from '../../types.ts'
import type { Connection } from './connection.ts'
import { isKeyless } from './keyless.ts'
import { readSchema, readStored, tables } from './tables.ts'

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
    const reason = mixed(before, our!, their!, isKeyless(readStored(connection.at(ours), table)))
    if (reason !== undefined) return { table, reason }
  }
  return undefined
}

function mixed(before: Schema | undefined, ours: Schema, theirs: Schema, keyless: boolean): string | undefined {
  const types = new Map(ours.columns.map(({ name, type }) => [name, type]))
  const retyped = theirs.columns.find(({ name, type }) => types.has(name) && types.get(name) !== type)
  if (retyped)
    return `column ${retyped.name} is ${types.get(retyped.name)} on one side and ${retyped.type} on the other`
  for (const side of before ? [ours, theirs] : []) {
    const dropped = only(before!, side)
    const added = only(side, before!)
    if (dropped !== undefined && keyless)
      return `one side dropped column ${dropped} of a table without a key, the other changed rows`
    if (dropped !== undefined && added !== undefined)
      return `one side dropped column ${dropped} and added ${added}, the other changed rows`
  }
  return undefined
}

/** A column that one schema has and the other has not. */
function only(schema: Schema, other: Schema): string | undefined {
  return schema.columns.find(({ name }) => !other.columns.some((column) => column.name === name))?.name
}
