import { pinnedScale } from '../../../model/column-type.ts'
import type { Column, ColumnType } from '../../../types.ts'
import { quoted } from '../connection/connection.ts'

/*
 * A page of rows travels as one text, a JSON array a line, made in SQL: that takes a fifth of the time of fetching
 * cells, and tells NULL, numbers and text apart. A real is spelled so that it reads back as the same double, which
 * need not be its shortest text.
 */

/** Between two rows of a page, as an SQL literal. */
export const ROW_LITERAL = "'\n'"

const COMMA = 0x2c
const CLOSE = 0x5d
const STRING = 0x22
const BACKSLASH = 0x5c
const LETTER_N = 0x6e
const LETTER_E = 0x65
const POINT = 0x2e
const LINE_FEED = 0x0a
const RETURN = 0x0d
/** The bytes of `null`. */
const NULL_LENGTH = 4
/** U+FEFF: bare at the beginning of a file, it would be read as its byte order mark. */
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

/** The SQL expression that gives one row as JSON. The engine's functions take 1,000 arguments at most. */
export function rowExpression(columns: readonly Column[]): string {
  return `json_array(${columns.map(({ name, type }) => cellExpression(quoted(name), type)).join(', ')})`
}

function cellExpression(cell: string, type: ColumnType): string {
  const scale = pinnedScale(type)
  return scale < 0 ? cell : `CASE WHEN ${cell} < '' THEN printf('%.${scale}f', ${cell}) ELSE ${cell} END`
}

/** How text is written: bytes of the delimiter and the quote, and what NULL is. */
export interface PageDialect {
  delimiter: number
  quote: number
  nullText: Buffer
}

/** Rewrites a page as delimited text, each row with a line end. */
export function toDelimited(page: Buffer, rows: number, dialect: PageDialect): Buffer {
  const { delimiter, nullText } = dialect
  let out = Buffer.allocUnsafe(page.length + rows + 1024)
  let at = 0
  let from = 1
  while (from < page.length) {
    const first = page[from]!
    const end = first === STRING ? stringEnd(page, from + 1) : scalarEnd(page, from)
    // A cell grows by two quotes at most, but one with escapes may have all its characters doubled.
    const needed = at + (end - from) * 2 + nullText.length + 32
    if (needed > out.length) out = Buffer.concat([out.subarray(0, at), Buffer.allocUnsafe(needed + page.length - from)])
    if (first === STRING) at = putText(out, at, page, from + 1, end - 1, dialect)
    else if (first === LETTER_N) at += nullText.copy(out, at)
    else at = putNumber(out, at, page, from, end)
    if (page[end] === CLOSE) {
      out[at++] = 10
      // Behind `]`: the line end and the next row's `[`.
      from = end + 3
    } else {
      out[at++] = delimiter
      from = end + 1
    }
  }
  return out.subarray(0, at)
}

/** Where a string that begins at `from` ends, its closing quote included. */
function stringEnd(page: Buffer, from: number): number {
  let at = from
  while (page[at] !== STRING) at += page[at] === BACKSLASH ? 2 : 1
  return at + 1
}

function scalarEnd(page: Buffer, from: number): number {
  if (page[from] === LETTER_N) return from + NULL_LENGTH
  let at = from
  while (page[at] !== COMMA && page[at] !== CLOSE) at++
  return at
}

function putText(out: Buffer, start: number, page: Buffer, from: number, end: number, dialect: PageDialect): number {
  const { delimiter, quote, nullText } = dialect
  let at = start
  for (let index = from; index < end; index++) {
    const byte = page[index]!
    // Behind a delimiter, too, there may be something that JSON escapes.
    if (byte === BACKSLASH || byte === delimiter || byte === quote)
      return putEscaped(out, start, page, from, end, dialect)
    out[at++] = byte
  }
  const isNullText = end - from === nullText.length && page.compare(nullText, 0, nullText.length, from, end) === 0
  const needsQuotes = end === from || isNullText || beginsWithMark(page, from, end)
  return needsQuotes ? putQuoted(out, start, page.subarray(from, end), quote) : at
}

/** A text with a backslash, a quote, a line end or another control character: not each of them needs quotes. */
function putEscaped(out: Buffer, start: number, page: Buffer, from: number, end: number, dialect: PageDialect): number {
  const { delimiter, quote, nullText } = dialect
  const text = Buffer.from(JSON.parse(page.toString('utf8', from - 1, end + 1)) as string)
  const needsQuotes =
    text.some((byte) => byte === delimiter || byte === quote || byte === LINE_FEED || byte === RETURN) ||
    text.equals(nullText) ||
    beginsWithMark(text, 0, text.length)
  return needsQuotes ? putQuoted(out, start, text, quote) : start + text.copy(out, start)
}

function beginsWithMark(page: Buffer, from: number, end: number): boolean {
  return end - from >= 3 && page[from] === 0xef && page.compare(BYTE_ORDER_MARK, 0, 3, from, from + 3) === 0
}

function putQuoted(out: Buffer, start: number, text: Buffer, quote: number): number {
  let at = start
  out[at++] = quote
  for (const byte of text) {
    if (byte === quote) out[at++] = quote
    out[at++] = byte
  }
  out[at++] = quote
  return at
}

/**
 * A real of up to 16 characters, without an exponent, has 15 digits at most: no shorter text reads back as the same
 * double, so that it is what JavaScript writes.
 */
function putNumber(out: Buffer, start: number, page: Buffer, from: number, end: number): number {
  let at = start
  let isReal = false
  for (let index = from; index < end; index++) {
    const byte = page[index]!
    isReal ||= byte === POINT || byte === LETTER_E
    out[at++] = byte
  }
  if (!isReal || (end - from <= 16 && !page.subarray(from, end).includes(LETTER_E))) return at
  return start + out.write(String(Number(page.toString('latin1', from, end))), start, 'latin1')
}
