import { SourceError } from '../../errors.ts'
import { BATCH_CELLS } from '../cells.ts'
import type { NullTexts } from '../csv/nulls.ts'
import { RowLines } from '../csv/row-lines.ts'
import type { CellBatch } from '../format.ts'
import { compact, type JsonScanner } from './scan.ts'

const MOST_COLUMNS = 10_000

/** How cells whose text differs from their bytes are written over them, once their row is whole. */
interface Edit {
  span: number
  start: number
  end: number
  isString: boolean
}

/** Reads objects into the places of their cells. */
export class RowScanner {
  count = 0
  readonly #columns: string[]
  readonly #places = new Map<string, number>()
  /** Each column's name as JSON, in quotes. */
  readonly #keys: Buffer[] = []
  readonly #grows: boolean
  readonly #nulls: NullTexts | undefined
  readonly #lines = new RowLines()
  #spans = new Int32Array(1024)
  #edits: Edit[] = []
  /** The spans that a row has, where nobody takes them: a row of few members costs no more than these. */
  readonly #touched: number[] = []
  #scanner: JsonScanner | undefined
  /** Where the batch's bytes begin. */
  #from = 0
  #rowLine = 1

  constructor(columns: string[], { grows, nulls }: { grows: boolean; nulls?: NullTexts | undefined }) {
    this.#columns = columns
    this.#grows = grows
    this.#nulls = nulls
    columns.forEach((name) => this.#know(name))
    this.#room(0, columns.length)
  }

  clear(): void {
    this.count = 0
    this.#lines.clear()
  }

  /** Whether the rows are to be taken before more are read: a short row may have many columns. */
  get isFull(): boolean {
    return !this.#grows && this.count * this.#columns.length >= BATCH_CELLS
  }

  /** Reads the object that begins at the scanner's place. */
  row(scanner: JsonScanner): void {
    this.#scanner = scanner
    this.#rowLine = scanner.line
    this.#edits.length = 0
    if (this.count === 0) this.#from = scanner.at
    const width = this.#columns.length
    const first = this.#grows ? 0 : this.count * width * 2
    if (this.#grows) this.#forget()
    else this.#room(first, width)
    if (scanner.peek() !== 0x7b) scanner.fail('a row must be an object')
    scanner.at++
    if (scanner.next() === 0x7d) scanner.at++
    else this.#members(scanner, first)
    const end = this.#grows ? 0 : first + width * 2
    for (let span = first; span < end; span += 2) if (this.#spans[span] === -2) this.#spans[span] = -1
    for (const edit of this.#edits) this.#apply(scanner, edit)
    this.#lines.add(this.#rowLine)
    this.count++
  }

  /** The rows since `clear`, in memory of their own. */
  take(): CellBatch {
    const { bytes, at } = this.#scanner!
    const spans = this.#spans.slice(0, this.count * this.#columns.length * 2)
    for (let index = 0; index < spans.length; index++) if (spans[index] !== -1) spans[index]! -= this.#from
    const own = Uint8Array.prototype.slice.call(bytes, this.#from, at)
    const batch = {
      bytes: own,
      rows: this.count,
      spans,
      firstLine: this.#lines.first,
      lines: this.#lines.each?.slice(),
      columns: this.#columns,
    }
    this.clear()
    return batch
  }

  /** The line of the place `at`, which no row has gone past. */
  startLine(scanner: JsonScanner, at: number): number {
    let line = scanner.line
    for (let from = at; from < scanner.at; from++) if (scanner.bytes[from] === 10) line--
    return line
  }

  #members(scanner: JsonScanner, first: number): void {
    for (let expected = 0; ;) {
      const place = this.#name(scanner, expected)
      const span = first + place * 2
      if (this.#spans[span] !== -2)
        scanner.fail(`the name ${JSON.stringify(this.#columns[place])} stands twice in one row`)
      if (this.#grows) this.#touched.push(span)
      scanner.expect(0x3a, 'behind a name')
      this.#value(scanner, span)
      const byte = scanner.next()
      if (byte !== 0x7d && byte !== 0x2c) scanner.fail('"," or "}" is missing behind a value')
      scanner.at++
      if (byte === 0x7d) break
      expected = place + 1
    }
  }

  /** The column that is named at the scanner's place; mostly the one behind the last. */
  #name(scanner: JsonScanner, expected: number): number {
    if (scanner.next() !== 0x22) scanner.fail('a name in quotes is missing')
    const { bytes, at, end } = scanner
    const key = this.#keys[expected]
    if (key && at + key.length <= end && bytes.compare(key, 0, key.length, at, at + key.length) === 0) {
      scanner.at += key.length
      return expected
    }
    scanner.string()
    const name = scanner.decode(at)
    const place = this.#places.get(name)
    if (place !== undefined) return place
    if (!this.#grows)
      scanner.fail(`the name ${JSON.stringify(name)} came up while the file was read: it was changed`, at)
    if (!name.isWellFormed() || name.includes('\0'))
      scanner.fail('a name holds NUL or half a surrogate pair, which no column can', at)
    this.#columns.push(name)
    this.#room(0, this.#columns.length, this.#columns.length - 1)
    return this.#know(name)
  }

  #know(name: string): number {
    const place = this.#keys.length
    if (place >= MOST_COLUMNS)
      throw new SourceError(
        'FORMAT_LIMIT',
        `The file has more than ${MOST_COLUMNS} different names, and each is a column. Make rows of what differs.`,
        { data: { limit: MOST_COLUMNS } },
      )
    this.#keys.push(Buffer.from(JSON.stringify(name)))
    this.#places.set(name, place)
    return place
  }

  #value(scanner: JsonScanner, span: number): void {
    const byte = scanner.next()
    const start = scanner.at
    if (byte === 0x22) {
      const escapes = scanner.string()
      this.#put(span, start + 1, scanner.at - 1)
      if (escapes) this.#edits.push({ span, start, end: scanner.at, isString: true })
      else if (this.#nulls?.has(scanner.bytes, start + 1, scanner.at - 1)) this.#put(span, -1, start)
    } else if (byte === 0x7b || byte === 0x5b) {
      scanner.value()
      this.#edits.push({ span, start, end: scanner.at, isString: false })
      this.#put(span, start, scanner.at)
    } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      scanner.number()
      this.#put(span, start, scanner.at)
    } else if (scanner.literal() === 'null') this.#put(span, -1, start)
    else this.#put(span, start, scanner.at)
  }

  /** Makes the row before, also one that went on in the next chunk, unseen. */
  #forget(): void {
    for (const span of this.#touched) this.#spans[span] = -2
    this.#touched.length = 0
  }

  #put(span: number, start: number, end: number): void {
    this.#spans[span] = start
    this.#spans[span + 1] = start === -1 ? 0 : end
  }

  /** A decoded text is never longer than what it was written as. */
  #apply(scanner: JsonScanner, { span, start, end, isString }: Edit): void {
    const raw = scanner.bytes.toString('utf8', start, end)
    const text = isString ? this.#decoded(scanner, raw, start) : compact(raw)
    const length = scanner.bytes.write(text, start, 'utf8')
    this.#put(span, start, start + length)
    if (isString && this.#nulls?.has(scanner.bytes, start, start + length)) this.#put(span, -1, start)
  }

  #decoded(scanner: JsonScanner, raw: string, start: number): string {
    let text: string
    try {
      text = JSON.parse(raw) as string
    } catch {
      return scanner.fail("a string has an escape that JSON doesn't have", start)
    }
    if (text.isWellFormed() && !text.includes('\0')) return text
    const what = text.includes('\0') ? 'a NUL character' : 'half a surrogate pair (no Unicode character)'
    throw new SourceError(
      'FORMAT_CANNOT_HOLD',
      `Line ${this.#rowLine}: a cell holds ${what}, which no table can hold. Remove it.`,
      { data: { line: this.#rowLine, value: text.slice(0, 40) } },
    )
  }

  /** Makes room for a row of `width` cells, all of them not yet seen, from cell `from` on. */
  #room(first: number, width: number, from = 0): void {
    const needed = first + width * 2
    if (needed > this.#spans.length) {
      const larger = new Int32Array(needed * 2)
      larger.set(this.#spans)
      this.#spans = larger
    }
    this.#spans.fill(-2, first + from * 2, needed)
  }
}
