import type { Column, ColumnType, Schema } from '../types.ts'

/** What differs between two schemas of a table, in words: one thing an entry. */
export function schemaChanges(before: Schema, after: Schema): string[] {
  const old = new Map(before.columns.map(({ name, type }) => [name, type]))
  const fresh = new Map(after.columns.map(({ name, type }) => [name, type]))
  const changes = [
    ...after.columns.filter(({ name }) => !old.has(name)).map(({ name, type }) => `column ${name} (${type}) is new`),
    ...before.columns.filter(({ name }) => !fresh.has(name)).map(({ name }) => `column ${name} was dropped`),
    ...retyped(before, after.columns).map(({ name, type }) => `column ${name} was ${old.get(name)}, is ${type}`),
    ...(sameKey(before, after) ? [] : [`the key was ${keyText(before)}, is ${keyText(after)}`]),
  ]
  if (changes.length > 0 || names(before).join('\0') === names(after).join('\0')) return changes
  return ['the columns are in another order']
}

/** Columns that both have, with another type than before. */
export function retyped(before: Schema, columns: readonly Column[]): Column[] {
  const old = new Map(before.columns.map(({ name, type }) => [name, type]))
  return columns.filter(({ name, type }) => old.has(name) && old.get(name) !== type)
}

/** Types that refuse no cell that the other one takes, and keep each as it was written. */
const WIDER: Partial<Record<ColumnType, readonly ColumnType[]>> = {
  integer: ['real', 'any', 'text'],
  real: ['any', 'text'],
  any: ['text'],
  text: ['any'],
}

/** Whether every cell of a column may stay as it is when its type is changed so. */
export function isWidening(from: ColumnType, to: ColumnType): boolean {
  return (WIDER[from] ?? ['any', 'text']).includes(to)
}

export function sameKey(a: Schema, b: Schema): boolean {
  return a.key.join('\0') === b.key.join('\0')
}

/** A schema in a line: `id integer, a any; key id` */
export function schemaText(schema: Schema): string {
  return `${schema.columns.map(({ name, type }) => `${name} ${type}`).join(', ')}; key ${keyText(schema)}`
}

export function keyText({ key }: Pick<Schema, 'key'>): string {
  return key.length === 0 ? 'none' : key.join(', ')
}

function names(schema: Schema): string[] {
  return schema.columns.map(({ name }) => name)
}
