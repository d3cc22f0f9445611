import { CellSpans, isAt } from './cell-spans.ts'
import type { Dialect } from './dialect.ts'
import { sequenceLength } from './encoding.ts'
import { quoteFault, type TextPlace } from './faults.ts'
import type { NullTexts } from './nulls.ts'

const lf = 10
const cr = 13
/** No place in the bytes, no byte, or a NULL cell. */
export const none = -1

/** More bytes than any message shows of a value. */
const shownBytes = 200

/**
 * Cuts UTF-8 text into records, and those into cells: places in the bytes. A record ends in `\n` or `\r\n`, in any mix;
 * a lone `\r` outside quotes is data, unless the first line end of the file is one: then `\r` ends records too.
 */
export class RecordScanner {
  /** Where the next record begins in the bytes. */
  offset = 0
  /** The line (from 1) of `offset`. */
  line = 1
  /** Where the quote opens that the text leaves open, else -1. */
  open: number = none
  /** How many cells a record should have; others are counted, and their places not kept. */
  width = 0
  /** Unquoted cells that are NULL besides the empty one. */
  nulls: NullTexts | undefined
  #bytes: Buffer = Buffer.alloc(0)
  #begin = 0
  #end = 0
  #last = false
  readonly #cells = new CellSpans()
  /** Whether a lone `\r` ends a line; undefined until the first line end outside quotes. */
  #loneCr: boolean | undefined
  /** Line ends within the record's quoted cells, and those by a lone `\r`, which count only if `#loneCr`. */
  #innerLines = 0
  #innerCrs = 0
  readonly #delimiters: Buffer
  readonly #quotes: Buffer
  readonly #quoteText: string
  /** The first byte of each; the only one, mostly. */
  readonly #delimiter: number
  readonly #quote: number
  /** No byte above this one ends an unquoted cell. */
  readonly #highest: number

  constructor(dialect: Dialect) {
    this.#delimiters = Buffer.from(dialect.delimiter)
    this.#quotes = Buffer.from(dialect.quote)
    this.#quoteText = dialect.quote
    this.#delimiter = this.#delimiters[0]!
    this.#quote = this.#quotes[0] ?? none
    this.#highest = Math.max(this.#delimiter, this.#quote, cr)
  }

  /**
   * Goes on with a text that begins where the last record ended, and forgets the accepted records.
   * @param last whether nothing follows the text
   */
  feed(bytes: Buffer, begin: number, end: number, last: boolean): void {
    this.#bytes = bytes
    this.#begin = begin
    this.#end = end
    this.#last = last
    this.offset = begin
    this.#cells.clear()
  }

  /** Goes back to the beginning of the text, or to where a record begins in it. */
  rewind(offset: number = this.#begin, line = 1): void {
    this.offset = offset
    this.line = line
  }

