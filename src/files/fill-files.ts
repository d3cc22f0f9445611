import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from '../engines/engine.ts'
import { DoltflowError, SourceError } from '../errors.ts'
import type { CellBatch, TextReadOptions } from '../formats/format.ts'
import { fileBytes, unpack } from '../formats/gzip.ts'
import type { Format } from '../formats/index.ts'
import { runJob } from '../formats/job.ts'
import { markedText } from '../spelling.ts'
import { sweepFolder, temporaryBeside } from '../system/temporary.ts'
import type { ColumnType } from '../types.ts'
import { hashFiles, identitiesOf, type HashedFiles } from './hash-files.ts'

/** How a source is read, beside the text options that the stage has. */
export interface SourceOptions {
  /** Of each file, or of the stream. */
  formats: readonly Format[]
  text: TextReadOptions | undefined
  sheet: string | number | undefined
  /** What the columns are of a file that can't say so itself. */
  declared?: Readonly<Record<string, ColumnType>> | undefined
  signal: AbortSignal | undefined
  /** Whether the files can be trusted, and are read in this process. */
  inProcess: boolean | undefined
  /** What the files were, if they were hashed ahead. */
  hashed: Promise<HashedFiles> | undefined
}

/**
 * Reads files of one header into a stage.
 * @returns the sha256 of their bytes, if the stage doesn't see them
 * @throws {SourceError} FORMAT_INVALID, FORMAT_LIMIT
 * @throws {NotFoundError} SHEET_NOT_FOUND
 * @throws {DoltflowError} IO_FAILED for a file that is changed meanwhile
 */
export async function fillFiles(
  session: Session,
  stage: number,
  paths: readonly string[],
  options: SourceOptions,
): Promise<string | undefined> {
  const { formats } = options
  const isPlain = formats.every(({ text, gzip }) => text && !gzip)
  const isFile = await Promise.all(paths.map(async (path) => (await stat(path)).isFile()))
  // What the stage sees of the others are not their bytes. What is no file can be read only once.
  const known = !isPlain && isFile.every(Boolean)
  const ahead = known ? await options.hashed : undefined
  const hashed = ahead?.sha256 === undefined && known ? await hashFiles(paths, options.signal) : ahead
  let columns: string[] | undefined
  for (const [index, path] of paths.entries()) {
    const format = formats[index]!
    if (!format.text && !isFile[index])
      await fillSpooled(session, stage, createReadStream(path), { ...options, formats: [format] })
    else if (!format.text)
      columns = await ofFile(path, fillCells(session, stage, path, format, options, { path, columns }))
    else if (format.gzip) await ofFile(path, fillBytes(session, stage, fileBytes(path, true)))
    else await session.stageFile(stage, path)
  }
  if (hashed) requireSame(paths, hashed.identities, await identitiesOf(paths))
  return hashed?.sha256
}

async function fillCells(
  session: Session,
  stage: number,
  path: string,
  { name, gzip }: Format,
  { text, sheet, declared, signal, inProcess }: SourceOptions,
  { path: shown, columns }: { path?: string; columns?: string[] | undefined },
): Promise<string[] | undefined> {
  const { nulls, header } = text ?? {}
  const options = { gzip, ...given({ nulls, header, sheet, columns }) }
  let found: string[] | undefined
  for await (const batch of runJob<CellBatch>({ kind: 'read', format: name, path, options }, { signal, inProcess })) {
    const types = batch.types ?? (declared && batch.columns.map((column) => own(declared, column) ?? 'any'))
    await session.stageCells(stage, { ...batch, types }, shown)
    found = batch.columns
  }
  await session.stageEnd(stage)
  return found
}

/** A column may be called `__proto__`. */
function own<T>(members: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined
}

function given<T extends object>(options: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}

/**
 * Reads bytes of a format that is read from its end, or twice: they are kept in a temporary file meanwhile.
 * @returns the sha256 of the bytes
 */
export async function fillSpooled(
  session: Session,
  stage: number,
  bytes: AsyncIterable<Uint8Array>,
  options: SourceOptions,
): Promise<string | undefined> {
  sweepFolder(tmpdir())
  const path = temporaryBeside(join(tmpdir(), 'source'))
  try {
    await writeFile(path, bytes, { mode: 0o600 })
    await fillCells(session, stage, path, options.formats[0]!, options, {})
    return (await hashFiles([path], options.signal)).sha256
  } finally {
    await rm(path, { force: true })
  }
}

/** Reads packed bytes of delimited text. @returns their sha256 */
export async function fillPacked(session: Session, stage: number, bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const digest = createHash('sha256')
  async function* seen(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      digest.update(chunk)
      yield chunk
    }
  }
  await fillBytes(session, stage, unpack(seen()))
  return digest.digest('hex')
}

/** Reads the bytes of one source of delimited text. */
export async function fillBytes(session: Session, stage: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) await session.stageBytes(stage, chunk)
  await session.stageEnd(stage)
}

/** What is wrong with a file is told with its path. */
async function ofFile<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof SourceError) || error.data['path'] !== undefined) throw error
    throw new SourceError(error.code, `${path}: ${markedText(error)}`, { data: { ...error.data, path } })
  }
}

/** @throws {DoltflowError} IO_FAILED */
function requireSame(paths: readonly string[], before: string[], after: string[]): void {
  const changed = paths.find((_, index) => before[index] !== after[index])
  if (changed === undefined) return
  throw new DoltflowError('IO_FAILED', `${changed} was changed while it was read. Nothing was saved; save it again.`, {
    data: { path: changed },
    retryable: true,
  })
}
