/**
 * The seam for file formats. A format turns bytes into rows and rows into bytes;
 * it opens the file that it reads, and never sees an engine.
 */

import type { Column, ColumnType } from '../types.ts'

/** One cell of a text format: its text, or null. */
export type TextCell = string | null

/** Options that shape how text is read; all plain data. */
export interface TextReadOptions {
  /** One character between cells. Default: `,` */
  delimiter?: string | undefined
  /** One character around cells. Default: `"` */
  quote?: string | undefined
  /** Whether the first record names the columns; without it they are `c1`, `c2`, … Default: true */
  header?: boolean | undefined
  /** Unquoted cells with one of these texts are NULL, besides the empty one. Default: none */
  nulls?: readonly string[] | undefined
}

/** Options that shape how text is written. */
export interface TextWriteOptions {
  /** One character between cells. Default: `,` */
  delimiter?: string | undefined
  /** One character around cells. Default: `"` */
  quote?: string | undefined
  /** Whether the first line names the columns. Default: true */
  header?: boolean | undefined
  /** How NULL is written. Default: nothing between the delimiters */
  null?: string | undefined
  /**
   * Put `'` before texts that a spreadsheet would take for a formula: those that begin with `=`, `+`, `-`, `@`, a tab or CR
   * and are no numbers. They are other cells when they are saved again. Default: false
   */
  excelSafe?: boolean | undefined
}

/** Rows in, text out. */
export interface TextWriter {
  /** The header line, or '' without one. */
  head(): string
  rows(rows: readonly TextCell[][]): string
}

/** Rows as places in bytes: what a text format gives where no string a cell is wanted. */
export interface SpanBatch {
  /** UTF-8 text; the cells lie in it with their quoting already undone. */
  bytes: Buffer
  rows: number
  /** Start and end (exclusive) of each cell, row by row; a start of -1 is NULL. */
  spans: Int32Array
  /** The line (from 1) of the first row. */
  firstLine: number
  /** The line of each row; undefined if they follow one another. */
  lines: Int32Array | undefined
}

/**
 * A push parser of a text format: bytes in, batches out. It holds at most one record and one chunk.
 * A batch is good until the next call.
 * @throws {SourceError} with `data.line` and `data.column`, from `push` or `end`
 */
export interface SpanReader {
  /** The columns' names, once the header has been read. */
  readonly columns: string[] | undefined
  push(bytes: Uint8Array): SpanBatch | undefined
  end(): SpanBatch | undefined
}

/** Rows as places in bytes, together with their columns: what a file format reads, fit to be sent to another process. */
export interface CellBatch extends Omit<SpanBatch, 'bytes'> {
  bytes: Uint8Array
  columns: string[]
  /** What the file declares the columns to be; undefined if it declares nothing. */
  types?: readonly ColumnType[] | undefined
}

/** Options that shape how a file format is read; all plain data. */
export interface FileReadOptions {
  /** Whether the bytes are packed with gzip. Default: false */
  gzip?: boolean
  /** Texts that are NULL. Default: none */
  nulls?: readonly string[]
  /** Whether the first row of a sheet names the columns. Default: true */
  header?: boolean
  /** A sheet's name, or its number from 1, also as text; a name goes before a number. Default: the first */
  sheet?: string | number
  /** Columns that come first where the format has no order of its own. Default: none */
  columns?: readonly string[]
}

/** Options that shape how a file format is written; all plain data. */
export interface FileWriteOptions {
  /** Default: `Sheet1` */
  sheet?: string
  /** Whether what was given can be taken back, as from a file that is written beside its place. Default: false */
  revocable?: boolean
}

/** A piece of a file that is written; null takes back all pieces before it. */
export type Piece = Uint8Array | null

/** What is written: the cells' texts, with the columns' names and types. */
export interface CellSource {
  columns: readonly Column[]
  /** All rows from the first, each time it is called. A batch is good until the next. */
  batches(): AsyncIterable<SpanBatch>
}

/**
 * A format whose files are read and written in a process of its own: the reader may need the whole file (a footer at
 * its end, a second pass), and what it is given can't be trusted. A cell is the text that CSV would have of it.
 * @throws {SourceError} FORMAT_INVALID, FORMAT_LIMIT, from `read`; FORMAT_CANNOT_HOLD
 */
export interface FileFormat {
  /** Batches, at least one: it has the columns if there are no rows. */
  read(path: string, options: FileReadOptions): AsyncIterable<CellBatch>
  /** Takes nothing back unless that is `revocable`. */
  write(source: CellSource, options: FileWriteOptions): AsyncIterable<Piece>
}
