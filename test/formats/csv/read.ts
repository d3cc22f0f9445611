import { parse } from 'csv-parse/sync'
import { csvSpans } from '../../../dist/formats/csv/index.js'
import type { SpanBatch, TextCell, TextReadOptions } from '../../../dist/formats/format.js'

export interface Table {
  columns: string[]
  rows: TextCell[][]
  /** The line on which each row begins. */
  lines: number[]
}

/** Some rows as texts. */
interface TextBatch {
  rows: TextCell[][]
  /** The line (from 1) on which row `index` of this batch begins. */
  lineOf(index: number): number
}

/** `csvSpans` with every batch turned into texts at once, before the next call spoils it. */
export interface TextReader {
  readonly columns: string[] | undefined
  push(bytes: Uint8Array): TextBatch | undefined
  end(): TextBatch | undefined
}

export function textReader(options: TextReadOptions = {}): TextReader {
  const reader = csvSpans(options)
  const texts = (batch: SpanBatch | undefined) => batch && textBatch(batch, reader.columns?.length ?? 0)
  return {
    get columns() {
      return reader.columns
    },
    push: (bytes) => texts(reader.push(bytes)),
    end: () => texts(reader.end()),
  }
}

function textBatch({ bytes, rows, spans, firstLine, lines }: SpanBatch, width: number): TextBatch {
  if (rows === 0 || spans.length !== rows * width * 2)
    throw new Error(`${rows} rows of ${width} cells have ${spans.length} places`)
  const each = lines?.slice()
  if (
    each &&
    (each.length !== rows || each[0] !== firstLine || each.every((line, index) => line === firstLine + index))
  ) {
    throw new Error(`${rows} rows from line ${firstLine} on list the lines ${each.join()}`)
  }
  const cell = (slot: number): TextCell => {
    const [start, end] = [spans[slot] as number, spans[slot + 1] as number]
    if (start < -1 || end < start || end > bytes.length) throw new Error(`A cell lies from ${start} to ${end}`)
    return start === -1 ? null : bytes.toString('utf8', start, end)
  }
  return {
    rows: Array.from({ length: rows }, (_, row) =>
      Array.from({ length: width }, (__, column) => cell((row * width + column) * 2)),
    ),
    lineOf: (index) => each?.[index] ?? firstLine + index,
  }
}

/** Reads a whole input, cut after each of `sizes` bytes in turn, again and again. Default: in one piece. */
export function readAll(input: string | Uint8Array, options: TextReadOptions = {}, sizes: number[] = []): Table {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input
  const reader = textReader(options)
  const rows: TextCell[][] = []
  const lines: number[] = []
  const take = (batch: ReturnType<typeof reader.push>) => {
    batch?.rows.forEach((row, index) => {
      rows.push(row)
      lines.push(batch.lineOf(index))
    })
  }
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[turn % sizes.length] ?? 1)
    // The buffer that is handed over is wiped afterwards: a reader must not keep it.
    const chunk = Uint8Array.from(bytes.subarray(at, at + size))
    take(reader.push(chunk))
    chunk.fill(0x22)
    at += size
  }
  take(reader.end())
  return { columns: reader.columns ?? [], rows, lines }
}

/** What a reading comes to, as plain data: a table, or an error without its prose. */
export function outcome(input: string | Uint8Array, options: TextReadOptions = {}, sizes: number[] = []): unknown {
  try {
    return readAll(input, options, sizes)
  } catch (error) {
    const { code, data } = error as { code: string; data: unknown }
    if (code === undefined) throw error
    return { code, data }
  }
}

/** Only the cells of a file without a header, or the code of the refusal. */
export function cellsOrCode(input: string | Uint8Array, options: TextReadOptions = {}): TextCell[][] | string {
  try {
    return readAll(input, { ...options, header: false }).rows
  } catch (error) {
    const { code } = error as { code: string }
    if (code === undefined) throw error
    return code
  }
}

/**
 * The same by csv-parse, told to tell a bare empty cell from a quoted one. Where the first record has one cell,
 * its blank lines count. @param lineEnds default: it finds the one that the file uses.
 */
export function csvParseCells(
  input: string | Uint8Array,
  options: TextReadOptions = {},
  lineEnds?: string[],
): TextCell[][] | { refused: string } {
  const quote = options.quote === '' ? null : (options.quote ?? '"')
  const run = (skipBlank: boolean): TextCell[][] =>
    parse(Buffer.from(input as string), {
      bom: true,
      columns: false,
      relax_column_count: false,
      skip_empty_lines: skipBlank,
      delimiter: options.delimiter ?? ',',
      quote,
      escape: quote,
      ...(lineEnds === undefined ? {} : { record_delimiter: lineEnds }),
      cast: (value, context) => (value === '' && !context.quoting ? null : value),
    }) as unknown as TextCell[][]
  try {
    const rows = run(true)
    return rows[0]?.length === 1 ? run(false) : rows
  } catch (error) {
    return { refused: (error as { code: string }).code }
  }
}
