import { SourceError } from '../../errors.ts'
import { BatchMaker } from '../cells.ts'
import { checkNames, numberedNames } from '../csv/header.ts'
import type { CellBatch, FileReadOptions } from '../format.ts'
import { Sheet } from './sheet.ts'
import { readWorkbook, type Workbook } from './workbook.ts'
import { xmlParts } from './xml.ts'
import { ZipReader } from './zip-reader.ts'

/**
 * Reads one sheet of a workbook. Its first row that is not empty names the columns; without such a row the sheet is read
 * twice, as it is as wide as its widest row. Rows without any value are left out. A formula is what it gave when the file
 * was written.
 */
export async function* readXlsx(path: string, options: FileReadOptions): AsyncGenerator<CellBatch> {
  const zip = await ZipReader.open(path)
  const workbook = await readWorkbook(zip, options.sheet)
  let maker = options.header === false ? await numbered(zip, workbook, options) : undefined
  const sheet = new Sheet(workbook)
  for await (const _ of xmlParts(zip.bytes(workbook.sheet), sheet)) {
    maker ??= named(sheet, options)
    if (maker) yield* batches(sheet, maker)
  }
  maker ??= named(sheet, options)
  if (!maker)
    throw new SourceError('FORMAT_INVALID', 'The sheet has no row with a value: the first one names the columns.', {
      data: { reason: 'no row' },
    })
  yield* batches(sheet, maker)
}

/** Columns that are numbered, as many as the widest row has cells. */
async function numbered(zip: ZipReader, workbook: Workbook, options: FileReadOptions): Promise<BatchMaker | undefined> {
  const sheet = new Sheet(workbook)
  let width = 0
  const measure = (): void => {
    for (const { cells } of sheet.rows) width = Math.max(width, cells.length)
    sheet.rows = []
  }
  for await (const _ of xmlParts(zip.bytes(workbook.sheet), sheet)) measure()
  measure()
  return width === 0 ? undefined : new BatchMaker(numberedNames(width), options)
}

/** Once the first row is there, its names. */
function named(sheet: Sheet, options: FileReadOptions): BatchMaker | undefined {
  if (options.header === false) return undefined
  const first = sheet.rows.shift()
  if (!first) return undefined
  const names = first.cells.map((cell) => cell ?? '')
  checkNames(names, (index) => ({ line: first.number, column: index + 1 }))
  return new BatchMaker(names, options)
}

function* batches(sheet: Sheet, maker: BatchMaker): Generator<CellBatch> {
  const width = maker.columns.length
  for (let start = 0, count = 0; start < Math.max(sheet.rows.length, 1); start += count) {
    count = maker.rows
    const rows = sheet.rows.slice(start, start + count)
    const texts: (string | null)[] = []
    for (const { number, cells } of rows) {
      if (cells.length > width)
        throw new SourceError(
          'FORMAT_INVALID',
          `Row ${number}: it has a value in column ${cells.length}, but only ${width} columns have a name. Name the column in the first row, or empty the cell.`,
          { data: { line: number, column: cells.length, columns: maker.columns } },
        )
      for (let column = 0; column < width; column++) texts.push(cells[column] ?? null)
    }
    yield maker.batch(
      texts,
      rows.length,
      Int32Array.from(rows, ({ number }) => number),
    )
  }
  sheet.rows = []
}