  /**
   * Goes over the next record: the number of its cells; 0 for a blank line, but 1 where the width is 1;
   * -1 where the text ends before the record does.
   * @throws {SourceError} CSV_QUOTE
   */
  next(): number {
    const bytes = this.#bytes
    const end = this.#end
    this.open = none
    this.#innerLines = 0
    this.#innerCrs = 0
    if (this.offset === end) return none
    const { width, nulls } = this
    const spans = this.#cells.begin(width)
    let slot = this.#cells.used
    const blankEnd = this.#lineEnd(this.offset)
    if (blankEnd !== 0) return blankEnd === none ? none : this.#blank(spans, this.offset + blankEnd)
    const delimiter = this.#delimiter
    const quote = this.#quote
    let count = 0
    for (let from = this.offset; ; from += this.#delimiters.length) {
      let start = from
      let stop: number
      if (from < end && bytes[from] === quote && this.#isQuote(from)) {
        start += this.#quotes.length
        stop = this.#closing(from, count < width ? slot : none)
        if (stop === none) return none
        from = stop + this.#quotes.length
      } else {
        stop = this.#unquotedEnd(from)
        if (stop === none) return none
        from = stop
        if (start === stop || (nulls !== undefined && nulls.has(bytes, start, stop))) start = none
      }
      if (count++ < width) {
        spans[slot++] = start
        spans[slot++] = stop
      }
      if (from === end) return this.#last ? this.#finish(count, end) : none
      if (bytes[from] !== delimiter || !this.#isDelimiter(from)) {
        const lineEnd = this.#lineEnd(from)
        if (lineEnd > 0) return this.#finish(count, from + lineEnd)
        if (lineEnd === none) return none
        const value = this.text(start - this.#quotes.length, from + sequenceLength(bytes[from]!))
        throw quoteFault('after', this.#quoteText, value, this.place(from))
      }
    }
  }

  /** Keeps the last record, which has `width` cells, and undoes its quoting, in its place. */
  accept(): void {
    this.#cells.accept(this.#bytes, this.#quotes)
  }

  /** Start and end of each cell of the accepted records, good until the next one; a start of -1 is NULL. */
  get spans(): Int32Array {
    return this.#cells.accepted
  }

  /** The last record's cells as texts, NULL as the empty one; only before it is accepted. */
  cells(): string[] {
    const quote = this.#quoteText
    return Array.from({ length: this.width }, (_, index) => {
      const cell = this.#bytes.toString('utf8', this.cellBegin(index), this.#cells.end(index))
      return quote !== '' && cell.startsWith(quote) ? cell.slice(1).replaceAll(quote + quote, quote) : cell
    })
  }

  /** Where the last record's cell with this index (from 0) begins, its quote included; only before it is accepted. */
  cellBegin(index: number): number {
    const start = this.#cells.start(index)
    if (start === none) return this.#cells.end(index)
    const before = start - this.#quotes.length
    return this.#quote !== none && before >= this.#begin && isAt(this.#bytes, before, this.#quotes) ? before : start
  }

  /** The text from `start`, as much of it as a message can show. @param end default: the end of the text */
  text(start: number, end: number = this.#end): string {
    return this.#bytes.toString('utf8', start, Math.min(end, start + shownBytes))
  }

  /** The line and column of a place at or after `offset`. */
  place(at: number): TextPlace {
    let line = this.line
    let begin = this.offset
    for (let index = begin; index < at;) {
      const length = this.#endsLine(index)
      index += Math.max(length, 1)
      if (length > 0 && index <= at) {
        line++
        begin = index
      }
    }
    let column = 1
    for (let index = begin; index < at; index++) if ((this.#bytes[index]! & 0xc0) !== 0x80) column++
    return { line, column }
  }

  #blank(spans: Int32Array, end: number): number {
    if (this.width !== 1) return this.#finish(0, end)
    spans[this.#cells.used] = none
    spans[this.#cells.used + 1] = this.offset
    return this.#finish(1, end)
  }

  #finish(count: number, end: number): number {
    this.offset = end
    this.line += 1 + this.#innerLines + (this.#loneCr === true ? this.#innerCrs : 0)
    return count
  }

  /** Where the unquoted cell ends, or `none` if more text must tell. */
  #unquotedEnd(from: number): number {
    const bytes = this.#bytes
    const end = this.#end
    const delimiter = this.#delimiter
    const quote = this.#quote
    const highest = this.#highest
    for (let at = from; at < end; at++) {
      const byte = bytes[at]!
      if (byte > highest) continue
      if (byte === lf || (byte === delimiter && this.#isDelimiter(at))) return at
      if (byte === quote && this.#isQuote(at)) {
        const value = this.text(from, at + this.#quotes.length)
        throw quoteFault('inside', this.#quoteText, value, this.place(at))
      }
      if (byte === cr) {
        const lineEnd = this.#lineEnd(at)
        if (lineEnd === none) return none
        if (lineEnd > 0) return at
      }
    }
    return end
  }

  /**
   * Where the quote that opens at `open` is closed, as far as the text tells, or `none`.
   * @param slot where the cell's place goes, or `none` if it is not kept
   */
  #closing(open: number, slot: number): number {
    const bytes = this.#bytes
    const end = this.#end
    const quote = this.#quote
    const length = this.#quotes.length
    const highest = Math.max(quote, cr)
    let doubled = false
    for (let at = open + length; at < end; at++) {
      const byte = bytes[at]!
      if (byte > highest) continue
      if (byte === quote && this.#isQuote(at)) {
        const after = at + length
        if (after === end || bytes[after] !== quote || !this.#isQuote(after)) {
          if (doubled && slot !== none) this.#cells.doubled(slot)
          return at
        }
        doubled = true
        at = after + length - 1
      } else if (byte === lf) this.#innerLines++
      else if (byte === cr && bytes[at + 1] !== lf) this.#innerCrs++
    }
    this.open = open
    if (this.#last) throw quoteFault('unclosed', this.#quoteText, this.text(open), this.place(open))
    return none
  }

  /** Whether the delimiter is at `at`, where its first byte is. */
  #isDelimiter(at: number): boolean {
    return this.#delimiters.length === 1 || isAt(this.#bytes, at, this.#delimiters)
  }

  #isQuote(at: number): boolean {
    return this.#quotes.length === 1 || isAt(this.#bytes, at, this.#quotes)
  }

  /** The length of the line end at `at` outside quotes; 0 if there is none, `none` if more text must tell. */
  #lineEnd(at: number): number {
    const byte = this.#bytes[at]
    if (byte !== lf && byte !== cr) return 0
    if (byte === cr && at + 1 === this.#end && !this.#last) return none
    this.#loneCr ??= byte === cr && !this.#isLf(at + 1)
    return this.#endsLine(at)
  }

  /** The length of the line end at `at`, whether in quotes or not; 0 if there is none. */
  #endsLine(at: number): number {
    const byte = this.#bytes[at]
    if (byte === lf) return 1
    if (byte !== cr) return 0
    if (this.#isLf(at + 1)) return 2
    return this.#loneCr === true ? 1 : 0
  }

  /** Beyond the text's end there may be bytes of an earlier one. */
  #isLf(at: number): boolean {
    return at < this.#end && this.#bytes[at] === lf
  }
}
