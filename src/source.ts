import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { NotFoundError, UsageError } from './errors.ts'
import type { Session } from './engines/engine.ts'
import type { Row } from './types.ts'

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
    if (source.protocol === 'file:') return [decodeURIComponent(source.pathname)]
    throw new UsageError('URL_INVALID', `A source is a file, not ${source.protocol} URLs. Fetch it first.`)
  }
  return Array.isArray(source) ? (source as string[]) : undefined
}

/** @throws {NotFoundError} FILE_NOT_FOUND */
export async function requireFiles(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) throw new UsageError('USAGE', 'A save needs at least one file.')
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined)
    if (!found) throw new NotFoundError('FILE_NOT_FOUND', `There is no file ${path}.`, { data: { path } })
    if (found.isDirectory())
      throw new NotFoundError('FILE_NOT_FOUND', `${path} is a folder, not a file.`, { data: { path } })
  }
}

/** Reads a whole source into a stage. A signal stops it even while it waits for a stream. */
export async function fillStage(session: Session, stage: number, source: Source, signal?: AbortSignal): Promise<void> {
  const paths = pathsOf(source)
  if (paths) {
    for (const path of paths) await session.stageFile(stage, path)
  } else if (typeof source === 'object' && 'rows' in source)
    await fillRows(session, stage, { ...source, rows: until(source.rows, signal) })
  else await fillBytes(session, stage, until(source as AsyncIterable<Uint8Array | string>, signal))
}

/** sha256 of files' bytes, one after the other: what a stage gives as its own. */
export async function hashFiles(paths: readonly string[]): Promise<string> {
  const digest = createHash('sha256')
  for (const path of paths)
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(chunk as Buffer)
  return digest.digest('hex')
}

/** The parts of a stream, until the signal says stop: also where the next one never comes. */
async function* until<T>(parts: Iterable<T> | AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  if (!signal || !(Symbol.asyncIterator in parts)) return yield* parts
  const iterator = parts[Symbol.asyncIterator]()
  try {
    for (;;) {
      const part = await nextOrAbort(iterator, signal)
      if (part.done) return
      yield part.value
    }
  } finally {
    // A stream that is waited for would not answer.
    void iterator.return?.().catch(() => {})
  }
}

function nextOrAbort<T>(iterator: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const abort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}

async function fillBytes(session: Session, stage: number, source: AsyncIterable<Uint8Array | string>): Promise<void> {
  for await (const chunk of source)
    await session.stageBytes(stage, typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  await session.stageEnd(stage)
}

async function fillRows(session: Session, stage: number, { rows, columns }: RowSource): Promise<void> {
  let names = columns === undefined ? undefined : [...columns]
  let batch: Row[] = []
  for await (const row of rows) {
    names ??= Array.isArray(row) ? undefined : Object.keys(row)
    if (!names)
      throw new UsageError(
        'USAGE',
        'Rows given as arrays need their columns: save(table, { rows, columns: [...] }, ...).',
      )
    batch.push(cellsOf(row, names))
    if (batch.length < ROWS_A_CALL) continue
    await session.stageRows(stage, names, batch)
    batch = []
  }
  if (!names)
    throw new UsageError('USAGE', 'There is no row and no list of columns: give save(table, { rows, columns: [...] }).')
  await session.stageRows(stage, names, batch)
}

function cellsOf(row: RowLike, names: readonly string[]): Row {
  const cells = Array.isArray(row)
    ? (row as readonly unknown[])
    : names.map((name) => (row as Record<string, unknown>)[name])
  if (!Array.isArray(row)) {
    const unknown = Object.keys(row).find((name) => !names.includes(name))
    if (unknown !== undefined)
      throw new UsageError(
        'USAGE',
        `A row has the column ${unknown}, which the first row has not. Give all columns: save(table, { rows, columns: [...] }).`,
        {
          data: { column: unknown, columns: names },
        },
      )
  } else if (cells.length !== names.length)
    throw new UsageError('USAGE', `A row has ${cells.length} cells for ${names.length} columns.`, {
      data: { columns: names },
    })
  return cells.map(plain)
}

/** What a worker can be sent. */
function plain(value: unknown): Row[number] {
  if (value === undefined || value === null) return null
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object') return JSON.stringify(value)
  if (typeof value === 'boolean') return String(value)
  return value as Row[number]
}
