import { SourceError } from '../../errors.ts'
import { BatchMaker } from '../cells.ts'
import { checkNames, numberedNames } from '../csv/header.ts'
import type { CellBatch, FileReadOptions } from '../format.ts'
import { formatted } from './number-formats.ts'
import { decoded, readWorkbook, type Workbook } from './workbook.ts'
import { attribute, xmlParts, type XmlHandler } from './xml.ts'
import { ZipReader } from './zip-reader.ts'

const MOST_COLUMNS = 16_384
const MOST_ROWS = 1_048_576

/**
 * Reads one sheet of a workbook. Its first row that is not empty names the columns; rows without any value are
 * left out. A formula is what it gave when the file was written.
 */
export async function* readXlsx(path: string, options: FileReadOptions): AsyncGenerator<CellBatch> {
  const zip = await ZipReader.open(path)
  const workbook = await readWorkbook(zip, options.sheet)
  const sheet = new Sheet(workbook)
  let maker: BatchMaker | undefined
  for await (const _ of xmlParts(zip.bytes(workbook.sheet), sheet)) {
    maker ??= begun(sheet, options)
    if (maker) yield* batches(sheet, maker)
  }
  maker ??= begun(sheet, options)
  if (!maker)
    throw new SourceError('FORMAT_INVALID', 'The sheet has no row with a value: the first one names the columns.', {
      data: { reason: 'no row' },
    })
  yield* batches(sheet, maker)
}

interface SheetRow {
  /** The number that the sheet shows. */
  number: number
  cells: (string | null)[]
}

/** Once the first row is there, its names. */
function begun(sheet: Sheet, options: FileReadOptions): BatchMaker | undefined {
  const first = sheet.rows[0]
  if (!first) return undefined
  if (options.header === false) return new BatchMaker(numberedNames(first.cells.length), options)
  sheet.rows.shift()
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

/** Collects a sheet's rows from its XML. */
class Sheet implements XmlHandler {
  rows: SheetRow[] = []
  readonly #workbook: Workbook
  #row = 0
  #cells: (string | null)[] = []
  #column = 0
  #place = ''
  #type = 'n'
  #style = 0
  #value: string | undefined
  #takesText = false
  #isPhonetic = false
  #isFormula = false

  constructor(workbook: Workbook) {
    this.#workbook = workbook
  }

  open(name: string, attributes: string): void {
    if (name === 'c') this.#openCell(attributes)
    else if (name === 'f') this.#isFormula = true
    else if (name === 'v' || (name === 't' && !this.#isPhonetic)) {
      this.#takesText = true
      this.#value ??= ''
    } else if (name === 'rPh') this.#isPhonetic = true
    else if (name === 'row') this.#openRow(attribute(attributes, 'r'))
  }

  text(text: string): void {
    if (this.#takesText) this.#value += text
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.#takesText = false
    else if (name === 'rPh') this.#isPhonetic = false
    else if (name === 'c') this.#closeCell()
    else if (name === 'row') {
      while (this.#cells.length > 0 && this.#cells.at(-1) === null) this.#cells.pop()
      if (this.#cells.length > 0) this.rows.push({ number: this.#row, cells: this.#cells })
    }
  }

  #openRow(number: string | undefined): void {
    this.#row = Number(number ?? this.#row + 1)
    if (number !== undefined && !(this.#row >= 1 && this.#row <= MOST_ROWS))
      throw new Error(`it has a row ${number.slice(0, 40)}, and a sheet has the rows 1 to ${MOST_ROWS}`)
    this.#cells = []
    this.#column = 0
  }

  #openCell(attributes: string): void {
    this.#isFormula = false
    this.#place = attribute(attributes, 'r') ?? `in row ${this.#row}`
    const place = /^([A-Z]+)\d/.exec(this.#place)
    this.#column = place ? columnNumber(place[1]!) : this.#column + 1
    if (this.#column > MOST_COLUMNS)
      throw new Error(`row ${this.#row} has a cell in column ${this.#column}, beyond a sheet's last`)
    this.#type = attribute(attributes, 't') ?? 'n'
    this.#style = Number(attribute(attributes, 's') ?? 0)
    this.#value = undefined
  }

  #closeCell(): void {
    const text = this.#value === undefined ? null : this.#text(this.#value)
    this.#value = undefined
    if (text === null && this.#isFormula)
      throw new Error(
        `the cell ${this.#place} has a formula without its result. Open the file in Excel or LibreOffice and save it`,
      )
    if (text === null) return
    if (this.#cells[this.#column - 1] != null) throw new Error(`the cell ${this.#place} is there twice`)
    while (this.#cells.length < this.#column - 1) this.#cells.push(null)
    this.#cells[this.#column - 1] = text
  }

  #text(value: string): string | null {
    switch (this.#type) {
      case 's': {
        const text = this.#workbook.strings[Number(value)]
        if (text === undefined) throw new Error(`row ${this.#row} refers to a text that is not there`)
        return text
      }
      case 'inlineStr':
      case 'str':
        return decoded(value)
      case 'b':
        return value === '1' ? 'true' : 'false'
      case 'n':
        return value === '' ? null : formatted(value, this.#workbook.formats[this.#style], this.#workbook.isMac)
      default:
        return value
    }
  }
}

/** `A` is 1, `AA` is 27. */
function columnNumber(letters: string): number {
  let number = 0
  for (const letter of letters) number = number * 26 + letter.charCodeAt(0) - 64
  return number
}
