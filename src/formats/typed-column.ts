import { textBytes } from '../model/cells.ts'
import { result } from '../model/numbers.ts'
import { found } from './dates.ts'
import type { SpanBatch } from './format.ts'
import { KindSeer, SEEN, type ColumnKind } from './kinds.ts'

const FIRST_ROWS = 1024

/** The cells of one column as Arrow's buffers have them. A NULL takes the place of a value, too. */
export interface TypedCells {
  rows: number
  nulls: number
  /** A bit for each row, the lowest first: whether there is a value. */
  validity: Uint8Array
  /**
   * Integers, decimals without their point, times in parts of a second: 64 bits; reals: doubles; dates: 32 bits,
   * days since 1970; booleans: bits; of texts and bytes nothing.
   */
  values: Values
  /** Where in `text` a text begins, and behind the last of them the end. */
  offsets: Int32Array
  text: Buffer
}

export type Values = BigInt64Array | Float64Array | Int32Array | Uint8Array

/** Of a second, by unit. */
const PARTS = { s: 1, ms: 1000, us: 1_000_000, ns: 1_000_000_000 } as const

/** Takes the cells of a column for what its kind says; whether they are that, its seer tells. */
export class TypedColumn {
  readonly #kind: ColumnKind
  readonly #seer: KindSeer
  #rows = 0
  #nulls = 0
  #bytes = 0
  #validity!: Uint8Array
  #values!: Values
  /** The halves of the values of 64 bits, the lower before the higher: a bigint a cell would cost more than the parsing. */
  #halves!: Int32Array
  #offsets!: Int32Array
  #text!: Buffer

  constructor(kind: ColumnKind, seer: KindSeer) {
    this.#kind = kind
    this.#seer = seer
    this.#clear()
  }

  /** Adds the column's cells in the rows of a batch from `from` up to `to`. */
  add({ bytes, spans }: SpanBatch, column: number, width: number, from: number, to: number): void {
    while (this.#rows + to - from > this.#validity.length * 8) this.#grow()
    const isText = this.#kind.kind === 'text'
    const isBytes = this.#kind.kind === 'bytes'
    for (let at = from, span = (from * width + column) * 2; at < to; at++, span += width * 2) {
      const start = spans[span]!
      const row = this.#rows++
      if (start === -1) this.#nulls++
      else {
        this.#validity[row >> 3]! |= 1 << (row & 7)
        const seen = this.#seer.see(bytes, start, spans[span + 1]!)
        if (isText) this.#putText(bytes, start, spans[span + 1]!)
        else if (isBytes) this.#putBytes(textBytes(bytes.toString('latin1', start, spans[span + 1]!)))
        else this.#put(row, seen)
      }
      this.#offsets[row + 1] = this.#bytes
    }
  }

  /** The cells so far; the next one begins others. */
  take(): TypedCells {
    const cells = {
      rows: this.#rows,
      nulls: this.#nulls,
      validity: this.#validity,
      values: this.#values,
      offsets: this.#offsets.subarray(0, this.#rows + 1),
      text: this.#text.subarray(0, this.#bytes),
    }
    this.#clear()
    return cells
  }

  #clear(): void {
    this.#rows = 0
    this.#nulls = 0
    this.#bytes = 0
    this.#validity = new Uint8Array(FIRST_ROWS / 8)
    this.#hold(valuesOf(this.#kind, FIRST_ROWS))
    this.#offsets = new Int32Array(FIRST_ROWS + 1)
    this.#text = Buffer.allocUnsafeSlow(0)
  }

  #hold(values: Values): void {
    this.#values = values
    this.#halves = new Int32Array(values.buffer, 0, values.byteLength >> 2)
  }

  /** The cell's value is where the seer has just left it; of a cell that does not fit, it is nothing. */
  #put(row: number, seen: number): void {
    switch (this.#kind.kind) {
      case 'integer':
      case 'duration':
        if (seen === SEEN.bigInteger) this.#putBig(row, result.big)
        else this.#putInteger(row, result.value)
        return
      case 'real':
        this.#values[row] = result.value
        return
      case 'boolean':
        if (seen === SEEN.true) (this.#values as Uint8Array)[row >> 3]! |= 1 << (row & 7)
        return
      case 'date':
        this.#values[row] = found.days
        return
      case 'decimal':
        return this.#putInteger(row, Math.round(result.value * 10 ** this.#kind.scale))
      case 'time':
        return this.#putInteger(row, found.second * PARTS[this.#kind.unit] + rest(PARTS[this.#kind.unit]))
      case 'timestamp':
        return this.#putTimestamp(row, PARTS[this.#kind.unit])
    }
  }

  #putTimestamp(row: number, parts: number): void {
    const second = found.days * 86_400 + found.second
    const value = second * parts + rest(parts)
    if (Number.isSafeInteger(value)) this.#putInteger(row, value)
    else this.#putBig(row, BigInt(second) * BigInt(parts) + BigInt(rest(parts)))
  }

  #putInteger(row: number, value: number): void {
    this.#halves[row * 2] = value | 0
    this.#halves[row * 2 + 1] = Math.floor(value / 2 ** 32)
  }

  #putBig(row: number, value: bigint): void {
    ;(this.#values as BigInt64Array)[row] = value
  }

  #putBytes(bytes: Buffer | undefined): void {
    if (bytes) this.#putText(bytes, 0, bytes.length)
  }

  #putText(cells: Buffer, start: number, end: number): void {
    const needed = this.#bytes + end - start
    if (needed > this.#text.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#text.length * 2, 4096))
      this.#text.copy(larger, 0, 0, this.#bytes)
      this.#text = larger
    }
    if (end - start > 32) cells.copy(this.#text, this.#bytes, start, end)
    else for (let at = start, to = this.#bytes; at < end; at++, to++) this.#text[to] = cells[at]!
    this.#bytes = needed
  }

  #grow(): void {
    const rows = this.#validity.length * 16
    const validity = new Uint8Array(rows / 8)
    validity.set(this.#validity)
    this.#validity = validity
    const offsets = new Int32Array(rows + 1)
    offsets.set(this.#offsets)
    this.#offsets = offsets
    const values = valuesOf(this.#kind, rows)
    values.set(this.#values as never)
    this.#hold(values)
  }
}

/** Of the second that was found, in parts of one. */
function rest(parts: number): number {
  return Math.floor(found.nanos / (1_000_000_000 / parts))
}

/** The lower halves of integers of 64 bits, in fewer of them. */
export function narrowed<T extends { [index: number]: number }>(values: BigInt64Array, into: T): T {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  for (let index = 0; index < values.length; index++) into[index] = halves[index * 2]!
  return into
}

function valuesOf({ kind }: ColumnKind, rows: number): Values {
  if (kind === 'real') return new Float64Array(rows)
  if (kind === 'date') return new Int32Array(rows)
  if (kind === 'boolean') return new Uint8Array(rows / 8)
  return kind === 'text' || kind === 'bytes' ? new Uint8Array(0) : new BigInt64Array(rows)
}
