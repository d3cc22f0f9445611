import { UsageError } from '../errors.ts'
import { cellValue } from '../model/cells.ts'
import type { Row, Schema } from '../types.ts'
import { namesIn } from './lists.ts'

/** The key's cells, numbers if a save would have stored them so. @throws {UsageError} OPTION_INVALID */
export function keyRow(text: string, { key, columns }: Schema, table: string): Row {
  const parts = key.length === 1 ? [text] : namesIn(text, 'The key')
  if (parts.length !== key.length)
    throw new UsageError(
      'OPTION_INVALID',
      `The key of table ${table} is ${key.join(', ')}: give ${key.length} values with commas between, not ${JSON.stringify(text)}.`,
      { data: { table, key, value: text } },
    )
  return parts.map((part, index) => cellValue(part, columns.find(({ name }) => name === key[index])!.type))
}
