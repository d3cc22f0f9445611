import { textBytes } from '../model/cells.ts'
import { parseType, pinnedScale, type TypeData } from '../model/column-type.ts'
import { BIG_INTEGER, INTEGER, isSpecialReal, readNumber, REAL, result, TEXT } from '../model/numbers.ts'
import type { ColumnType } from '../types.ts'
import { found, readDate, readTime, readTimestamp } from './dates.ts'
import type { SpanBatch } from './format.ts'
import { floatText } from './values.ts'

/** What a column is written as; the cells read back as the same text. */
export type ColumnKind =
  | Exclude<TypeData, { kind: 'any' | 'text' | 'json' | 'decimal' | 'boolean' | 'date' | 'bytes' }>
  | { kind: 'text' | 'boolean' | 'date' | 'bytes' }
  | { kind: 'decimal'; precision: number; scale: number }

/** What a cell can be, or the cells of a column together. */
export const SEEN = {
  text: 1,
  integer: 2,
  bigInteger: 4,
  real: 8,
  decimal: 16,
  true: 32,
  false: 64,
  date: 128,
  timestamp: 256,
  instant: 512,
  time: 1024,
  bytes: 2048,
} as const

const LATIN_T = 0x74
const LATIN_F = 0x66
/** Timestamps of nanoseconds have 64 bits: the years 1677 to 2262. These days are within. */
const NANOS_DAYS: readonly [number, number] = [-106_751, 106_750]

/** Digits of a second's fraction that a unit has. */
const UNIT_DIGITS = { s: 0, ms: 3, us: 6, ns: 9 } as const
/** The digits of a decimal that has no precision of its own: those of 64 bits. */
const DECIMAL_DIGITS = 18

/**
 * Sees the cells of one column and tells its kind: what the column's type declares, if all cells are that, also if there are none;
 * else the narrowest that all of them are. A column of the type `text` is text, whatever its cells look like.
 */
export class KindSeer {
  readonly #scale: number
  readonly #type: TypeData
  readonly #declared: ColumnKind | undefined
  /** What cells of the declared kind are. */
  readonly #accepted: number
  #seen = 0
  #digits: 0 | 3 | 6 | 9 = 0
  #isFar = false
  /** Whether a cell lies outside of the declared kind's range, though it is of that sort. */
  #isBeyond = false

