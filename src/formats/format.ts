/**
 * The seam for file formats. A format turns bytes into rows and rows into bytes;
 * it sees neither an engine nor a file system.
 */

/** One cell of a text format: its text, or null. */
export type TextCell = string | null

/** Options that shape how text is read; all plain data. */
export interface TextReadOptions {
  /** One character between cells. Default: `,` */
  delimiter?: string
  /** One character around cells. Default: `"` */
  quote?: string
  /** Whether the first record names the columns; without it they are `c1`, `c2`, … Default: true */
  header?: boolean
  /** Unquoted cells with one of these texts are NULL, besides the empty one. Default: none */
  nulls?: readonly string[]
}

/** Options that shape how text is written. */
export interface TextWriteOptions {
  delimiter?: string
  quote?: string
  header?: boolean
  /** How NULL is written. Default: nothing between the delimiters */
  null?: string
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
  /** The line of each row; undefined where they follow one another. */
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
