import type { Schema } from '../types.ts'

/** Why the columns of two sides of a merge can't become one table's: cells would change, or move; undefined where they can. */
export function mixed(before: Schema | undefined, ours: Schema, theirs: Schema): string | undefined {
  const types = new Map(ours.columns.map(({ name, type }) => [name, type]))
  const retyped = theirs.columns.find(({ name, type }) => types.has(name) && types.get(name) !== type)
  if (retyped)
    return `column ${retyped.name} is ${types.get(retyped.name)} on one side and ${retyped.type} on the other`
  for (const side of before ? [ours, theirs] : []) {
    const dropped = only(before!, side)
    const added = only(side, before!)
    if (dropped !== undefined && side.key.length === 0)
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
