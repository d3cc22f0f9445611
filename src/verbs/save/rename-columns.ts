import { SourceError, UsageError } from '../../errors.ts'
import { listed } from '../../model/name-lists.ts'
import type { Schema } from '../../types.ts'
import type { SaveOptions } from './save-options.ts'

/**
 * A table's schema with the names that its columns are to have, and what that changes, in words. Columns that have the new name
 * already are left as they are, so that the next night's save may say the same.
 * @throws {SourceError} COLUMN_MISSING @throws {UsageError} OPTION_INVALID
 */
export function renameColumns(
  table: string,
  schema: Schema | undefined,
  { rename = {}, mode = 'replace' }: SaveOptions,
): { before: Schema | undefined; renames: string[] } {
  if (!schema) return { before: schema, renames: [] }
  const names = schema.columns.map(({ name }) => name)
  const wanted = Object.entries(rename).filter(([old, name]) => names.includes(old) || !names.includes(name))
  const absent = wanted.find(([old]) => !names.includes(old))
  if (absent)
    throw new SourceError('COLUMN_MISSING', `Table ${table} has no column ${absent[0]}, only ${listed(names)}.`, {
      data: { table, column: absent[0], columns: names },
    })
  if (wanted.length === 0) return { before: schema, renames: [] }
  if (mode !== 'replace')
    throw new UsageError(
      'OPTION_INVALID',
      `A column gets another name by a save of all rows: in the mode ${mode}, rows of table ${table} would keep the old one.`,
      { data: { option: 'rename', table, mode } },
    )
  const of = new Map(wanted)
  const renamed = (name: string): string => of.get(name) ?? name
  const twice = names.map(renamed).find((name, index, all) => all.indexOf(name) !== index)
  if (twice !== undefined)
    throw new UsageError('OPTION_INVALID', `Table ${table} would have two columns ${twice}.`, {
      data: { option: 'rename', table, column: twice },
    })
  return {
    before: {
      columns: schema.columns.map((column) => ({ ...column, name: renamed(column.name) })),
      key: schema.key.map(renamed),
    },
    renames: wanted.map(([old, name]) => `column ${old} is called ${name}`),
  }
}
