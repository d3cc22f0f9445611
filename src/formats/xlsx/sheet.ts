import { formatted, isoText } from './number-formats.ts'
import { decoded, truth, type Workbook } from './workbook.ts'
import type { Attributes, XmlHandler } from './xml.ts'

const MOST_COLUMNS = 16_384
const MOST_ROWS = 1_048_576

export interface SheetRow {
  /** The number that the sheet shows. */
  number: number
  cells: (string | null)[]
}

/** Collects a sheet's rows from its XML, those without any value left out. */
export class Sheet implements XmlHandler {
  rows: SheetRow[] = []
  readonly #workbook: Workbook
  /** 0 where the row does not tell it, and no cell has yet. */
  #row = 0
  #lastRow = 0
  #cells: (string | null)[] = []
  #column = 0
  #place = ''
  #type = 'n'
  #style = 0
  /** What stands in the cell's `v`, and in the texts of its `is`. */
  #value: string | undefined
  #inline: string | undefined
  #taking: 'value' | 'inline' | undefined
  #isFormula = false

  constructor(workbook: Workbook) {
    this.#workbook = workbook
  }

  open(name: string, attributes: Attributes, parent: string): void {
    if (name === 'c') this.#openCell(attributes)
    else if (name === 'row') this.#openRow(attributes.get('r'))
    else if (name === 'f' && parent === 'c') this.#isFormula = true
    else if (name === 'v' && parent === 'c') {
      if (this.#value !== undefined) throw new Error(`the cell ${this.#place} has two values`)
      this.#taking = 'value'
      this.#value = ''
    } else if (name === 't' && (parent === 'is' || parent === 'r')) {
      this.#taking = 'inline'
      this.#inline ??= ''
    }
  }

  text(text: string): void {
    if (this.#taking === 'value') this.#value += text
    else if (this.#taking === 'inline') this.#inline += text
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.#taking = undefined
    else if (name === 'c') this.#closeCell()
    else if (name === 'row') this.#closeRow()
  }

  #openRow(number: string | undefined): void {
    this.#row = 0
    if (number !== undefined) this.#nameRow(number)
    this.#cells = []
    this.#column = 0
  }

  /** A row's number stands in it, in its cells, or in both; else it is the next one. */
  #nameRow(digits: string): void {
    const number = Number(digits)
    if (!(Number.isInteger(number) && number >= 1 && number <= MOST_ROWS))
      throw new Error(`it has a row ${digits.slice(0, 40)}, and a sheet has the rows 1 to ${MOST_ROWS}`)
    if (number <= this.#lastRow) throw new Error(`its row ${number} stands behind the row ${this.#lastRow}`)
    this.#row = number
  }

  #closeRow(): void {
    if (this.#row === 0) this.#nameRow(String(this.#lastRow + 1))
    this.#lastRow = this.#row
    while (this.#cells.length > 0 && this.#cells.at(-1) === null) this.#cells.pop()
    if (this.#cells.length > 0) this.rows.push({ number: this.#row, cells: this.#cells })
  }

  #openCell(attributes: Attributes): void {
    const place = attributes.get('r')
    if (place === undefined) this.#column++
    else this.#goTo(place)
    if (this.#column > MOST_COLUMNS)
      throw new Error(`${this.#rowName()} has a cell in column ${this.#column}, beyond a sheet's last`)
    this.#place = place ?? `in column ${this.#column} of ${this.#rowName()}`
    this.#type = attributes.get('t') ?? 'n'
    this.#style = Number(attributes.get('s') ?? 0)
    this.#value = undefined
    this.#inline = undefined
    this.#isFormula = false
  }

  #goTo(place: string): void {
    const match = /^([A-Z]+)(\d+)$/i.exec(place)
    if (!match) throw new Error(`${this.#rowName()} has a cell whose place is ${JSON.stringify(place.slice(0, 40))}`)
    this.#column = columnNumber(match[1]!)
    if (this.#row === 0) this.#nameRow(match[2]!)
    else if (this.#row !== Number(match[2])) throw new Error(`the cell ${place} stands in ${this.#rowName()}`)
  }

  #rowName(): string {
    return `row ${this.#row || this.#lastRow + 1}`
  }

  #closeCell(): void {
    const text = this.#text()
    if (text === null && this.#isFormula)
      throw new Error(
        `the cell ${this.#place} has a formula without its result. Open the file in Excel or LibreOffice and save it`,
      )
    if (text === null) return
    if (this.#cells[this.#column - 1] != null) throw new Error(`the cell ${this.#place} is there twice`)
    while (this.#cells.length < this.#column - 1) this.#cells.push(null)
    this.#cells[this.#column - 1] = text
  }

  /** Some programs write a number beside an inline text, or a text under another type: each type has its own place. */
  #text(): string | null {
    const value = this.#value
    if (this.#inline !== undefined && (this.#type === 'inlineStr' || value === undefined)) return decoded(this.#inline)
    if (value === undefined) return null
    switch (this.#type) {
      case 's':
        return this.#shared(value.trim())
      case 'inlineStr':
      case 'str':
        return decoded(value)
      case 'b':
        return this.#boolean(value)
      case 'd':
        return value.trim() === '' ? null : isoText(value.trim(), this.#workbook.formats[this.#style])
      case 'n':
        return value.trim() === '' ? null : formatted(value, this.#workbook.formats[this.#style], this.#workbook.isMac)
      default:
        return value
    }
  }

  #shared(index: string): string | null {
    if (index === '') return null
    const text = /^\d+$/.test(index) ? this.#workbook.strings[Number(index)] : undefined
    if (text === undefined) throw new Error(`the cell ${this.#place} refers to a text that is not there`)
    return text
  }

  #boolean(value: string): string | null {
    if (value.trim() === '') return null
    const isTrue = truth(value)
    if (isTrue === undefined)
      throw new Error(`the cell ${this.#place} is a boolean, and its value is ${JSON.stringify(value.slice(0, 40))}`)
    return String(isTrue)
  }
}

/** `A` is 1, `AA` is 27. */
function columnNumber(letters: string): number {
  let number = 0
  for (const letter of letters.toUpperCase()) number = number * 26 + letter.charCodeAt(0) - 64
  return number
}
