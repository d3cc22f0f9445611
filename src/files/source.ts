import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Session } from '../engines/engine.ts'
import { NotFoundError, UsageError } from '../errors.ts'
import type { TextReadOptions } from '../formats/format.ts'
import { checkReadOptions, formatOf, type Format } from '../formats/index.ts'
import { untilAborted } from '../system/abort.ts'
import { fillBytes, fillFiles, fillPacked, fillSpooled, type SourceOptions } from './fill-files.ts'
import { fillRows, type RowLike, type RowSource } from './rows.ts'
import { bytesOf, isBytes, readSource } from './stream.ts'

/**
 * Where a save reads from: a path or several paths of one header; a stream of bytes or text (Node's, the web's, an
 * async iterable); or rows: an array, an iterable or an async iterable of objects, or `{ rows, columns }`.
 */
export type Source =
  | string
  | URL
  | readonly string[]
  | AsyncIterable<Uint8Array | string>
  | ReadableStream<Uint8Array>
  | Iterable<RowLike>
  | AsyncIterable<RowLike>
  | RowSource

/** A source whose kind is known. */
export type OpenSource = { paths: readonly string[] } | { bytes: AsyncIterable<Uint8Array> } | RowSource

/** The paths of a source; undefined for a stream or rows. @throws {UsageError} USAGE, URL_INVALID for what is no source */
export function pathsOf(source: Source): string[] | undefined {
  if (typeof source === 'string') return [source]
  if (source instanceof URL) {
    if (source.protocol === 'file:') return [pathOf(source)]
    throw new UsageError('URL_INVALID', `A source is a file, not ${source.protocol} URLs. Fetch it first.`)
  }
  if (Array.isArray(source) && source.length === 0)
    throw new UsageError(
      'USAGE',
      'The source is an empty list: neither files nor rows. To save no rows, give { rows: [], columns: [...] }.',
    )
  if (Array.isArray(source) && source.every((path) => typeof path === 'string')) return source
  if (isRowSource(source) || isRowList(source) || isIterable(source, Symbol.asyncIterator)) return undefined
  throw new UsageError(
    'USAGE',
    `A save reads a path, several paths, a stream of bytes, or rows, and this is ${Object.prototype.toString.call(source).slice(8, -1)}.`,
  )
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new UsageError(
      'URL_INVALID',
      `The source ${url.href} is no file of this machine: ${(cause as Error).message}.`,
      { cause },
    )
  }
}

/** Looks what a source gives first: an async iterable of objects is rows, one of bytes or text is a file's content. */
export async function openSource(source: Source, signal: AbortSignal | undefined): Promise<OpenSource> {
  const paths = pathsOf(source)
  if (paths) return { paths }
  if (isRowSource(source)) return { ...source, rows: toldRows(source.rows) }
  if (isRowList(source)) return { rows: source }
  const items = untilAborted(signal, readSource(source as AsyncIterable<unknown>, destroyOf(Object(source))))
  const first = await items.next()
  if (first.done || isBytes(first.value)) return { bytes: bytesOf(from(first, items)) }
  return { rows: from(first, items) as AsyncIterable<RowLike> }
}

/** Only an async source fails apart from its reader. */
function toldRows(rows: RowSource['rows']): RowSource['rows'] {
  return Symbol.asyncIterator in rows ? readSource(rows, destroyOf(rows)) : rows
}

/** A Node stream that is not read to its end is told so. */
function destroyOf(source: object): (() => void) | undefined {
  return 'destroy' in source && typeof source.destroy === 'function'
    ? () => void (source.destroy as () => void)()
    : undefined
}

async function* from<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  if (first.done) return
  try {
    yield first.value
    yield* rest
  } finally {
    await rest.return()
  }
}

function isRowSource(source: unknown): source is RowSource {
  if (typeof source !== 'object' || source === null || !('rows' in source)) return false
  return isIterable(source.rows, Symbol.iterator) || isIterable(source.rows, Symbol.asyncIterator)
}

/** Rows given as they are: an array or another iterable, but for those that hold something else. */
function isRowList(source: unknown): source is Iterable<RowLike> {
  const holdsOther = source instanceof Map || source instanceof URLSearchParams || ArrayBuffer.isView(source)
  if (!isIterable(source, Symbol.iterator) || holdsOther || isIterable(source, Symbol.asyncIterator)) return false
  return !Array.isArray(source) || source.every((row) => typeof row === 'object' && row !== null && !isBytes(row))
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
  source: OpenSource,
  { format, text, sheet }: { format?: string; text?: TextReadOptions; sheet?: string | number },
): Format[] {
  if ('rows' in source) return []
  const formats = ('paths' in source ? source.paths : [undefined]).map((path) => formatOf(format, path))
  checkReadOptions(formats, { ...text, sheet })
  const delimited = [...new Set(formats.filter((one) => one.text).map(({ name }) => name))]
  if (delimited.length < 2) return formats
  throw new UsageError(
    'OPTION_INVALID',
    `Files of one save are delimited alike, and these are ${delimited.join(' and ')}. Save them apart, or name the format of all.`,
    { data: { option: 'format', formats: delimited } },
  )
}

/**
 * Reads a whole source into a stage. A signal stops it even while it waits for a stream.
 * @returns the sha256 of its bytes, if the stage doesn't see them
 * @throws {SourceError} FORMAT_INVALID, FORMAT_LIMIT
 * @throws {NotFoundError} SHEET_NOT_FOUND
 * @throws {DoltflowError} IO_FAILED for a stream that fails
 */
export async function fillStage(
  session: Session,
  stage: number,
  source: OpenSource,
  options: SourceOptions,
): Promise<string | undefined> {
  if ('paths' in source) return fillFiles(session, stage, source.paths, options)
  if ('bytes' in source) {
    const format = options.formats[0]!
    if (!format.text) return fillSpooled(session, stage, source.bytes, options)
    if (format.gzip) return fillPacked(session, stage, source.bytes)
    await fillBytes(session, stage, source.bytes)
  } else await fillRows(session, stage, source, options.signal)
  return undefined
}
