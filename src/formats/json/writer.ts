import { pinnedScale, storedAs } from '../../model/column-type.ts'
import { readNumber, TEXT } from '../../model/numbers.ts'
import type { Column, ColumnType } from '../../types.ts'
import type { CellSource, SpanBatch } from '../format.ts'
import type { Layout } from './reader.ts'
import { compact, JsonScanner } from './scan.ts'

const QUOTE = 0x22

/**
 * Writes rows as objects. A cell is a JSON value of another kind than a string where its text is just what that value reads
 * back as: a number, `true`, `false`, an object or an array; in a column of the type `text`, it is always a string.
 */
export async function* writeRows({ columns, batches }: CellSource, layout: Layout): AsyncGenerator<Uint8Array> {
  const writer = new RowWriter(columns, layout)
  if (layout === 'array') yield Buffer.from('[')
  for await (const batch of batches()) yield writer.rows(batch)
  if (layout === 'array') yield Buffer.from('\n]\n')
}

class RowWriter {
  readonly #columns: readonly { key: Buffer; isText: boolean; scale: number }[]
  readonly #between: Buffer
  readonly #behind: Buffer
  #begun = false
  #out = Buffer.allocUnsafeSlow(1 << 20)
  #at = 0

  constructor(columns: readonly Column[], layout: Layout) {
    this.#columns = columns.map(({ name, type }, index) => ({
      key: Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`),
      isText: isString(type),
      scale: pinnedScale(type),
    }))
    this.#between = Buffer.from(layout === 'array' ? ',\n' : '')
    this.#behind = Buffer.from(layout === 'array' ? '}' : '}\n')
  }

  rows({ bytes, spans, rows }: SpanBatch): Uint8Array {
    this.#at = 0
    const columns = this.#columns
    for (let row = 0, span = 0; row < rows; row++) {
      if (this.#begun) this.#bytes(this.#between, 0, this.#between.length)
      else if (this.#between.length > 0) this.#bytes(Buffer.from('\n'), 0, 1)
      this.#begun = true
      for (let index = 0; index < columns.length; index++, span += 2) {
        const column = columns[index]!
        this.#bytes(column.key, 0, column.key.length)
        if (spans[span] === -1) this.#text('null')
        else this.#cell(bytes, spans[span]!, spans[span + 1]!, column)
      }
      this.#bytes(this.#behind, 0, this.#behind.length)
    }
    return Uint8Array.prototype.slice.call(this.#out, 0, this.#at)
  }

  #cell(bytes: Buffer, start: number, end: number, { isText, scale }: { isText: boolean; scale: number }): void {
    if (!isText && isValue(bytes, start, end, scale)) return this.#bytes(bytes, start, end)
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!
      if (byte < 0x20 || byte === QUOTE || byte === 0x5c)
        return this.#text(JSON.stringify(bytes.toString('utf8', start, end)))
    }
    this.#room(end - start + 2)
    this.#out[this.#at++] = QUOTE
    this.#bytes(bytes, start, end)
    this.#out[this.#at++] = QUOTE
  }

  #text(text: string): void {
    this.#room(text.length * 3)
    this.#at += this.#out.write(text, this.#at, 'utf8')
  }

  #bytes(bytes: Buffer, start: number, end: number): void {
    this.#room(end - start + 1)
    const out = this.#out
    let to = this.#at
    if (end - start > 24) to += bytes.copy(out, to, start, end)
    else for (let at = start; at < end; at++) out[to++] = bytes[at]!
    this.#at = to
  }

  #room(length: number): void {
    if (this.#at + length <= this.#out.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#out.length * 2, this.#at + length))
    this.#out.copy(larger, 0, 0, this.#at)
    this.#out = larger
  }
}

/** Whether each cell of such a column is a string: those of booleans, and of JSON itself, are values of other kinds. */
function isString(type: ColumnType): boolean {
  return storedAs(type) === 'text' && type !== 'boolean' && type !== 'json'
}

/** Whether a text is just what a JSON value that is no string reads back as. */
function isValue(bytes: Buffer, start: number, end: number, scale: number): boolean {
  const byte = bytes[start]
  if (byte === 0x2d || (byte !== undefined && byte >= 0x30 && byte <= 0x39))
    return readNumber(bytes, start, end, scale) !== TEXT || (scale >= 0 && readNumber(bytes, start, end, -1) !== TEXT)
  if (byte === 0x74) return end - start === 4 && bytes.toString('latin1', start, end) === 'true'
  if (byte === 0x66) return end - start === 5 && bytes.toString('latin1', start, end) === 'false'
  return (byte === 0x7b || byte === 0x5b) && isCompact(bytes, start, end)
}

function isCompact(bytes: Buffer, start: number, end: number): boolean {
  const scanner = new JsonScanner()
  scanner.bytes = bytes
  scanner.at = start
  scanner.end = end
  scanner.last = true
  try {
    scanner.value()
  } catch {
    return false
  }
  const text = bytes.toString('utf8', start, end)
  return scanner.at === end && compact(text) === text
}
