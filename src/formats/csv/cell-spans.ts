/** Start and end of cells in bytes, record by record: those of the accepted records, then those of the last one. */
export class CellSpans {
  /** How many places of the array the accepted records take; the next record's go behind them. */
  used = 0
  #spans = new Int32Array(4096)
  #width = 0
  /** Where in the array the last record's cells are that hold doubled quotes. */
  readonly #doubled: number[] = []

  /** Forgets the accepted records. */
  clear(): void {
    this.used = 0
  }

  /** The array to write a record's cells into, from `used` on; with room for `width` of them. */
  begin(width: number): Int32Array {
    if (this.#doubled.length > 0) this.#doubled.length = 0
    this.#width = width
    const needed = this.used + 2 * width
    if (needed > this.#spans.length) {
      const larger = new Int32Array(Math.max(needed, 2 * this.#spans.length))
      larger.set(this.#spans.subarray(0, this.used))
      this.#spans = larger
    }
    return this.#spans
  }

  /** Notes that the cell whose place is at `slot` of the array holds doubled quotes. */
  doubled(slot: number): void {
    this.#doubled.push(slot)
  }

  /** Where the last record's cell with this index (from 0) starts, -1 for NULL. */
  start(index: number): number {
    return this.#spans[this.used + 2 * index]!
  }

  /** Where it ends; of NULL, where it is. */
  end(index: number): number {
    return this.#spans[this.used + 2 * index + 1]!
  }

  /** Keeps the last record, and writes each doubled quote in it once. */
  accept(bytes: Buffer, quote: Buffer): void {
    for (const slot of this.#doubled) {
      this.#spans[slot + 1] = squeeze(bytes, this.#spans[slot]!, this.#spans[slot + 1]!, quote)
    }
    this.used += 2 * this.#width
  }

  /** The accepted records' places, good until the next `begin`. */
  get accepted(): Int32Array {
    return this.#spans.subarray(0, this.used)
  }
}

/** Whether these bytes stand at `at`. */
export function isAt(bytes: Buffer, at: number, sequence: Buffer): boolean {
  for (let index = 0; index < sequence.length; index++) if (bytes[at + index] !== sequence[index]) return false
  return true
}

/** Writes a cell over itself with each doubled quote once. @returns where it ends now */
function squeeze(bytes: Buffer, start: number, end: number, quote: Buffer): number {
  const first = quote[0]!
  let to = start
  for (let at = start; at < end;) {
    if (bytes[at] === first && isAt(bytes, at, quote)) {
      at += quote.length
      for (let index = 1; index < quote.length; index++) bytes[to++] = bytes[at++]!
    }
    bytes[to++] = bytes[at++]!
  }
  return to
}
