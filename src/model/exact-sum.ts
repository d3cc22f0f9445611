import type { ColumnType, Value } from '../types.ts'
import { cellText, cellValue } from './cells.ts'
import { parseType, pinnedScale } from './column-type.ts'
import { numberOf } from './numbers.ts'

/* Sums of numbers as they are written: 0.1 and 0.2 are 0.3. */

/** A decimal number: its digits, and how many of them stand behind the point. */
interface Decimal {
  digits: bigint
  scale: number
}

/**
 * The base plus both sides' changes, exactly, as a column of that type holds it; undefined if one of the three is no number,
 * or if no number that the column can hold is just this.
 */
export function summed(base: Value, ours: Value, theirs: Value, type: ColumnType): Value | undefined {
  const [before, here, there] = [base, ours, theirs].map((value) => decimalOf(value, type))
  if (!before || !here || !there) return undefined
  const scale = Math.max(before.scale, here.scale, there.scale)
  const at = ({ digits, scale: own }: Decimal): bigint => digits * 10n ** BigInt(scale - own)
  return valueOf({ digits: at(here) + at(there) - at(before), scale }, type)
}

/** A declared decimal of many digits is kept as its text. */
function decimalOf(value: Value, type: ColumnType): Decimal | undefined {
  const kind = parseType(type)?.kind
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  if (!isNumber && !(typeof value === 'string' && (kind === 'decimal' || kind === 'integer'))) return undefined
  const [, sign, whole, fraction = '', exponent = '0'] =
    /^(-?)(\d{1,400})(?:\.(\d{1,400}))?(?:e([+-]?\d{1,3}))?$/.exec(cellText(value, type)!) ?? []
  if (whole === undefined) return undefined
  const digits = BigInt(`${sign}${whole}${fraction}`)
  const scale = fraction.length - Number(exponent)
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

function valueOf(sum: Decimal, type: ColumnType): Value | undefined {
  const pinned = pinnedScale(type)
  const plain = plainText(sum, Math.max(pinned, 0))
  // A declared type of texts, and a decimal that a double can't hold, keep the text.
  const data = parseType(type)
  if (data?.kind === 'decimal' && data.precision !== undefined)
    return fractionOf(plain) === pinned ? cellValue(plain, type) : undefined
  for (const text of [plain, String(Number(plain))]) {
    const value = numberOf(text, pinned)
    if (value !== undefined && isSame(sum, decimalOf(value, type))) return value
  }
  return undefined
}

/** Without zeros at its end, but for those that the column's scale asks for. */
function plainText({ digits, scale }: Decimal, least: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  const whole = text.slice(0, text.length - scale)
  const fraction = text
    .slice(text.length - scale)
    .replace(/0+$/, '')
    .padEnd(least, '0')
  return `${digits < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

function fractionOf(text: string): number {
  return text.includes('.') ? text.length - text.indexOf('.') - 1 : 0
}

function isSame(a: Decimal, b: Decimal | undefined): boolean {
  if (!b) return false
  const scale = Math.max(a.scale, b.scale)
  return a.digits * 10n ** BigInt(scale - a.scale) === b.digits * 10n ** BigInt(scale - b.scale)
}