  constructor(type: ColumnType) {
    this.#scale = pinnedScale(type)
    this.#type = parseType(type) ?? { kind: 'any' }
    this.#declared = declaredKind(this.#type)
    this.#accepted = this.#declared ? acceptedCells(this.#declared) : 0
    if (this.#type.kind === 'text' || this.#type.kind === 'json') this.#seen = SEEN.text
  }

  /** Gives what the cell is. A number's value is left in `result`, that of a date, a time or a timestamp in `found`. */
  see(bytes: Buffer, start: number, end: number): number {
    if (this.#seen & SEEN.text) return SEEN.text
    const seen = this.#one(bytes, start, end)
    this.#seen |= seen
    return seen
  }

  /** Sees a column's cells in a batch. */
  seeCells({ bytes, spans, rows }: SpanBatch, column: number, width: number): void {
    for (let row = 0, span = column * 2; row < rows; row++, span += width * 2)
      if (spans[span] !== -1) this.see(bytes, spans[span]!, spans[span + 1]!)
  }

  #one(bytes: Buffer, start: number, end: number): number {
    if (this.#type.kind === 'bytes') return textBytes(bytes.toString('latin1', start, end)) ? SEEN.bytes : SEEN.text
    const first = bytes[start]
    if (first === LATIN_T || first === LATIN_F) {
      if (!isBoolean(bytes, start, end)) return SEEN.text
      return first === LATIN_T ? SEEN.true : SEEN.false
    }
    const number = readNumber(bytes, start, end, this.#scale)
    if (number !== TEXT) return this.#number(number, bytes, start, end)
    if (this.#type.kind === 'real' && isSpecialReal(bytes, start, end)) return SEEN.real
    if (this.#type.kind === 'integer' && readUnsigned(this.#type, bytes, start, end)) return SEEN.bigInteger
    if (this.#type.kind === 'time' && readTime(bytes, start, end)) {
      if (found.digits > UNIT_DIGITS[this.#type.unit]) return SEEN.text
      return SEEN.time
    }
    if (readDate(bytes, start, end)) return SEEN.date
    if (!readTimestamp(bytes, start, end)) return SEEN.text
    if (found.digits > this.#digits) this.#digits = found.digits
    this.#isFar ||= found.days < NANOS_DAYS[0] || found.days > NANOS_DAYS[1]
    return found.isInstant ? SEEN.instant : SEEN.timestamp
  }

  #number(number: number, bytes: Buffer, start: number, end: number): number {
    const type = this.#type
    switch (type.kind) {
      case 'decimal':
        if (type.precision !== undefined && end - start > type.precision)
          this.#isBeyond ||= digitsIn(bytes, start, end) > type.precision
        return SEEN.decimal
      case 'real':
        if (number === BIG_INTEGER && !isDouble(result.big)) break
        if (type.bits === 32) this.#isBeyond ||= !isFloat(bytes, start, end)
        return SEEN.real
      case 'integer':
        if (number === REAL) break
        if (!isWithin(type, number)) {
          // What has no sign, and is beyond 63 bits, has no type together with what has one.
          if (type.bits === 64 && !type.signed) return SEEN.text
          this.#isBeyond = true
        }
    }
    return number === INTEGER ? SEEN.integer : number === BIG_INTEGER ? SEEN.bigInteger : SEEN.real
  }

  kind(): ColumnKind {
    if (this.#declared && !this.#isBeyond && (this.#seen & ~this.#accepted) === 0) return this.#inUnit(this.#declared)
    switch (this.#seen) {
      case SEEN.integer:
      case SEEN.bigInteger:
      case SEEN.integer | SEEN.bigInteger:
        return { kind: 'integer', bits: 64, signed: true }
      // A double holds every integer of up to 15 digits.
      case SEEN.real:
      case SEEN.real | SEEN.integer:
        return { kind: 'real', bits: 64 }
      case SEEN.decimal:
        return { kind: 'decimal', precision: DECIMAL_DIGITS, scale: this.#scale }
      case SEEN.true:
      case SEEN.false:
      case SEEN.true | SEEN.false:
        return { kind: 'boolean' }
      case SEEN.date:
        return { kind: 'date' }
      case SEEN.timestamp:
      case SEEN.instant:
        return this.#inUnit({ kind: 'timestamp', unit: 'us', zone: this.#seen === SEEN.instant ? 'UTC' : undefined })
      default:
        return { kind: 'text' }
    }
  }

  /** Timestamps in the finest unit that is needed; text, where no unit holds all of them. */
  #inUnit(kind: ColumnKind): ColumnKind {
    if (kind.kind !== 'timestamp') return kind
    if (this.#digits <= UNIT_DIGITS[kind.unit]) {
      if (kind.unit === 'ns' && this.#isFar) return this.#digits === 9 ? { kind: 'text' } : { ...kind, unit: 'us' }
      return kind
    }
    if (this.#digits === 9) return this.#isFar ? { kind: 'text' } : { ...kind, unit: 'ns' }
    return { ...kind, unit: this.#digits === 6 ? 'us' : 'ms' }
  }
}

function declaredKind(type: TypeData): ColumnKind | undefined {
  if (type.kind === 'any') return undefined
  if (type.kind === 'json') return { kind: 'text' }
  return type.kind === 'decimal' ? { ...type, precision: type.precision ?? DECIMAL_DIGITS } : (type as ColumnKind)
}

function acceptedCells(kind: ColumnKind): number {
  switch (kind.kind) {
    case 'integer':
    case 'duration':
      return SEEN.integer | SEEN.bigInteger
    case 'boolean':
      return SEEN.true | SEEN.false
    case 'timestamp':
      return kind.zone === undefined ? SEEN.timestamp : SEEN.instant
    default:
      return SEEN[kind.kind]
  }
}

type IntegerType = Extract<TypeData, { kind: 'integer' }>

/** Whether an integer, whose value is in `result`, is one of that type. */
function isWithin({ bits, signed }: IntegerType, number: number): boolean {
  if (number === BIG_INTEGER) return bits === 64 && (signed || result.big >= 0n)
  if (bits === 64) return signed || result.value >= 0
  const beyond = 2 ** (signed ? bits - 1 : bits)
  return result.value < beyond && result.value >= (signed ? -beyond : 0)
}

/** Whether the text is a number of 64 bits without a sign that is no number of 63; it is then in `result`. */
function readUnsigned({ bits, signed }: IntegerType, bytes: Buffer, start: number, end: number): boolean {
  if (bits !== 64 || signed || end - start < 19 || end - start > 20) return false
  const text = bytes.toString('latin1', start, end)
  if (!/^[1-9]\d+$/.test(text) || BigInt(text) >= 2n ** 64n) return false
  result.big = BigInt(text)
  return true
}

function digitsIn(bytes: Buffer, start: number, end: number): number {
  return bytes.toString('latin1', start, end).replace(/^-?(0\.)?|\./g, '').length
}

/** Whether a real of 32 bits, written in its shortest form, is the text of this one again: of six digits it always is. */
function isFloat(bytes: Buffer, start: number, end: number): boolean {
  const size = Math.abs(result.value)
  if (end - start <= 7 && size > 1e-6 && size < 1e6) return true
  return floatText(Math.fround(result.value)) === bytes.toString('latin1', start, end)
}

/** Whether a double gives just these digits back; it is then in `result`. */
function isDouble(integer: bigint): boolean {
  result.value = Number(integer)
  return String(result.value) === String(integer)
}

export function isSameKind(kind: ColumnKind, other: ColumnKind): boolean {
  return JSON.stringify(kind) === JSON.stringify(other)
}

/** Whether the bytes are `true` or `false`. */
export function isBoolean(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  return (
    (length === 4 && bytes.toString('latin1', start, end) === 'true') ||
    (length === 5 && bytes.toString('latin1', start, end) === 'false')
  )
}
