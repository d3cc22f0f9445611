import { cellText } from '../../model/cells.ts'
import type { ColumnType, Value } from '../../types.ts'
import type { Cell } from './table.ts'
import { visible } from './width.ts'

/** A cell in words: NULL, the empty text and a text `NULL` can be told apart. */
export function shownText(value: Value | undefined, type?: ColumnType): string {
  const text = cellText(value, type ?? 'any')
  if (text === null) return 'NULL'
  return text === '' || text === 'NULL' || text.trim() !== text ? `"${visible(text)}"` : visible(text)
}

/** A cell for an aligned table: numbers at the right. */
export function shownCell(value: Value | undefined, type?: ColumnType): Cell {
  const text = shownText(value, type)
  if (value === null || value === undefined) return { text, style: 'dim' }
  return typeof value === 'string' ? { text } : { text, right: true }
}
