import { reasonOf } from '../../../errors.ts'
import { csvWriter } from '../../../formats/csv/index.ts'
import type { TextWriteOptions } from '../../../formats/format.ts'
import { cellText } from '../../../model/cells.ts'
import type { Row } from '../../../types.ts'
import { plainValue } from '../../values.ts'
import { ROW_LITERAL, rowExpression, toDelimited, type PageDialect } from './page-text.ts'
import type { Pages } from './pages.ts'

/** Pages as rows. */
export function rowPages(pages: Pages): () => Row[] | undefined {
  return () => (pages.next() ? pages.rows().map((row) => row.map(plainValue)) : undefined)
}

/** Pages as delimited text. */
export function textPages(
  pages: Pages,
  options: TextWriteOptions,
): () => { bytes: Uint8Array; rows: number } | undefined {
  const dialect: PageDialect = {
    delimiter: (options.delimiter ?? ',').charCodeAt(0),
    quote: (options.quote ?? '"').charCodeAt(0),
    nullText: Buffer.from(options.null ?? ''),
  }
  const row = rowExpression(pages.columns)
  // The quick way rewrites bytes, and the engine's JSON takes neither blobs nor more than 1,000 columns.
  let quick = isQuick(options) && !options.excelSafe && pages.columns.length <= 1000
  const page = (): { bytes: Uint8Array; rows: number } => {
    if (!quick) return cellByCell(pages, options)
    try {
      const { bytes, rows } = pages.text(row, ROW_LITERAL)
      return { bytes: toDelimited(bytes, rows, dialect), rows }
    } catch (error) {
      const reason = reasonOf(error)
      if (/too big/.test(reason) && pages.shorten()) return page()
      if (!/JSON cannot hold BLOB|too big/.test(reason)) throw error
      quick = /too big/.test(reason)
      return cellByCell(pages, options)
    }
  }
  return () => (pages.next() ? page() : undefined)
}

/** Whether the quick way is safe: it never quotes numbers, so no separator may occur in one. */
function isQuick({ delimiter = ',', quote = '"', null: nullText = '' }: TextWriteOptions): boolean {
  const inNumbers = /[-+.e\d]/
  return (
    [delimiter, quote].every((one) => one !== '' && one.charCodeAt(0) < 128 && !inNumbers.test(one)) &&
    !inNumbers.test(nullText)
  )
}

/** The plain way, for pages whose cells hold the separators of the quick one. */
function cellByCell(pages: Pages, options: TextWriteOptions): { bytes: Uint8Array; rows: number } {
  const rows = pages.rows().map((row) => row.map((cell, at) => cellText(cell, pages.columns[at]!.type)))
  const names = pages.columns.map((column) => column.name)
  return { bytes: Buffer.from(csvWriter(names, options).rows(rows)), rows: rows.length }
}
