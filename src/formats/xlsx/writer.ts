import { SourceError, UsageError } from '../../errors.ts'
import { pinnedScale } from '../../model/column-type.ts'
import { BIG_INTEGER, readNumber, TEXT } from '../../model/numbers.ts'
import type { Column } from '../../types.ts'
import { found, readDate, readTimestamp } from '../dates.ts'
import type { CellSource, FileWriteOptions } from '../format.ts'
import { isBoolean } from '../kinds.ts'
import { contentTypes, relationships, styles, workbook, workbookRelationships } from './parts.ts'
import { writeZip } from './zip-writer.ts'

const MOST_ROWS = 1_048_576
const MOST_COLUMNS = 16_384
/** In UTF-16 units. */
const LONGEST_TEXT = 32_767
/** Days from 1899-12-30 to 1970-01-01, and Excel's first day that is counted as everybody counts. */
const EPOCH = 25_569
const FIRST_DAY = 61

/** In UTF-16 units: how much of the sheet is written at once. */
const PIECE = 2 ** 20

/** The styles of `parts.ts`, by their place. */
const STYLE = { date: 1, timestamp: 2, milliseconds: 3, fixed: 4 } as const

/**
 * Writes a workbook of one sheet. A cell is a number, a date, a timestamp or a boolean where it reads back as the same text;
 * else it is a text.
 * @throws {SourceError} FORMAT_CANNOT_HOLD: too many rows or columns, or too long a text, for a sheet
 * @throws {UsageError} OPTION_INVALID
 */
export async function* writeXlsx(
  source: CellSource,
  { sheet = 'Sheet1' }: FileWriteOptions,
): AsyncGenerator<Uint8Array> {
  if (sheet === '' || sheet.length > 31 || /[[\]:*?/\\]|^'|'$/.test(sheet))
    throw new UsageError(
      'OPTION_INVALID',
      `A sheet can't be called ${JSON.stringify(sheet)}: Excel takes 1 to 31 characters without [ ] : * ? / \\.`,
      { data: { sheet } },
    )
  if (source.columns.length > MOST_COLUMNS)
    throw cannotHold(`${source.columns.length} columns`, `${MOST_COLUMNS} columns`)
  const scales = [...new Set(source.columns.map(({ type }) => pinnedScale(type)).filter((scale) => scale >= 0))]
  yield* writeZip([
    { name: '[Content_Types].xml', text: [contentTypes] },
    { name: '_rels/.rels', text: [relationships] },
    { name: 'xl/workbook.xml', text: [workbook(escaped(sheet))] },
    { name: 'xl/_rels/workbook.xml.rels', text: [workbookRelationships] },
    { name: 'xl/styles.xml', text: [styles(scales)] },
    { name: 'xl/worksheets/sheet1.xml', text: sheetXml(source, scales) },
  ])
}

async function* sheetXml({ columns, batches }: CellSource, scales: number[]): AsyncGenerator<Uint8Array> {
  const names = columns.map(({ name }, index) => textCell(name, `${letters(index)}1`)).join('')
  yield Buffer.from(
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData><row r="1">${names}</row>`,
  )
  const cells = columns.map((column) => cellWriter(column, scales))
  let number = 1
  for await (const { bytes, spans, rows } of batches()) {
    let xml = ''
    for (let row = 0, span = 0; row < rows; row++) {
      number++
      if (number > MOST_ROWS)
        throw cannotHold(`more than ${MOST_ROWS - 1} rows`, `${MOST_ROWS} rows, one of them with the columns' names`)
      xml += `<row r="${number}">`
      for (let column = 0; column < cells.length; column++, span += 2) {
        const start = spans[span]!
        if (start !== -1) xml += cells[column]!(bytes, start, spans[span + 1]!, `${letters(column)}${number}`)
      }
      xml += '</row>'
      if (xml.length < PIECE) continue
      yield Buffer.from(xml)
      xml = ''
    }
    yield Buffer.from(xml)
  }
  yield Buffer.from('</sheetData></worksheet>')
}

type CellWriter = (bytes: Buffer, start: number, end: number, place: string) => string

function cellWriter({ name, type }: Column, scales: number[]): CellWriter {
  const scale = pinnedScale(type)
  const text: CellWriter = (bytes, start, end, place) => {
    const value = bytes.toString('utf8', start, end)
    if (value.length > LONGEST_TEXT)
      throw cannotHold(
        `a text of ${value.length} characters in the column ${name}`,
        `${LONGEST_TEXT} characters in a cell`,
      )
    return textCell(value, place)
  }
  if (type === 'text' || type === 'bytes' || type === 'json') return text
  return (bytes, start, end, place) => {
    const number = readNumber(bytes, start, end, scale)
    // Excel keeps 15 digits of an integer.
    if (number === BIG_INTEGER) return text(bytes, start, end, place)
    if (number !== TEXT) {
      const style = scale >= 0 ? ` s="${STYLE.fixed + scales.indexOf(scale)}"` : ''
      return `<c r="${place}"${style}><v>${bytes.toString('latin1', start, end)}</v></c>`
    }
    if (isBoolean(bytes, start, end)) return `<c r="${place}" t="b"><v>${bytes[start] === 0x74 ? 1 : 0}</v></c>`
    return dateCell(bytes, start, end, place) ?? text(bytes, start, end, place)
  }
}

function dateCell(bytes: Buffer, start: number, end: number, place: string): string | undefined {
  if (readDate(bytes, start, end)) {
    const day = found.days + EPOCH
    return day < FIRST_DAY ? undefined : `<c r="${place}" s="${STYLE.date}"><v>${day}</v></c>`
  }
  if (!readTimestamp(bytes, start, end) || found.isInstant || found.digits > 3 || found.days + EPOCH < FIRST_DAY)
    return undefined
  const day = found.days + EPOCH + (found.second + found.nanos / 1e9) / 86_400
  return `<c r="${place}" s="${found.digits === 0 ? STYLE.timestamp : STYLE.milliseconds}"><v>${day}</v></c>`
}

/** Characters that XML can't hold, and CR, which it would make LF, as `_x000D_`; what looks so already, too. */
function escaped(text: string): string {
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(
      /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g,
      (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
    )
    .replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character]!)
}

function cannotHold(what: string, most: string): SourceError {
  return new SourceError(
    'FORMAT_CANNOT_HOLD',
    `The table has ${what}, and an Excel sheet holds at most ${most}. Load it in another format, or a part of it with a query.`,
    { data: { format: 'xlsx', limit: most } },
  )
}

function textCell(text: string, place: string): string {
  return `<c r="${place}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`
}

const LETTERS: string[] = []

/** The letters of a column, from 0: `A` to `XFD`. */
function letters(column: number): string {
  const known = LETTERS[column]
  if (known !== undefined) return known
  const head = column < 26 ? '' : letters(Math.floor(column / 26) - 1)
  return (LETTERS[column] = head + String.fromCharCode(65 + (column % 26)))
}
