import type { ColumnType, Value } from '../types.ts'
import { parseType, pinnedScale, storedAs } from './column-type.ts'
import { numberOf } from './numbers.ts'

/*
 * A cell: its text, the value that a text is, and when two values are the same. Each rule stands here once; which text is
 * a number stands in numbers.ts.
 */

/** Whether a text names a column's type. */
export function isColumnType(text: string): text is ColumnType {
  return parseType(text) !== undefined
}

/**
 * The text of a cell in a column of that type, as a file has it: `0.50` if two digits are pinned, bytes as Base64; null
 * if it has no value.
 */
export function cellText(value: Value | undefined, type: ColumnType): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return bytesText(value)
  const scale = typeof value === 'string' ? -1 : pinnedScale(type)
  return scale < 0 ? String(value) : Number(value).toFixed(scale)
}

/** Bytes as a cell's text: Base64. */
export function bytesText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** The bytes that such a text stands for; undefined if it is not just what they are written as. */
export function textBytes(text: string): Buffer | undefined {
  if (text.length % 4 !== 0) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytesText(bytes) === text ? bytes : undefined
}

/** What a cell with this text is stored as in a column of that type: a number only if the number gives the text back. */
export function cellValue(text: string, type: ColumnType = 'any'): Value {
  return type !== 'any' && storedAs(type) === 'text' ? text : (numberOf(text, pinnedScale(type)) ?? text)
}

/** A text that values share only if they are the same; NULL, and a column that is not there, are one. */
export function valueId(value: Value | undefined): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Uint8Array) return `b${bytesText(value)}`
  return `${typeof value === 'string' ? 's' : 'n'}${String(value)}`
}

/** Whether two values are the same; NULL, and a column that is not there, are one. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  return a === b || valueId(a) === valueId(b)
}

/** A row's cell. A column that the row doesn't have is NULL in it; one may be called `__proto__`. */
function cellOf(row: Readonly<Record<string, Value>>, name: string): Value {
  return Object.hasOwn(row, name) ? row[name]! : null
}

/** Whether two rows are the same: a column that was only added changes none. Of no row, only no row is the same. */
export function sameRow(
  a: Readonly<Record<string, Value>> | null | undefined,
  b: Readonly<Record<string, Value>> | null | undefined,
): boolean {
  if (!a || !b) return !a === !b
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) =>
    sameValue(cellOf(a, name), cellOf(b, name)),
  )
}
