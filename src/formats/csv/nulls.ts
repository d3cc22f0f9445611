import { invalid } from './dialect.ts'

/** The texts that stand for NULL, told by their bytes. */
export class NullTexts {
  /** By length. */
  readonly #texts: (Buffer[] | undefined)[] = []

  private constructor(texts: readonly string[]) {
    for (const text of texts) {
      const bytes = Buffer.from(text)
      // Half a surrogate pair has no bytes, hence is in no file.
      if (bytes.toString() === text) (this.#texts[bytes.length] ??= []).push(bytes)
    }
  }

  /**
   * Checks the option `nulls`; undefined if it names no text.
   * @throws {UsageError} OPTION_INVALID
   */
  static from(nulls: readonly string[] | undefined): NullTexts | undefined {
    if (nulls === undefined) return undefined
    if (!Array.isArray(nulls) || nulls.some((text) => typeof text !== 'string')) {
      throw invalid('nulls', nulls, 'it must be a list of texts')
    }
    return nulls.length === 0 ? undefined : new NullTexts(nulls)
  }

  /** Whether the bytes from `start` to `end` are one of the texts. */
  has(bytes: Buffer, start: number, end: number): boolean {
    const texts = this.#texts[end - start]
    if (texts === undefined) return false
    for (const text of texts) {
      let at = 0
      while (at < text.length && bytes[start + at] === text[at]) at++
      if (at === text.length) return true
    }
    return false
  }
}
