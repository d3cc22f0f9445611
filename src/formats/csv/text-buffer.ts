import { otherEncoding, markBytes, type TextFault, textLength, unfinished, utf8Mark } from './encoding.ts'

/**
 * The bytes of a file that are not yet done with: the beginning of a record, and the chunk that goes on with it.
 * Strictly UTF-8 up to `textEnd`, a byte order mark removed. Every chunk is copied once and checked once.
 */
export class TextBuffer {
  bytes: Buffer = Buffer.alloc(0)
  /** Where the next record begins; whoever reads moves it on. */
  begin = 0
  /** Where the checked text ends, at the end of a character. */
  textEnd = 0
  #end = 0
  #begun = false
  #mark: string | undefined

  /** How many bytes wait to be read. */
  get length(): number {
    return this.#end - this.begin
  }

  /**
   * Adds a chunk, over what was read before `begin`.
   * @param most how many bytes a record may have: room for more than that and a chunk is made for a larger chunk only
   */
  append(chunk: Uint8Array, most: number): void {
    const length = this.length
    const needed = length + chunk.length
    if (needed > this.bytes.length) {
      const room = Math.max(needed, Math.min(2 * this.bytes.length, most + chunk.length))
      const larger = Buffer.allocUnsafeSlow(room)
      this.bytes.copy(larger, 0, this.begin, this.#end)
      this.bytes = larger
    } else if (this.begin > 0) this.bytes.copyWithin(0, this.begin, this.#end)
    this.textEnd -= this.begin
    this.begin = 0
    this.bytes.set(chunk, length)
    this.#end = needed
  }

  /**
   * Moves `textEnd` to the end of the bytes, or to the first fault. It never throws: what is wrong with the text before
   * a fault is to be told first.
   * @param last whether no bytes follow
   */
  check(last: boolean): TextFault | undefined {
    if (!this.#begun) {
      if (this.length < markBytes && !last) return undefined
      this.#begun = true
      const all = this.bytes.subarray(this.begin, this.#end)
      this.#mark = otherEncoding(all)
      if (all.subarray(0, utf8Mark.length).equals(utf8Mark)) this.begin = this.textEnd = utf8Mark.length
    }
    const added = this.bytes.subarray(this.textEnd, this.#end)
    const wanted = added.length - (last ? 0 : unfinished(added))
    const length = textLength(added.subarray(0, wanted))
    this.textEnd += length
    if (length === wanted) return undefined
    const byte = added[length]!
    return { code: byte === 0 ? 'CSV_NUL' : 'CSV_ENCODING', byte, mark: this.#mark }
  }
}
