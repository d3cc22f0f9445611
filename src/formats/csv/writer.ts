import type { TextCell, TextWriteOptions, TextWriter } from '../format.ts'
import { dialect, invalid, type Dialect } from './dialect.ts'

/** A dialect, and how NULL is written in it. */
interface WriteDialect extends Dialect {
  null: string
  /** Finds what makes a cell need quotes. */
  special: RegExp
}

/**
 * Writes CSV as RFC 4180 has it, but with `\n` line ends: what `csvSpans` reads back cell by cell, with the same
 * delimiter and quote, and the `null` text among its `nulls`. A cell is quoted only if it must be: it is empty,
 * is the text of NULL, begins with U+FEFF, or contains the delimiter, a quote, `\n` or `\r`.
 *
 * Not to be read back: half a surrogate pair (UTF-8 has none), NUL characters, and, of one column without a header,
 * a table of NULLs only.
 * @throws {UsageError} OPTION_INVALID, also from `head` and `rows` for a cell that needs quotes if there are none
 */
export function csvWriter(columns: readonly string[], options: TextWriteOptions = {}): TextWriter {
  const shape = writeDialect(options)
  const { delimiter } = shape
  return {
    head() {
      if (options.header === false) return ''
      return `${columns.map((name) => writeCell(options.excelSafe ? harmless(name) : name, shape)).join(delimiter)}\n`
    },
    rows(rows) {
      let text = ''
      for (const row of rows) {
        for (let index = 0; index < row.length; index++) {
          if (index > 0) text += delimiter
          text += writeCell(options.excelSafe ? harmless(row[index] ?? null) : (row[index] ?? null), shape)
        }
        text += '\n'
      }
      return text
    },
  }
}

/**
 * One cell as `csvWriter` writes it.
 * @throws {UsageError} OPTION_INVALID
 */
export function quoteCell(cell: TextCell, options: TextWriteOptions = {}): string {
  return writeCell(cell, writeDialect(options))
}

/** What no spreadsheet takes for a formula (OWASP, "CSV Injection"). */
function harmless(cell: TextCell): TextCell {
  return cell !== null && /^[=+\-@\t\r]/.test(cell) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell)
    ? `'${cell}`
    : cell
}

function writeCell(cell: TextCell, shape: WriteDialect): string {
  if (cell === null) return shape.null
  if (cell !== '' && cell !== shape.null && !shape.special.test(cell)) return cell
  const { quote } = shape
  if (quote === '') {
    const shown = JSON.stringify(cell.slice(0, 40))
    throw invalid('quote', quote, `the cell ${shown} cannot be written without quotes; set one, or another delimiter`)
  }
  return quote + cell.split(quote).join(quote + quote) + quote
}

function writeDialect(options: TextWriteOptions): WriteDialect {
  const { delimiter, quote } = dialect(options)
  const characters = [delimiter, quote, '\n', '\r'].map((character) => character.replace(/[\\\]^-]/, '\\$&')).join('')
  const special = new RegExp(`^\\uFEFF|[${characters}]`)
  const nullText = options.null ?? ''
  if (typeof nullText !== 'string' || special.test(nullText)) {
    throw invalid('null', nullText, 'it must be a text that needs no quotes')
  }
  return { delimiter, quote, null: nullText, special }
}
