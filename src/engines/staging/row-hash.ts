import { hash } from 'node:crypto'
import type { SpanBatch } from '../../formats/format.ts'

/** Bytes of a row's hash: of SHA-256's, so many that no two different rows have the same by chance. */
export const ROW_HASH = 16

/**
 * Tells rows apart by their cells: the columns that have a value, by name, and the text of each. Neither the columns'
 * order nor how an engine stores a cell is part of it, and a column without any value changes nothing.
 */
export class RowHasher {
  readonly #order: { column: number; name: Buffer }[]
  #bytes: Buffer = Buffer.allocUnsafe(4096)
  #length = 0

  constructor(names: readonly string[]) {
    this.#order = names
      .map((name, column) => ({ column, name: Buffer.from(`${name}\0`) }))
      .toSorted((a, b) => Buffer.compare(a.name, b.name))
  }

  /** The hashes of a batch's rows, one behind the other. */
  batch({ bytes, spans, rows }: SpanBatch): Buffer {
    const hashes = Buffer.allocUnsafe(rows * ROW_HASH)
    const width = this.#order.length
    for (let row = 0; row < rows; row++) {
      this.#length = 0
      for (const { column, name } of this.#order) {
        const at = (row * width + column) * 2
        if (spans[at] !== -1) this.#add(name, bytes, spans[at]!, spans[at + 1]!)
      }
      hash('sha256', this.#bytes.subarray(0, this.#length), 'buffer').copy(hashes, row * ROW_HASH, 0, ROW_HASH)
    }
    return hashes
  }

  /** A name can't hold NUL, and a text says how long it is: no two rows give the same bytes. */
  #add(name: Buffer, bytes: Buffer, start: number, end: number): void {
    const needed = this.#length + name.length + 4 + end - start
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#length += name.copy(this.#bytes, this.#length)
    this.#length = this.#bytes.writeUInt32LE(end - start, this.#length)
    this.#length += bytes.copy(this.#bytes, this.#length, start, end)
  }
}
