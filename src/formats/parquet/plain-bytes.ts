/** What a page or a dictionary has: an array, or such as makes its values when they are wanted. */
export interface PackedValues {
  readonly length: number
  at(index: number): unknown
}

/** Texts and bytes that lie in a page, which an array of views would need ten times the memory for. */
export class PlainBytes implements PackedValues {
  readonly length: number
  readonly #bytes: Buffer
  readonly #starts: Int32Array
  /** In bytes: what lies between them. */
  readonly #between: number

  /** @param size that each of them has; undefined if each stands behind its own */
  constructor(bytes: Uint8Array, count: number, size: number | undefined) {
    this.length = count
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#between = size === undefined ? 4 : 0
    this.#starts = new Int32Array(count + 1)
    let at = 0
    for (let index = 0; index < count; index++) {
      const length: number = size ?? this.#bytes.readUInt32LE(at)
      this.#starts[index] = at + this.#between
      at += this.#between + length
      if (at > bytes.length) throw new Error('a value of a page reaches beyond its end')
    }
    this.#starts[count] = at + this.#between
  }

  at(index: number): Buffer | undefined {
    if (index < 0 || index >= this.length) return undefined
    return this.#bytes.subarray(this.#starts[index]!, this.#starts[index + 1]! - this.#between)
  }
}
