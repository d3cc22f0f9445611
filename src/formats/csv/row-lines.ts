/** The lines on which the rows of a batch begin; listed only once they do not follow one another. */
export class RowLines {
  /** How many rows the batch has. */
  rows = 0
  /** The line of the first row. */
  first = 0
  #listed = false
  #lines = new Int32Array(0)

  clear(): void {
    this.rows = 0
    this.#listed = false
  }

  add(line: number): void {
    const row = this.rows++
    if (row === 0) this.first = line
    if (!this.#listed) {
      if (line === this.first + row) return
      this.#listed = true
      this.#grow(row + 1)
      for (let index = 0; index < row; index++) this.#lines[index] = this.first + index
    }
    this.#grow(row + 1)
    this.#lines[row] = line
  }

  /** The line of each row, good until the next `add`; undefined if they follow one another. */
  get each(): Int32Array | undefined {
    return this.#listed ? this.#lines.subarray(0, this.rows) : undefined
  }

  #grow(rows: number): void {
    if (rows <= this.#lines.length) return
    const larger = new Int32Array(Math.max(1024, 2 * rows))
    larger.set(this.#lines)
    this.#lines = larger
  }
}
