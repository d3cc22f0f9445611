import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { open as openFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { isDatabaseFile } from '../engines/index.ts'
import { DoltflowError, RefusedError, UsageError } from '../errors.ts'
import type { Piece } from '../formats/format.ts'
import { shellWord } from '../model/shell-word.ts'
import { throwIfAborted, unlessAborted } from '../system/abort.ts'
import { failpoint } from '../system/failpoint.ts'
import { sweepFolder, temporaryBeside } from '../system/temporary.ts'
import { holdingErrors } from './stream.ts'

/** How many links a path may lead through, as on Linux. */
const LINKS = 40

/** Gives a file's bytes in pieces; null, which takes back all pieces before it, only if that is `revocable`. */
export type Pieces = (revocable: boolean) => AsyncIterable<Piece>

export async function toStream(pieces: Pieces, stream: Writable, signal: AbortSignal | undefined): Promise<boolean> {
  if (typeof stream?.write !== 'function')
    throw new UsageError('USAGE', 'A load goes to a path or to a writable stream.')
  await holdingErrors([stream], async () => {
    for await (const piece of pieces(false)) await unlessAborted(signal, writePiece(stream, piece!))
  })
  return true
}

/** Writes one piece; a stream that is closed meanwhile would never answer. */
function writePiece(stream: Writable, piece: Uint8Array): Promise<void> {
  return new Promise((done, failed) => {
    const fail = (cause?: Error | null): void => failed(streamFailed(stream.errored ?? cause))
    const closed = (): void => fail()
    stream.once('close', closed)
    try {
      stream.write(piece, (error) => {
        stream.off('close', closed)
        if (error) fail(error)
        else done()
      })
    } catch (error) {
      fail(error as Error)
    }
  })
}

function streamFailed(cause: unknown): DoltflowError {
  const reason = cause instanceof Error ? `failed: ${cause.message}` : 'was closed before the load had ended'
  return new DoltflowError('IO_FAILED', `The stream that the load writes to ${reason}.`, { cause })
}

/** A file that is written, but not yet in its place. */
export interface Written {
  /** Whether it is to be put there: false if the file has these bytes already and is to be left alone. */
  changed: boolean
  /** Puts it in its place, in one step. */
  replace(): Promise<void>
  /** Removes what was written and is not in its place. */
  discard(): Promise<void>
}

/**
 * Writes beside a file.
 * @throws {RefusedError} TARGET_REFUSED for a database's own file
 */
export async function writeBeside(
  pieces: Pieces,
  path: string,
  { ifChanged, signal }: { ifChanged?: boolean | undefined; signal?: AbortSignal | undefined },
): Promise<Written> {
  const target = await placeOf(path)
  const there = await stat(target).catch(() => undefined)
  if (there?.isDirectory())
    throw new DoltflowError('IO_FAILED', `${path} can't be written: ${REASONS['EISDIR']}.`, { data: { path } })
  if (isDatabaseFile(target))
    throw new RefusedError(
      'TARGET_REFUSED',
      `${path} belongs to a database, which a load would overwrite. Name another file.`,
      { data: { path } },
    )
  // A pipe or a device is written to; put in its place, a file would be the end of it. So is what is open already.
  const descriptor = descriptorOf(path)
  if (descriptor !== undefined || (there && !there.isFile())) {
    const stream = createWriteStream(path, descriptor === undefined ? {} : { fd: descriptor, autoClose: false })
    await toStream(pieces, stream, signal).catch((error: unknown) => {
      throw asIoError(error instanceof DoltflowError ? (error.cause ?? error) : error, path)
    })
    return { changed: true, replace: async () => {}, discard: async () => {} }
  }
  const temporary = temporaryBeside(target)
  const discard = (): Promise<void> => rm(temporary, { force: true }).catch(() => {})
  try {
    sweepFolder(dirname(target))
    await writeFile(pieces(true), temporary, there?.mode)
    const changed = !ifChanged || !(await sameBytes(temporary, target))
    const replace = async (): Promise<void> => {
      if (!changed) return
      throwIfAborted(signal)
      failpoint('load-written')
      await rename(temporary, target).catch((error: unknown) => {
        throw asIoError(error, path)
      })
      failpoint('load-renamed')
    }
    return { changed, replace, discard }
  } catch (error) {
    await discard()
    throw asIoError(error, path)
  }
}

/** Where a path leads, through links, also one that leads to where nothing is yet. */
async function placeOf(path: string, links = 0): Promise<string> {
  const found = await realpath(path).catch(() => undefined)
  if (found !== undefined) return found
  const link = links < LINKS ? await readlink(path).catch(() => undefined) : undefined
  return link === undefined ? resolve(path) : placeOf(resolve(dirname(path), link), links + 1)
}

/**
 * The number of a file that this process has open, such as standard output, if a path names one: what is written
 * goes to where that stands, and what is in the file already stays.
 */
function descriptorOf(path: string): number | undefined {
  if (path === '/dev/stdout') return 1
  if (path === '/dev/stderr') return 2
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path) ?? []
  return number === undefined ? undefined : Number(number)
}

async function writeFile(pieces: AsyncIterable<Piece>, path: string, mode: number | undefined): Promise<void> {
  let file = await openFile(path, 'wx', mode)
  try {
    for await (const piece of pieces) {
      if (piece) await file.writeFile(piece)
      else {
        await file.close()
        file = await openFile(path, 'w')
      }
      failpoint('load-half')
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

async function sameBytes(path: string, other: string): Promise<boolean> {
  const [mine, theirs] = await Promise.all([stat(path), stat(other).catch(() => undefined)])
  if (!theirs?.isFile() || theirs.size !== mine.size) return false
  const chunks = createReadStream(other, { highWaterMark: 1 << 20 })[Symbol.asyncIterator]()
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const next = await chunks.next()
    if (next.done || !(chunk as Buffer).equals(next.value as Buffer)) return false
  }
  return true
}

/** What the system's codes mean for a file that is written. */
const REASONS: Record<string, string> = {
  ENOENT: 'there is no such folder',
  EACCES: 'permission is denied',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system may only be read',
}

function asIoError(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (error instanceof DoltflowError || typeof code !== 'string') return error
  const folder = dirname(path)
  const advice =
    code === 'ENOENT' && !existsSync(folder)
      ? `Make it first: mkdir -p ${shellWord(folder)}`
      : 'Nothing was written; a file that was there is as it was.'
  return new DoltflowError('IO_FAILED', `${path} can't be written: ${REASONS[code] ?? message}. ${advice}`, {
    data: { path, reason: code },
    cause: error,
    retryable: code === 'ENOSPC' || code === 'EIO',
  })
}
