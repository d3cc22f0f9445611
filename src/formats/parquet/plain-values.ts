import type { ByteWriter } from 'hyparquet-writer'
import { narrowed, type TypedCells, type Values } from '../typed-column.ts'

type Plain = Values | Float32Array

/** In bytes: more than the library makes of a least or a greatest text. */
const STATISTIC = 64

/** The values of a column that are not NULL, as Parquet stores them plainly. */
export interface PlainValues {
  readonly count: number
  /** Bytes of the values from `from` up to `to`. */
  size(from: number, to: number): number
  write(writer: ByteWriter, from: number, to: number): void
  compare(one: number, other: number): number
  equals(one: number, other: number): boolean
  /** 32 bits. */
  hash(index: number): number
  /** As the library takes it for the column's statistics. */
  value(index: number): bigint | number | boolean | Uint8Array
}

/** @param isNarrow whether numbers have 32 bits */
export function plainValues(cells: TypedCells, isNarrow: boolean): PlainValues {
  const values = isNarrow ? in32Bits(cells.values) : cells.values
  if (values.length === 0) return new Texts(cells)
  return values instanceof Uint8Array ? new Booleans(presentBits(cells)) : new Numbers(presentNumbers(cells, values))
}

/** Integers of 32 and 64 bits and doubles. */
class Numbers implements PlainValues {
  readonly count: number
  readonly #numbers: Exclude<Plain, Uint8Array>
  readonly #bytes: Uint8Array
  readonly #words: Int32Array
  /** Words of 32 bits a value has. */
  readonly #width: number

  constructor(numbers: Exclude<Plain, Uint8Array>) {
    this.count = numbers.length
    this.#numbers = numbers
    this.#bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
    this.#words = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.byteLength >> 2)
    this.#width = numbers.BYTES_PER_ELEMENT >> 2
  }

  size(from: number, to: number): number {
    return (to - from) * this.#numbers.BYTES_PER_ELEMENT
  }

