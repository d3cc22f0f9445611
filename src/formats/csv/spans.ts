import { UsageError } from '../../errors.ts'
import type { SpanBatch, SpanReader, TextReadOptions } from '../format.ts'
import { dialect } from './dialect.ts'
import { emptyFault, encodingFault, endlessFault, raggedFault } from './faults.ts'
import { checkNames, numberedNames } from './header.ts'
import { NullTexts } from './nulls.ts'
import { RowLines } from './row-lines.ts'
import { none, RecordScanner } from './scan.ts'
import { TextBuffer } from './text-buffer.ts'

/** In bytes. */
const longestRecord = 2 ** 27
/** In bytes; with a record before it, places still fit 32 bits. */
const longestChunk = 2 ** 30

const noBytes = new Uint8Array(0)

/**
 * Reads CSV strictly, from chunks of any size; what it says never depends on where they are cut.
 *
 * - UTF-8, with or without a byte order mark.
 * - A record ends in `\n` or `\r\n`, in any mix. A lone `\r` outside quotes is data, unless the first
 *   line end of the file is one: then `\r` ends records too.
 * - A quote opens only as the first character of a cell, and is written twice within quotes.
 * - A bare empty cell and an unquoted one of `nulls` is NULL; a quoted cell never is.
 * - A blank line is a NULL in a file of one column, and is skipped in any other, and before a header.
 * - A file of blank lines only is empty, also without a header.
 *
 * A chunk is copied, and cells lie in the copy: a batch is good until the next call. Memory is a chunk, its cells' places
 * and the longest record, which may have 128 MiB.
 *
 * After a throw the reader is of no further use.
 * @throws {UsageError} OPTION_INVALID; USAGE from `push`, for a chunk of more than 1 GiB
 * @throws {SourceError} from `push` and `end`: CSV_ENCODING, CSV_NUL, CSV_QUOTE, CSV_RAGGED, CSV_EMPTY,
 *   COLUMN_EMPTY, COLUMN_DUPLICATE
 */
export function csvSpans(options: TextReadOptions = {}): SpanReader {
  const scanner = new RecordScanner(dialect(options))
  const nulls = NullTexts.from(options.nulls)
  const buffer = new TextBuffer()
  const lines = new RowLines()
  let columns: string[] | undefined
  let wantedLength = 0

  function read(chunk: Uint8Array, last: boolean): SpanBatch | undefined {
    buffer.append(chunk, longestRecord)
    const fault = buffer.check(last)
    if (buffer.length < wantedLength && fault === undefined && !last) return undefined
    scanner.feed(buffer.bytes, buffer.begin, buffer.textEnd, last && fault === undefined)
    columns ??= readHeader()
    const batch = columns === undefined ? undefined : readRows(columns.length)
    if (fault !== undefined) throw encodingFault(fault, scanner.place(buffer.textEnd))
    if (last && columns === undefined) throw emptyFault(options.header !== false)
    keep()
    return batch
  }

  /** A record that goes on is looked at again only once it has doubled, so that a long one costs no more than a few. */
  function keep(): void {
    buffer.begin = scanner.offset
    if (buffer.length > longestRecord) {
      const from = Math.max(scanner.open, scanner.offset)
      throw endlessFault(scanner.open >= 0, longestRecord, scanner.text(from), scanner.place(from))
    }
    wantedLength = Math.min(2 * buffer.length, longestRecord + 1)
  }

  function readHeader(): string[] | undefined {
    let start: number
    let line: number
    let count: number
    do {
      start = scanner.offset
      line = scanner.line
      count = scanner.next()
    } while (count === 0)
    if (options.header === false) {
      // Only now is it known whether the blank lines before the first record are rows.
      scanner.rewind()
      if (count === none) return undefined
      begin(count)
      return numberedNames(count)
    }
    if (count === none) return undefined
    // Only now is it known how many cells' places to keep.
    scanner.rewind(start, line)
    scanner.width = count
    scanner.next()
    const names = scanner.cells()
    checkNames(names, (index) => {
      scanner.rewind(start, line)
      return scanner.place(scanner.cellBegin(index))
    })
    begin(count)
    return names
  }

  /** What follows are rows. */
  function begin(width: number): void {
    scanner.width = width
    scanner.nulls = nulls
  }

  function readRows(width: number): SpanBatch | undefined {
    lines.clear()
    for (;;) {
      const { line, offset } = scanner
      const count = scanner.next()
      if (count === none) break
      if (count === 0) continue
      if (count !== width) {
        const value = scanner.text(offset, scanner.offset).replace(/(\r\n?|\n)$/, '')
        throw raggedFault(width, count, value, { line, column: 1 })
      }
      scanner.accept()
      lines.add(line)
    }
    if (lines.rows === 0) return undefined
    return { bytes: buffer.bytes, rows: lines.rows, spans: scanner.spans, firstLine: lines.first, lines: lines.each }
  }

  return {
    get columns() {
      return columns
    },
    push(bytes) {
      if (bytes.length > longestChunk) {
        throw new UsageError('USAGE', `A chunk has ${bytes.length} bytes: push at most ${longestChunk} at once.`)
      }
      return read(bytes, false)
    },
    end: () => read(noBytes, true),
  }
}
