import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Session } from '../engines/engine.ts'
import { NotFoundError, SourceError, UsageError } from '../errors.ts'
import type { TextReadOptions } from '../formats/format.ts'
import { checkReadOptions, formatOf, type Format } from '../formats/index.ts'
import { untilAborted } from '../system/abort.ts'
import type { Row } from '../types.ts'
import { fillBytes, fillFiles, fillPacked, fillSpooled, type SourceOptions } from './fill-files.ts'

/** Rows as an iterable gives them: objects by column, or arrays behind a first one with the columns' names. */
export type RowLike = Record<string, unknown> | readonly unknown[]

/**
 * Where a save reads from: a path, several paths of one header, a stream of bytes (Node's or the web's), or
 * rows: an iterable or async iterable of objects.
 */
export type Source =
  | string
  | URL
  | readonly string[]
  | AsyncIterable<Uint8Array | string>
  | ReadableStream<Uint8Array>
  | RowSource
export type RowSource = { rows: Iterable<RowLike> | AsyncIterable<RowLike>; columns?: readonly string[] }

const ROWS_A_CALL = 1000

/** The paths of a source; undefined for a stream or rows. */
export function pathsOf(source: Source): string[] | undefined {
  if (typeof source === 'string') return [source]
  if (source instanceof URL) {
    if (source.protocol === 'file:') return [fileURLToPath(source)]
    throw new UsageError('URL_INVALID', `A source is a file, not ${source.protocol} URLs. Fetch it first.`)
  }
  if (Array.isArray(source) && source.every((path) => typeof path === 'string')) return source
  if (isRows(source) || isIterable(source, Symbol.asyncIterator)) return undefined
  throw new UsageError(
    'USAGE',
    'A save reads a path, several paths, a stream of bytes, or { rows: ... }: this is none of them.',
  )
}

function isRows(source: Source): source is RowSource {
  const rows: unknown = Object(source).rows
  return isIterable(rows, Symbol.iterator) || isIterable(rows, Symbol.asyncIterator)
}

function isIterable(value: unknown, how: typeof Symbol.iterator | typeof Symbol.asyncIterator): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Iterable<unknown>)[how as typeof Symbol.iterator] === 'function'
  )
}

/**
 * Gives whether the files can be read twice: a pipe can't.
 * @throws {NotFoundError} FILE_NOT_FOUND
 */
export async function requireFiles(paths: readonly string[]): Promise<boolean> {
  if (paths.length === 0) throw new UsageError('USAGE', 'A save needs at least one file.')
  let readableTwice = true
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined)
    if (!found) throw new NotFoundError('FILE_NOT_FOUND', `There is no file ${path}.`, { data: { path } })
    if (found.isDirectory())
      throw new NotFoundError('FILE_NOT_FOUND', `${path} is a folder, not a file.`, { data: { path } })
    readableTwice &&= found.isFile()
  }
  return readableTwice
}

/**
 * The format of each file of a source, or the one of its stream; none of rows.
 * @throws {UsageError} FORMAT_UNKNOWN, OPTION_INVALID
 */
export function formatsOf(
  source: Source,
  { format, text, sheet }: { format?: string; text?: TextReadOptions; sheet?: string | number },
): Format[] {
  if (!pathsOf(source) && isRows(source)) return []
  const formats = (pathsOf(source) ?? [undefined]).map((path) => formatOf(format, path))
  checkReadOptions(formats, { ...text, sheet })
  const delimited = [...new Set(formats.filter((one) => one.text).map(({ name }) => name))]
  if (delimited.length < 2) return formats
  throw new UsageError(
    'OPTION_INVALID',
    `Files of one save are delimited alike, and these are ${delimited.join(' and ')}. Save them apart, or name the --format of all.`,
    { data: { option: 'format', formats: delimited } },
  )
}

/**
 * Reads a whole source into a stage. A signal stops it even while it waits for a stream.
 * @returns the sha256 of its bytes, where the stage doesn't see them
 * @throws {SourceError} FORMAT_INVALID, FORMAT_LIMIT
 * @throws {NotFoundError} SHEET_NOT_FOUND
 */