  write(writer: ByteWriter, from: number, to: number): void {
    const size = this.#numbers.BYTES_PER_ELEMENT
    writer.appendBytes(this.#bytes.subarray(from * size, to * size))
  }

  compare(one: number, other: number): number {
    const words = this.#words
    if (this.#numbers instanceof BigInt64Array) {
      return words[one * 2 + 1]! - words[other * 2 + 1]! || (words[one * 2]! >>> 0) - (words[other * 2]! >>> 0)
    }
    return this.#numbers[one]! - this.#numbers[other]!
  }

  equals(one: number, other: number): boolean {
    const words = this.#words
    if (this.#width === 1) return words[one] === words[other]
    return words[one * 2] === words[other * 2] && words[one * 2 + 1] === words[other * 2 + 1]
  }

  hash(index: number): number {
    const words = this.#words
    if (this.#width === 1) return mixed(words[index]!)
    return mixed(words[index * 2]! ^ Math.imul(words[index * 2 + 1]!, 0x85ebca6b))
  }

  value(index: number): bigint | number {
    return this.#numbers[index]!
  }
}

class Texts implements PlainValues {
  readonly count: number
  readonly #text: Buffer
  /** Of the texts alone: a NULL has no bytes. */
  readonly #offsets: Int32Array

  constructor(cells: TypedCells) {
    this.count = cells.rows - cells.nulls
    this.#text = cells.text
    this.#offsets = presentOffsets(cells)
  }

  size(from: number, to: number): number {
    return this.#offsets[to]! - this.#offsets[from]! + 4 * (to - from)
  }

  write(writer: ByteWriter, from: number, to: number): void {
    const bytes = Buffer.allocUnsafe(this.size(from, to))
    let at = 0
    for (let index = from; index < to; index++) {
      const start = this.#offsets[index]!
      const end = this.#offsets[index + 1]!
      at = bytes.writeUInt32LE(end - start, at)
      if (end - start > 32) at += this.#text.copy(bytes, at, start, end)
      else for (let byte = start; byte < end; byte++) bytes[at++] = this.#text[byte]!
    }
    writer.appendBytes(bytes)
  }

  compare(one: number, other: number): number {
    const text = this.#text
    const offsets = this.#offsets
    return text.compare(text, offsets[other]!, offsets[other + 1]!, offsets[one]!, offsets[one + 1]!)
  }

  equals(one: number, other: number): boolean {
    const text = this.#text
    const start = this.#offsets[one]!
    const otherStart = this.#offsets[other]!
    const length = this.#offsets[one + 1]! - start
    if (length !== this.#offsets[other + 1]! - otherStart) return false
    if (length > 32) return this.compare(one, other) === 0
    for (let at = 0; at < length; at++) if (text[start + at] !== text[otherStart + at]) return false
    return true
  }

  /** FNV-1a of the length and the text's two ends: more would cost too much of a long one. */
  hash(index: number): number {
    const start = this.#offsets[index]!
    const end = this.#offsets[index + 1]!
    let hash = 0x811c9dc5 ^ (end - start)
    for (let at = start, stop = Math.min(end, start + 32); at < stop; at++)
      hash = Math.imul(hash ^ this.#text[at]!, 0x01000193)
    for (let at = Math.max(start + 32, end - 32); at < end; at++) hash = Math.imul(hash ^ this.#text[at]!, 0x01000193)
    return mixed(hash)
  }

  /** A copy: the footer is not to keep all texts. Of a long one, statistics have the beginning. */
  value(index: number): Uint8Array {
    const start = this.#offsets[index]!
    return new Uint8Array(this.#text.subarray(start, Math.min(this.#offsets[index + 1]!, start + STATISTIC)))
  }
}

/** A bit each, which no dictionary makes smaller. */
class Booleans implements PlainValues {
  readonly count: number
  readonly #bits: Uint8Array

  constructor({ bits, count }: { bits: Uint8Array; count: number }) {
    this.count = count
    this.#bits = bits
  }

  size(from: number, to: number): number {
    return (to - from) / 8
  }

  /** `from` is a multiple of 8. */
  write(writer: ByteWriter, from: number, to: number): void {
    writer.appendBytes(this.#bits.subarray(from / 8, Math.ceil(to / 8)))
  }

  compare(one: number, other: number): number {
    return Number(this.value(one)) - Number(this.value(other))
  }

  equals(one: number, other: number): boolean {
    return this.compare(one, other) === 0
  }

  hash(index: number): number {
    return Number(this.value(index))
  }

  value(index: number): boolean {
    return isSet(this.#bits, index)
  }
}

export function isSet(bits: Uint8Array, index: number): boolean {
  return (bits[index >> 3]! & (1 << (index & 7))) !== 0
}

function in32Bits(values: Plain): Plain {
  if (values instanceof BigInt64Array) return narrowed(values, new Int32Array(values.length))
  return values instanceof Float64Array ? Float32Array.from(values) : values
}

function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return Math.imul(half ^ (half >>> 16), 0x45d9f3b) >>> 0
}

function presentNumbers(
  { rows, nulls, validity }: TypedCells,
  values: Exclude<Plain, Uint8Array>,
): Exclude<Plain, Uint8Array> {
  if (nulls > 0) for (let row = 0, to = 0; row < rows; row++) if (isSet(validity, row)) values[to++] = values[row]!
  return values.subarray(0, rows - nulls)
}

function presentBits({ rows, nulls, validity, values }: TypedCells): { bits: Uint8Array; count: number } {
  const bits = values as Uint8Array
  const count = rows - nulls
  if (nulls === 0) return { bits, count }
  const present = new Uint8Array(Math.ceil(count / 8))
  for (let row = 0, to = 0; row < rows; row++) {
    if (!isSet(validity, row)) continue
    if (isSet(bits, row)) present[to >> 3]! |= 1 << (to & 7)
    to++
  }
  return { bits: present, count }
}

function presentOffsets({ rows, nulls, validity, offsets }: TypedCells): Int32Array {
  if (nulls === 0) return offsets
  const present = new Int32Array(rows - nulls + 1)
  let to = 0
  for (let row = 0; row < rows; row++) if (isSet(validity, row)) present[to++] = offsets[row]!
  present[to] = offsets[rows]!
  return present
}
