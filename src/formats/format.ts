/**
 * The seam for file formats. A format turns bytes into rows and rows into bytes;
 * it sees neither an engine nor a file system.
 */

/** One cell of a text format: its text, or null. */
export type TextCell = string | null

/** Some rows of one file, in the file's order. */
export interface TextBatch {
  /** One array a row, as long as the header. */
  rows: TextCell[][]
  /** The line (from 1) on which row `index` of this batch begins. */
  lineOf(index: number): number
}

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

/**
 * A push parser: bytes in, batches out. It holds at most one record and one chunk.
 * @throws {SourceError} with `data.line` and `data.column`, from `push` or `end`
 */
export interface TextReader {
  /** The columns' names, once the header has been read. */
  readonly columns: string[] | undefined
  push(bytes: Uint8Array): TextBatch | undefined
  end(): TextBatch | undefined
}

/** Rows in, text out. */
export interface TextWriter {
  /** The header line, or '' without one. */
  head(): string
  rows(rows: readonly TextCell[][]): string
}
