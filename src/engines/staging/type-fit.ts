import { found, readDate, readTime, readTimestamp } from '../../formats/dates.ts'
import { textBytes } from '../../model/cells.ts'
import { parseType, typeText, type TypeData } from '../../model/column-type.ts'
import type { ColumnType } from '../../types.ts'

/*
 * Which cells are values of a type, in the form that the table has them in. A cell that is none would make another column of it in every
 * file that has types.
 */

/** Whether a cell, the bytes from `start` to `end`, is a value of the type. */
export type Fit = (bytes: Buffer, start: number, end: number) => boolean

const DIGITS = { s: 0, ms: 3, us: 6, ns: 9 }

/** What a type asks of its cells; undefined if it takes each, or if how it is stored asks the same. */
export function fitOf(text: ColumnType): Fit | undefined {
  const type = parseType(text)
  switch (type?.kind) {
    case 'boolean':
      return byText((cell) => cell === 'true' || cell === 'false')
    case 'integer':
      return type.bits === 64 && type.signed ? undefined : byText((cell) => isInRange(cell, type))
    case 'decimal':
      return type.precision === undefined ? undefined : byText((cell) => isDecimal(cell, type.precision!, type.scale))
    case 'date':
      return readDate
    case 'time':
      return (bytes, start, end) => readTime(bytes, start, end) && found.digits <= DIGITS[type.unit]
    case 'timestamp':
      return (bytes, start, end) =>
        readTimestamp(bytes, start, end) &&
        found.isInstant === (type.zone !== undefined) &&
        found.digits <= DIGITS[type.unit]
    case 'bytes':
      return byText((cell) => textBytes(cell) !== undefined)
    case 'json':
      return byText(isJson)
    default:
      return undefined
  }
}

/** What a cell is not, that a type refuses: `no date such as 2024-12-31`. */
export function misfitOf(type: TypeData): string {
  switch (type.kind) {
    case 'boolean':
      return 'neither true nor false'
    case 'integer':
      return `no whole number of ${type.bits} bits${type.signed ? '' : ' from 0'}`
    case 'decimal':
      return `no number of ${type.precision} digits, with ${type.scale} of them behind the point`
    case 'date':
      return 'no date such as 2024-12-31'
    case 'time':
      return `no time of day such as 23:59:59${behind(type.unit)}`
    case 'timestamp':
      return `no time such as 2024-12-31T23:59:59${behind(type.unit)}${type.zone === undefined ? '' : 'Z'}`
    case 'bytes':
      return 'no Base64'
    case 'json':
      return 'no JSON'
    default:
      return `no ${typeText(type)}`
  }
}

function behind(unit: keyof typeof DIGITS): string {
  return unit === 's' ? '' : `.${'123456789'.slice(0, DIGITS[unit])}`
}

function byText(fits: (cell: string) => boolean): Fit {
  return (bytes, start, end) => fits(bytes.toString('utf8', start, end))
}

function isInRange(cell: string, { bits, signed }: { bits: number; signed: boolean }): boolean {
  if (!/^-?\d{1,20}$/.test(cell)) return false
  const value = BigInt(cell)
  const end = 2n ** BigInt(signed ? bits - 1 : bits)
  return value < end && value >= (signed ? -end : 0n)
}

function isDecimal(cell: string, precision: number, scale: number): boolean {
  const [, whole, behindPoint = ''] = /^-?(\d+)(?:\.(\d+))?$/.exec(cell) ?? []
  if (whole === undefined) return false
  return behindPoint.length === scale && (whole === '0' ? 0 : whole.length) <= precision - scale
}

function isJson(cell: string): boolean {
  try {
    JSON.parse(cell)
    return true
  } catch {
    return false
  }
}
