import { UsageError } from '../errors.ts'
import { isColumnType } from '../model/cells.ts'
import type { ColumnType } from '../types.ts'

/* What is given about columns. */

/** `--type price=decimal(2)`, by column. @throws {UsageError} OPTION_INVALID */
export function columnTypes(given: readonly string[]): Record<string, ColumnType> {
  const types: Record<string, ColumnType> = {}
  for (const text of given) {
    const [, column, type] = /^(.+)=([^=]*)$/s.exec(text) ?? []
    if (column === undefined || !isColumnType(type!))
      throw new UsageError(
        'OPTION_INVALID',
        `--type ${JSON.stringify(text)} is not column=type, such as 'price=decimal(2)'. The types: any, text, integer, real, decimal(2), decimal(10,2), boolean, date, time(s), timestamp(us), duration(ms), bytes, json.`,
        { data: { value: text } },
      )
    types[column] = type
  }
  return types
}

/** `--rename price=cost`, new names by old ones. @throws {UsageError} OPTION_INVALID */
export function newNames(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, old, name] = /^([^=]+)=(.+)$/s.exec(text) ?? []
      if (old !== undefined && name !== undefined) return [old, name]
      throw new UsageError('OPTION_INVALID', `--rename ${JSON.stringify(text)} is not old=new, such as price=cost.`, {
        data: { value: text },
      })
    }),
  )
}
