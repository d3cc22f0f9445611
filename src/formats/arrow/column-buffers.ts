import { makeData, type Data, type DataType } from 'apache-arrow'
import { found, readDate, readTimestamp } from '../dates.ts'
import type { ColumnKind } from '../kinds.ts'
import { BIG_INTEGER, readNumber, result } from '../../numbers.ts'

const FIRST_ROWS = 1024

/** The cells of one column, as Arrow's buffers have them: values, validity bits and a text's offsets. */
export class ColumnBuffers {
  /** Of its texts. */
  bytes = 0
  readonly #kind: ColumnKind
  #rows = 0
  #nulls = 0
  #validity = new Uint8Array(FIRST_ROWS / 8)
  #values: Values
  #offsets = new Int32Array(FIRST_ROWS + 1)
  #text: Buffer = Buffer.allocUnsafeSlow(0)

  constructor(kind: ColumnKind) {
    this.#kind = kind
    this.#values = valuesOf(kind, FIRST_ROWS)
  }

  add(cells: Buffer, start: number, end: number): void {
    const row = this.#rows++
    if (row >= this.#validity.length * 8) this.#grow()
    if (start === -1) this.#nulls++
    else {
      this.#validity[row >> 3]! |= 1 << (row & 7)
      this.#put(row, cells, start, end)
    }
    this.#offsets[row + 1] = this.bytes
  }

  /** The column's part so far; the next cell begins another. */
  take(type: DataType): Data {
    const common = {
      type,
      length: this.#rows,
      nullCount: this.#nulls,
      nullBitmap: this.#nulls === 0 ? undefined : this.#validity,
    }
    const data =
      this.#kind.kind === 'text'
        ? {
            ...common,
            valueOffsets: this.#offsets.subarray(0, this.#rows + 1),
            data: this.#text.subarray(0, this.bytes),
          }
        : { ...common, data: this.#values }
    this.#rows = 0
    this.#nulls = 0
    this.bytes = 0
    this.#validity = new Uint8Array(FIRST_ROWS / 8)
    this.#values = valuesOf(this.#kind, FIRST_ROWS)
    this.#offsets = new Int32Array(FIRST_ROWS + 1)
    this.#text = Buffer.allocUnsafeSlow(0)
    return makeData(data as never)
  }

  #put(row: number, cells: Buffer, start: number, end: number): void {
    const values = this.#values
    switch (this.#kind.kind) {
      case 'text':
        return this.#putText(cells, start, end)
      case 'integer':
        ;(values as BigInt64Array)[row] =
          readNumber(cells, start, end, -1) === BIG_INTEGER ? result.big : BigInt(result.value)
        return
      case 'real':
        readNumber(cells, start, end, -1)
        values[row] = result.value
        return
      case 'boolean':
        if (cells[start] === 0x74) (values as Uint8Array)[row >> 3]! |= 1 << (row & 7)
        return
      case 'date':
        readDate(cells, start, end)
        values[row] = found.days
        return
      case 'decimal':
        return putDecimal(values as Uint32Array, row, BigInt(cells.toString('latin1', start, end).replace('.', '')))
      case 'timestamp':
      case 'instant': {
        readTimestamp(cells, start, end)
        const parts = this.#kind.digits === 9 ? 1_000_000_000 : 1_000_000
        values[row] =
          BigInt(found.days * 86_400 + found.second) * BigInt(parts) + BigInt(found.nanos / (1_000_000_000 / parts))
      }
    }
  }

  #putText(cells: Buffer, start: number, end: number): void {
    const needed = this.bytes + end - start
    if (needed > this.#text.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#text.length * 2, 4096))
      this.#text.copy(larger, 0, 0, this.bytes)
      this.#text = larger
    }
    cells.copy(this.#text, this.bytes, start, end)
    this.bytes = needed
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
    this.#values = values
  }
}

type Values = BigInt64Array | Float64Array | Int32Array | Uint32Array | Uint8Array

function valuesOf({ kind }: ColumnKind, rows: number): Values {
  if (kind === 'real') return new Float64Array(rows)
  if (kind === 'date') return new Int32Array(rows)
  if (kind === 'decimal') return new Uint32Array(rows * 4)
  if (kind === 'boolean') return new Uint8Array(rows / 8)
  return kind === 'text' ? new Uint8Array(0) : new BigInt64Array(rows)
}

/** A two's complement number of 128 bits, its lowest word first. */
function putDecimal(values: Uint32Array, row: number, value: bigint): void {
  for (let word = 0; word < 4; word++) values[row * 4 + word] = Number(BigInt.asUintN(32, value >> BigInt(word * 32)))
}
