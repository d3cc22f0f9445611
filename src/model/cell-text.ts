import type { ColumnType, Value } from '../types.ts'

/** The text of a cell in a column of that type: `0.50` where two digits are pinned; null where it has no value. */
export function cellText(value: Value, type: ColumnType): string | null {
  if (value === null) return null
  const scale = /^decimal\((\d+)\)$/.exec(type)?.[1]
  return typeof value === 'number' && scale !== undefined ? value.toFixed(Number(scale)) : String(value)
}