export async function fillStage(
  session: Session,
  stage: number,
  source: Source,
  options: SourceOptions,
): Promise<string | undefined> {
  const { signal } = options
  const paths = pathsOf(source)
  if (paths) return fillFiles(session, stage, paths, options)
  if (isRows(source)) await fillRows(session, stage, source, signal)
  else {
    const bytes = bytesOf(untilAborted(signal, source as AsyncIterable<Uint8Array | string>))
    const format = options.formats[0]!
    if (!format.text) return fillSpooled(session, stage, bytes, options)
    if (format.gzip) return fillPacked(session, stage, bytes)
    await fillBytes(session, stage, bytes)
  }
  return undefined
}

/** The bytes of a stream, which may come as text, cut within a surrogate pair. */
async function* bytesOf(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  let half = ''
  for await (const chunk of source) {
    if (typeof chunk !== 'string') {
      yield chunk
      continue
    }
    const text = half + chunk
    half = /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : ''
    yield utf8(half === '' ? text : text.slice(0, -1))
  }
  utf8(half)
}

function utf8(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text)
  throw new SourceError(
    'CSV_ENCODING',
    'The text holds half a surrogate pair, which is no character. Give the bytes, or mend what cuts the text.',
  )
}

async function fillRows(
  session: Session,
  stage: number,
  { rows, columns }: RowSource,
  signal?: AbortSignal,
): Promise<void> {
  let names = columns === undefined ? undefined : checkedNames(columns)
  let batch: Row[] = []
  let count = 0
  for await (const row of Symbol.asyncIterator in rows ? untilAborted(signal, rows) : rows) {
    names ??= Array.isArray(row) ? undefined : checkedNames(Object.keys(Object(row)))
    if (!names)
      throw new UsageError(
        'USAGE',
        'Rows given as arrays need their columns: save(table, { rows, columns: [...] }, ...).',
      )
    batch.push(cellsOf(row, names, ++count))
    if (batch.length < ROWS_A_CALL) continue
    await session.stageRows(stage, names, batch)
    batch = []
  }
  if (!names?.length)
    throw new UsageError('USAGE', 'There is no row and no list of columns: give save(table, { rows, columns: [...] }).')
  await session.stageRows(stage, names, batch)
}

function checkedNames(names: readonly string[]): string[] {
  return names.map((name) => checkedText(name, 0, name))
}

function cellsOf(row: RowLike, names: readonly string[], line: number): Row {
  if (typeof row !== 'object' || row === null)
    throw new UsageError('USAGE', `Row ${line} is ${String(row)}, neither an object nor an array.`)
  const cells = Array.isArray(row)
    ? (row as readonly unknown[])
    : names.map((name) => (row as Record<string, unknown>)[name])
  if (!Array.isArray(row)) {
    const unknown = Object.keys(row).find((name) => !names.includes(name))
    if (unknown !== undefined)
      throw new UsageError(
        'USAGE',
        `A row has the column ${unknown}, which the first row has not. Give all columns: save(table, { rows, columns: [...] }).`,
        { data: { column: unknown, columns: names } },
      )
  } else if (cells.length !== names.length)
    throw new UsageError('USAGE', `A row has ${cells.length} cells for ${names.length} columns.`, {
      data: { columns: names },
    })
  return cells.map((value, index) => plain(value, line, names[index]!))
}

/** What a worker can be sent, and a file can hold. */
function plain(value: unknown, line: number, column: string): Row[number] {
  if (typeof value === 'string') return checkedText(value, line, column)
  if (value instanceof Uint8Array)
    throw new UsageError(
      'USAGE',
      `Row ${line}, column ${column}: bytes have no text of their own. Give them as text, such as base64.`,
      { data: { line, column } },
    )
  if (value === undefined || value === null) return null
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object') return JSON.stringify(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' || typeof value === 'bigint') return value
  throw new UsageError('USAGE', `Row ${line}, column ${column}: a ${typeof value} is no value of a cell.`, {
    data: { line, column },
  })
}

/** @throws {SourceError} CSV_NUL, CSV_ENCODING for a text that comes back otherwise */
function checkedText(text: string, line: number, column: string): string {
  const [code, what] = text.includes('\0')
    ? (['CSV_NUL', 'NUL'] as const)
    : text.isWellFormed()
      ? []
      : (['CSV_ENCODING', 'half a surrogate pair'] as const)
  if (code === undefined) return text
  throw new SourceError(
    code,
    `Row ${line}, column ${column}: the text ${JSON.stringify(text.slice(0, 60))} holds ${what}, which no cell can hold.`,
    { data: { line, column, value: text.slice(0, 60) } },
  )
}
