import { pinnedScale } from '../model/cells.ts'
import { BIG_INTEGER, INTEGER, readNumber, result, TEXT } from '../model/numbers.ts'
import type { ColumnType } from '../types.ts'
import { found, readDate, readTimestamp } from './dates.ts'
import type { SpanBatch } from './format.ts'

/** What all cells of a column are, hence the type that it is written with; the cells read back as the same text. */
export type ColumnKind =
  | { kind: 'text' | 'integer' | 'real' | 'boolean' | 'date' }
  | { kind: 'decimal'; scale: number }
  /** `digits`: how many of the second's are needed. */
  | { kind: 'timestamp' | 'instant'; digits: 0 | 3 | 6 | 9 }

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
} as const

const LATIN_T = 0x74
const LATIN_F = 0x66
/** Timestamps of nanoseconds have 64 bits: the years 1677 to 2262. These days are within. */
const NANOS_DAYS: readonly [number, number] = [-106_751, 106_750]

/**
 * Sees the cells of one column and tells its kind. A column of the type `text` is text, whatever its cells look like, and numbers
 * in one of the type `real` are reals.
 */
export class KindSeer {
  readonly #scale: number
  readonly #isReal: boolean
  #seen = 0
  #digits: 0 | 3 | 6 | 9 = 0
  #isFar = false

  constructor(type: ColumnType) {
    this.#scale = pinnedScale(type)
    this.#isReal = type === 'real'
    if (type === 'text') this.#seen = SEEN.text
  }

  /** Gives what the cell is. A number's value is left in `result`, that of a date or a timestamp in `found`. */
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
    const first = bytes[start]
    if (first === LATIN_T || first === LATIN_F) {
      if (!isBoolean(bytes, start, end)) return SEEN.text
      return first === LATIN_T ? SEEN.true : SEEN.false
    }
    const number = readNumber(bytes, start, end, this.#scale)
    if (number !== TEXT) {
      if (this.#scale >= 0) return SEEN.decimal
      if (this.#isReal && (number !== BIG_INTEGER || isDouble(result.big))) return SEEN.real
      return number === INTEGER ? SEEN.integer : number === BIG_INTEGER ? SEEN.bigInteger : SEEN.real
    }
    if (readDate(bytes, start, end)) return SEEN.date
    if (!readTimestamp(bytes, start, end)) return SEEN.text
    if (found.digits > this.#digits) this.#digits = found.digits
    this.#isFar ||= found.days < NANOS_DAYS[0] || found.days > NANOS_DAYS[1]
    return found.isInstant ? SEEN.instant : SEEN.timestamp
  }

  kind(): ColumnKind {
    switch (this.#seen) {
      case SEEN.integer:
      case SEEN.bigInteger:
      case SEEN.integer | SEEN.bigInteger:
        return { kind: 'integer' }
      // A double holds every integer of up to 15 digits.
      case SEEN.real:
      case SEEN.real | SEEN.integer:
        return { kind: 'real' }
      case SEEN.decimal:
        return { kind: 'decimal', scale: this.#scale }
      case SEEN.true:
      case SEEN.false:
      case SEEN.true | SEEN.false:
        return { kind: 'boolean' }
      case SEEN.date:
        return { kind: 'date' }
      case SEEN.timestamp:
      case SEEN.instant:
        if (this.#digits === 9 && this.#isFar) return { kind: 'text' }
        return { kind: this.#seen === SEEN.timestamp ? 'timestamp' : 'instant', digits: this.#digits }
      default:
        return { kind: 'text' }
    }
  }
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
