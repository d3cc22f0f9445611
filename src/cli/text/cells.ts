import type { ColumnType, Value } from '../../types.ts'
import type { Cell } from './table.ts'
import { visible } from './width.ts'

/** A cell's text as a file would have it; null is NULL. */
export function cellText(value: Value | undefined, type: ColumnType = 'any'): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  const scale = typeof value === 'number' ? /^decimal\((\d+)\)$/.exec(type)?.[1] : undefined
  return scale === undefined ? String(value) : (value as number).toFixed(Number(scale))
}

/** A cell in words: NULL, the empty text and a text `NULL` can be told apart. */
export function shownText(value: Value | undefined, type?: ColumnType): string {
  const text = cellText(value, type)
  if (text === null) return 'NULL'
  return text === '' || text === 'NULL' || text.trim() !== text ? `"${visible(text)}"` : visible(text)
}

/** A cell for an aligned table: numbers at the right. */
export function shownCell(value: Value | undefined, type?: ColumnType): Cell {
  const text = shownText(value, type)
  if (value === null || value === undefined) return { text, style: 'dim' }
  return typeof value === 'string' ? { text } : { text, right: true }
}
