import { SourceError } from '../../errors.ts'
import { option } from '../../model/advice.ts'
import { checkNames } from '../csv/header.ts'
import { NullTexts } from '../csv/nulls.ts'
import { TextBuffer } from '../csv/text-buffer.ts'
import type { CellBatch, FileReadOptions } from '../format.ts'
import { fileBytes } from '../gzip.ts'
import { RowScanner } from './row-scanner.ts'
import { INCOMPLETE, JsonFault, JsonScanner } from './scan.ts'

/** In bytes. */
const LONGEST_ROW = 2 ** 27

/** Whether rows stand one on a line, or in an array. */
export type Layout = 'lines' | 'array'

/**
 * Reads objects as rows. The file is read twice: any row may have a column that none before it has.
 * A member that an object lacks is NULL, as `null` is.
 */
export async function* readRows(path: string, layout: Layout, options: FileReadOptions): AsyncGenerator<CellBatch> {
  const columns = [...(options.columns ?? [])]
  const names = new RowReader(layout, new RowScanner(columns, { grows: true }))
  for await (const _ of names.read(path, options));
  if (columns.length === 0)
    throw new SourceError('FORMAT_INVALID', 'The file has no row, and only a row would tell its columns.', {
      data: { reason: 'no row' },
    })
  checkNames(columns, () => ({ line: 1, column: 1 }))

  const rows = new RowScanner(columns, { grows: false, nulls: NullTexts.from(options.nulls) })
  const reader = new RowReader(layout, rows)
  yield { bytes: Buffer.alloc(0), rows: 0, spans: new Int32Array(0), firstLine: 1, lines: undefined, columns }
  for await (const _ of reader.read(path, options)) yield rows.take()
}

/** Feeds rows from chunks of any size. */
class RowReader {
  readonly #layout: Layout
  readonly #rows: RowScanner
  readonly #buffer = new TextBuffer()
  readonly #scanner = new JsonScanner()
  #state: 'begin' | 'first' | 'row' | 'behind' | 'end' = 'begin'
  #wanted = 0

  constructor(layout: Layout, rows: RowScanner) {
    this.#layout = layout
    this.#rows = rows
  }

  /** Reads a file's rows, and stops whenever some are there to be taken. */
  async *read(path: string, { gzip = false }: FileReadOptions): AsyncGenerator<void> {
    for await (const chunk of fileBytes(path, gzip)) yield* this.#push(chunk, false)
    yield* this.#push(Buffer.alloc(0), true)
  }

  *#push(chunk: Uint8Array, last: boolean): Generator<void> {
    const buffer = this.#buffer
    const scanner = this.#scanner
    this.#rows.clear()
    buffer.append(chunk, LONGEST_ROW)
    const fault = buffer.check(last)
    if (buffer.length < this.#wanted && !fault && !last) return
    scanner.bytes = buffer.bytes
    scanner.at = buffer.begin
    scanner.end = buffer.textEnd
    scanner.last = last && !fault
    try {
      while (this.#step()) {
        buffer.begin = scanner.at
        if (this.#rows.isFull) yield
      }
    } catch (error) {
      if (error instanceof JsonFault) throw this.#invalid(error.message, error.at)
      if (error !== INCOMPLETE) throw error
    }
    if (this.#rows.count > 0) yield
    if (fault) throw this.#invalid('a byte is no UTF-8 text', buffer.textEnd)
    if (buffer.length > LONGEST_ROW) throw this.#invalid(`a row does not end within ${LONGEST_ROW} bytes`, buffer.begin)
    // A row that goes on is looked at again only once it has doubled.
    this.#wanted = 2 * buffer.length
  }

  /** Goes past one token or row; false at the end of all. */
  #step(): boolean {
    const scanner = this.#scanner
    const { line, at } = scanner
    try {
      return this.#advance(scanner.next())
    } catch (error) {
      if (error === INCOMPLETE) {
        scanner.line = line
        scanner.at = at
      }
      throw error
    }
  }

  #advance(byte: number): boolean {
    const scanner = this.#scanner
    if (this.#layout === 'lines') {
      if (byte === 0) return false
      this.#rows.row(scanner)
      return true
    }
    if (this.#state === 'end') return byte === 0 ? false : scanner.fail('something follows the array')
    if (this.#state === 'begin') {
      if (byte !== 0x5b)
        scanner.fail(`the file must be an array of objects (one object a line: ${option('format', 'jsonl')})`)
      this.#state = 'first'
    } else if (byte === 0x5d && this.#state !== 'row') this.#state = 'end'
    else if (this.#state === 'behind') {
      if (byte !== 0x2c) scanner.fail('"," or "]" is missing behind a row')
      this.#state = 'row'
    } else {
      this.#rows.row(scanner)
      this.#state = 'behind'
      return true
    }
    scanner.at++
    return true
  }

  #invalid(reason: string, at: number): SourceError {
    const { bytes, begin } = this.#buffer
    const lineStart = at === 0 ? 0 : bytes.lastIndexOf(10, at - 1) + 1
    let line = this.#rows.startLine(this.#scanner, begin)
    for (let from = begin; from < at; from++) if (bytes[from] === 10) line++
    const column = Array.from(bytes.toString('utf8', Math.max(lineStart, at - 10_000), at)).length + 1
    return new SourceError(
      'FORMAT_INVALID',
      `Line ${line}, column ${column}: ${reason}. Mend the file, or write it again with a JSON library.`,
      { data: { line, column, reason } },
    )
  }
}
