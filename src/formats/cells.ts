import { SourceError } from '../errors.ts'
import type { ColumnType } from '../types.ts'
import type { CellBatch, FileReadOptions } from './format.ts'

/** How many cells a batch has at most, how many rows, and about how many bytes. */
export const BATCH_CELLS = 200_000
const BATCH_ROWS = 10_000
const BATCH_BYTES = 2 ** 23
/** How many rows the first batch has: how long they are is not known yet. */
const FIRST_ROWS = 64

/** Makes batches of cells' texts; rows are counted from 1, as the lines of a file. */
export class BatchMaker {
  readonly columns: string[]
  readonly #types: readonly ColumnType[] | undefined
  #nulls: Set<string> | undefined
  #row = 1
  readonly #most: number
  #rows: number

  /** @param types what the file declares the columns to be */
  constructor(columns: string[], { nulls }: FileReadOptions, types?: readonly ColumnType[]) {
    if (columns.length === 0) throw new Error('it has no columns')
    this.columns = columns
    this.#types = types
    this.#most = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_CELLS / Math.max(columns.length, 1))))
    this.#rows = Math.min(this.#most, FIRST_ROWS)
    if (nulls && nulls.length > 0) this.#nulls = new Set(nulls)
  }

  /** How many rows the next batch is to have at most: by those of the last, so that long texts do not fill the memory. */
  get rows(): number {
    return this.#rows
  }

  /**
   * @param texts the cells row by row, null for NULL
   * @param lines the line of each row, where they do not follow one another
   * @throws {SourceError} FORMAT_CANNOT_HOLD for a NUL character or half a surrogate pair
   */
  batch(texts: (string | null)[], rows: number, lines?: Int32Array): CellBatch {
    if (this.#nulls) for (let at = 0; at < texts.length; at++) if (this.#nulls.has(texts[at]!)) texts[at] = null
    const joined = texts.join('')
    const bytes = Buffer.from(joined)
    const firstLine = lines?.[0] ?? this.#row
    if (bytes.includes(0) || !joined.isWellFormed()) throw this.#odd(texts, lines)
    const spans = new Int32Array(texts.length * 2)
    const ascii = bytes.length === joined.length
    let at = 0
    for (let index = 0; index < texts.length; index++) {
      const text = texts[index]!
      if (text === null) {
        spans[index * 2] = -1
        spans[index * 2 + 1] = at
      } else {
        spans[index * 2] = at
        at += ascii ? text.length : Buffer.byteLength(text)
        spans[index * 2 + 1] = at
      }
    }
    this.#row += rows
    if (rows > 0)
      this.#rows = Math.max(
        1,
        Math.min(this.#most, this.#rows * 8, Math.floor((BATCH_BYTES * rows) / (bytes.length + 1))),
      )
    return { bytes, rows, spans, firstLine, lines, columns: this.columns, types: this.#types }
  }

  #odd(texts: (string | null)[], lines: Int32Array | undefined): SourceError {
    const width = this.columns.length
    const index = texts.findIndex((text) => text !== null && (text.includes('\0') || !text.isWellFormed()))
    const row = Math.floor(index / width)
    const line = lines?.[row] ?? this.#row + row
    const column = this.columns[index % width]!
    const what = texts[index]!.includes('\0') ? 'a NUL character' : 'half a surrogate pair (no Unicode character)'
    return new SourceError(
      'FORMAT_CANNOT_HOLD',
      `Line ${line}, column ${column}: the cell holds ${what}, which no table can hold. Remove it.`,
      { data: { line, column, value: texts[index]!.slice(0, 40) } },
    )
  }
}
