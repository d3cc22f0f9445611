import type { ColumnType, Value } from '../types.ts'

/** What a cell with this text would be stored as: a number where its text is just what the number gives back, else text. */
export function cellValue(text: string, type: ColumnType = 'any'): Value {
  if (type === 'text') return text
  if (/^(0|-?[1-9]\d*)$/.test(text) && !type.startsWith('decimal')) {
    const integer = BigInt(text)
    if (integer !== BigInt.asIntN(64, integer)) return text
    return Number.isSafeInteger(Number(text)) ? Number(text) : integer
  }
  const scale = /^decimal\((\d+)\)$/.exec(type)?.[1]
  const number = Number(text)
  return Number.isFinite(number) && (scale === undefined ? String(number) : number.toFixed(Number(scale))) === text
    ? number
    : text
}
