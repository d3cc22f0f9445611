import type { ColumnType } from '../types.ts'
import { found, readDate, readTimestamp } from './dates.ts'
import type { CellSource } from './format.ts'
import { BIG_INTEGER, INTEGER, pinnedScale, readNumber, TEXT } from '../numbers.ts'

/** What all cells of a column are, hence the type that it is written with; the cells read back as the same text. */
export type ColumnKind =
  | { kind: 'text' | 'integer' | 'real' | 'boolean' | 'date' }
  | { kind: 'decimal'; scale: number }
  /** `digits`: how many of the second's are needed. */
  | { kind: 'timestamp' | 'instant'; digits: 0 | 3 | 6 | 9 }

/** What was seen of a column's cells. */
const SEEN = {
  text: 1,
  integer: 2,
  bigInteger: 4,
  real: 8,
  decimal: 16,
  boolean: 32,
  date: 64,
  timestamp: 128,
  instant: 256,
} as const

const LATIN_T = 0x74
const LATIN_F = 0x66
/** Timestamps of nanoseconds have 64 bits: the years 1677 to 2262. These days are within. */
const NANOS_DAYS: readonly [number, number] = [-106_751, 106_750]

/** Reads all rows once and tells each column's kind. A column of the type `text` is text, whatever its cells look like. */
export async function columnKinds({ columns, batches }: CellSource): Promise<ColumnKind[]> {
  const seers = columns.map(({ type }) => new Seer(type))
  for await (const { bytes, spans, rows } of batches())
    for (let row = 0, span = 0; row < rows; row++)
      for (let column = 0; column < seers.length; column++, span += 2)
        if (spans[span] !== -1) seers[column]!.see(bytes, spans[span]!, spans[span + 1]!)
  return seers.map((seer) => seer.kind())
}

class Seer {
  readonly #scale: number
  #seen = 0
  #digits: 0 | 3 | 6 | 9 = 0
  #isFar = false

  constructor(type: ColumnType) {
    this.#scale = pinnedScale(type)
    if (type === 'text') this.#seen = SEEN.text
  }

  see(bytes: Buffer, start: number, end: number): void {
    if (this.#seen & SEEN.text) return
    this.#seen |= this.#one(bytes, start, end)
  }

  #one(bytes: Buffer, start: number, end: number): number {
    const first = bytes[start]
    if (first === LATIN_T || first === LATIN_F) return isBoolean(bytes, start, end) ? SEEN.boolean : SEEN.text
    const number = readNumber(bytes, start, end, this.#scale)
    if (number !== TEXT) {
      if (this.#scale >= 0) return SEEN.decimal
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
      case SEEN.boolean:
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

/** Whether the bytes are `true` or `false`. */
export function isBoolean(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  return (
    (length === 4 && bytes.toString('latin1', start, end) === 'true') ||
    (length === 5 && bytes.toString('latin1', start, end) === 'false')
  )
}
