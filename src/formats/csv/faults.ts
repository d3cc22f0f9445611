import { SourceError } from '../../errors.ts'
import type { TextFault } from './encoding.ts'

/** A place in a file, both from 1; the column counts characters (code points), a byte order mark aside. */
export interface TextPlace {
  line: number
  column: number
}

/** Bytes that cannot be text, with the command that most likely repairs the file. */
export function encodingFault(fault: TextFault, place: TextPlace): SourceError {
  const byte = `0x${fault.byte.toString(16).padStart(2, '0')}`
  const data = { ...place, byte, ...(fault.mark === undefined ? {} : { encoding: fault.mark }) }
  if (fault.mark === 'UTF-16' || fault.mark === 'UTF-32') {
    const message = `the file's first bytes say ${fault.mark}, and doltflow reads UTF-8. ${convertFrom(fault.mark)}`
    return new SourceError('CSV_ENCODING', `${at(place)}: ${message}`, { data })
  }
  if (fault.code === 'CSV_NUL') {
    const message =
      'a NUL byte, which no cell can hold. Is it a binary file, or UTF-16? Convert such a one with' +
      " `iconv -f utf-16le -t utf-8`; strip stray NULs with `tr -d '\\000'`."
    return new SourceError('CSV_NUL', `${at(place)}: ${message}`, { data })
  }
  const message = `the byte ${byte} is not UTF-8. ${convertFrom('windows-1252')} (or the encoding that it has).`
  return new SourceError('CSV_ENCODING', `${at(place)}: ${message}`, { data })
}

/** A quote where none may be. */
export function quoteFault(
  kind: 'after' | 'inside' | 'unclosed',
  quote: string,
  value: string,
  place: TextPlace,
): SourceError {
  const shown = shorten(value)
  const plain = "or set the quote option to '' if quotes are plain text in this file"
  const reason = {
    after: `text follows the closing quote of ${shown}. Write a quote within a quoted cell twice (${quote}${quote}).`,
    inside: `a quote within the unquoted cell ${shown}. Quote the whole cell and write the quote twice, ${plain}.`,
    unclosed: `the quote that opens here is never closed: ${shown}. Close it, ${plain}.`,
  }[kind]
  return new SourceError('CSV_QUOTE', `${at(place)}: ${reason}`, { data: { ...place, value: clip(value) } })
}

/** A row of another length than the header; `place` is where the row begins. */
export function raggedFault(expected: number, found: number, value: string, place: TextPlace): SourceError {
  const advice =
    found === 1
      ? 'Is the delimiter option right?'
      : found > expected
        ? 'Quote the cell that contains the delimiter, or check the delimiter option.'
        : 'Write the missing delimiters (nothing between two of them is NULL).'
  return new SourceError(
    'CSV_RAGGED',
    `${at(place)}: the row has ${cells(found)} where the first record has ${expected}: ${shorten(value)}. ${advice}`,
    { data: { ...place, expected, found, value: clip(value) } },
  )
}

/** A record beyond the limit; `place` is where the quote opens that is still open, else where the record begins. */
export function endlessFault(open: boolean, limit: number, value: string, place: TextPlace): SourceError {
  const reason = open ? 'the quote that opens here is not closed' : 'the row that begins here does not end'
  return new SourceError(
    open ? 'CSV_QUOTE' : 'CSV_RAGGED',
    `${at(place)}: ${reason} within ${limit} bytes: ${shorten(value)}. Is the quote option right, and is it CSV?`,
    { data: { ...place, value: clip(value) } },
  )
}

/** A file without a single record. */
export function emptyFault(header: boolean): SourceError {
  const wanted = header ? 'a first line with the names of the columns' : 'at least one row that is not blank'
  return new SourceError('CSV_EMPTY', `The file is empty: it needs ${wanted}.`, { data: { line: 1, column: 1 } })
}

/** A column without a name; `position` counts columns from 1. */
export function columnEmptyFault(position: number, place: TextPlace): SourceError {
  return new SourceError(
    'COLUMN_EMPTY',
    `${at(place)}: column ${position} has no name. Name it in the header, or remove it (a delimiter too many?).`,
    { data: { ...place, position } },
  )
}

/** Two columns of one name; `positions` count columns from 1. */
export function columnDuplicateFault(
  names: [string, string],
  positions: [number, number],
  place: TextPlace,
): SourceError {
  const [first, second] = names.map(shorten)
  const reason =
    first === second ? `are both named ${first}` : `are named ${first} and ${second}, which differ in case only`
  return new SourceError(
    'COLUMN_DUPLICATE',
    `${at(place)}: columns ${positions[0]} and ${positions[1]} ${reason}. Rename one of them.`,
    { data: { ...place, names: names.map(clip), positions } },
  )
}

function at(place: TextPlace): string {
  return `Line ${place.line}, column ${place.column}`
}

function cells(count: number): string {
  return count === 1 ? '1 cell' : `${count} cells`
}

function convertFrom(encoding: string): string {
  return `Convert it with \`iconv -f ${encoding.toLowerCase()} -t utf-8 FILE > NEWFILE\``
}

/** At most 40 characters of a value, quoted, with control characters escaped. */
function shorten(value: string): string {
  return JSON.stringify(clip(value)).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, escape)
}

function clip(value: string): string {
  // Cut before it is split into code points: the value may have megabytes.
  const points = Array.from(value.slice(0, 82))
  return points.length > 40 ? `${points.slice(0, 40).join('')}…` : points.join('')
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
