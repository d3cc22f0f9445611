import { RefusedError } from '../errors.ts'
import { blank, call } from '../model/advice.ts'
import { keyText, sameKey } from '../model/schema-diff.ts'
import type { Hash, Schema } from '../types.ts'

/** A table that two sides of a merge have under two schemas, or one of them has not. */
export interface Unmergeable {
  table: string
  /** What differs, in words. */
  reason: string
}

/** Why the columns of two sides of a merge can't become one table's: cells would change, or move; undefined if they can. */
export function schemaConflictReason(before: Schema | undefined, ours: Schema, theirs: Schema): string | undefined {
  if (!sameKey(ours, theirs)) return `its key is ${keyText(ours)} on one side and ${keyText(theirs)} on the other`
  if (before && !sameKey(before, ours)) return `both sides gave it the key ${keyText(ours)}`
  const types = new Map(ours.columns.map(({ name, type }) => [name, type]))
  const retyped = theirs.columns.find(({ name, type }) => types.has(name) && types.get(name) !== type)
  if (retyped)
    return `column ${retyped.name} is ${types.get(retyped.name)} on one side and ${retyped.type} on the other`
  for (const side of before ? [ours, theirs] : []) {
    const [dropped] = columnsOnlyIn(before!, side)
    const [added] = columnsOnlyIn(side, before!)
    if (dropped !== undefined && side.key.length === 0)
      return `one side dropped column ${dropped} of a table without a key, the other changed rows`
    if (dropped !== undefined && added !== undefined)
      return `one side dropped column ${dropped} and added ${added}, the other changed rows`
  }
  return undefined
}

/** Why a column that one side dropped keeps the sides from being merged. */
export function droppedAndFilled(column: string): string {
  return `one side dropped column ${column}, and the other has new values there`
}

/** Why a table that one side dropped keeps the sides from being merged. */
export const DROPPED_AND_CHANGED = 'one side dropped the table, and the other changed it'

/** Why two tables of one name, both new, can't be merged. */
export const MADE_TWICE = 'both sides made the table, with other columns, or in another order'

/** The columns that one schema has and the other doesn't have. */
export function columnsOnlyIn(schema: Schema, other: Schema): string[] {
  return schema.columns.map(({ name }) => name).filter((name) => !other.columns.some((column) => column.name === name))
}

/** The error for tables that can't be merged; the verbs say more, since they know what the sides are called. */
export function conflictingSchemas(theirs: Hash, tables: string[], reason: string, cause?: unknown): RefusedError {
  return new RefusedError('SCHEMA_CONFLICT', `Table ${tables.join(', ')} of ${theirs} can't be merged: ${reason}.`, {
    data: { commit: theirs, tables, reason },
    cause,
  })
}

/** The error for a commit that can't be taken back. */
export function notReverted(hash: Hash, reason: string, cause?: unknown): RefusedError {
  return new RefusedError(
    'MERGE_REFUSED',
    `Commit ${hash} can't be taken back: ${reason}. Make a table what it was before instead: ${call('restore', [blank('TABLE'), blank('REF')])}`,
    { data: { commit: hash, reason }, cause },
  )
}
