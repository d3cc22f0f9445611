import { readSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { DoltflowError, SourceError, toPlain } from '../errors.ts'
import { guardProcess } from '../system/guard.ts'
import { csvSpans } from './csv/index.ts'
import type { CellBatch, CellSource, Piece, SpanBatch } from './format.ts'
import { loadFormat, packagesOf } from './index.ts'
import { installLine } from './install-line.ts'
import { PIECE_BYTES, type Job, type Message, type Request } from './protocol.ts'

/* Files are read and written in this process, which is a job's own: they can't be trusted, and what runs out of memory ends it alone. */

/** Beyond this many cells, more of them for each byte of the file than this are taken for a bomb. Real files reach 50. */
const SUSPICIOUS_CELLS = 2 ** 26
const SUSPICIOUS_CELLS_A_BYTE = 1000

/** How many pieces of the rows' text are asked for ahead. */
const PIECES_AHEAD = 8

const STANDARD_INPUT = 0
const TIDY_BYTES = 2 ** 24

let job: Job
const inputWaits: ((length: number) => void)[] = []
let values: AsyncIterator<unknown> | undefined

process.on('message', (request: Request) => {
  if ('job' in request) begin(request)
  else if ('input' in request) inputWaits.shift()!(request.input)
  else
    next().catch((error: unknown) =>
      say({ error: toPlain(error instanceof DoltflowError ? error : unexpected(error)) }),
    )
})
process.on('disconnect', () => process.exit())
// Whoever is interrupted ends this process, too; until then it has nothing to say.
process.on('SIGINT', () => {})

/** A first pass over a large file gives nothing for long, but lets others speak. */
const ALIVE_MS = 5000

function begin(request: Extract<Request, { job: Job }>): void {
  job = request.job
  setInterval(() => say({ alive: true }), ALIVE_MS).unref()
  guardProcess(request.memoryMb)
}

async function next(): Promise<void> {
  values ??= (await start())[Symbol.asyncIterator]()
  const { value, done } = await values.next()
  tidy(bytesOf(value))
  say(done ? { done: true } : { value })
}

async function start(): Promise<AsyncIterable<unknown>> {
  const format = await loadFormat(job.format)
  if (job.kind === 'write') return cut(format.write(source(job.columns), job.options))
  return plausible(format.read(job.path, job.options), job.path)
}

/** Nobody is to hold a whole row group, and more than once, on its way through. */
async function* cut(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  for await (const piece of pieces)
    if (piece) for (let at = 0; at < piece.length; at += PIECE_BYTES) yield piece.subarray(at, at + PIECE_BYTES)
    else yield null
}

/** A few bytes can say that they are 2^40 empty rows. @throws {SourceError} FORMAT_LIMIT */
async function* plausible(batches: AsyncIterable<CellBatch>, path: string): AsyncGenerator<CellBatch> {
  const { size } = await stat(path)
  let cells = 0
  for await (const batch of batches) {
    cells += batch.rows * batch.columns.length
    if (cells > SUSPICIOUS_CELLS && cells > size * SUSPICIOUS_CELLS_A_BYTE)
      throw new SourceError(
        'FORMAT_LIMIT',
        `The file has more than ${SUSPICIOUS_CELLS_A_BYTE} cells for each of its ${size} bytes, as a bomb does. If that is meant, convert it to CSV with another tool.`,
        { data: { format: job.format, cells, size } },
      )
    yield batch
  }
}

/** The rows come as CSV, which every engine gives quickly. */
function source(columns: CellSource['columns']): CellSource {
  let pass = 0
  async function* batches(): AsyncGenerator<SpanBatch> {
    const current = ++pass
    const reader = csvSpans()
    reader.push(Buffer.from(`${columns.map((_, index) => `c${index}`).join(',')}\n`))
    for await (const bytes of input(current)) {
      const batch = held(() => reader.push(bytes))
      if (batch) yield batch
    }
    const last = held(() => reader.end())
    if (last) yield last
  }
  return { columns, batches }
}

/** A query may give cells that no text holds. @throws {SourceError} FORMAT_CANNOT_HOLD */
function held<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof SourceError) || (error.code !== 'CSV_NUL' && error.code !== 'CSV_ENCODING')) throw error
    const what = error.code === 'CSV_NUL' ? 'a NUL character' : 'bytes that are no UTF-8 text'
    const row = Number(error.data['line']) - 1
    throw new SourceError(
      'FORMAT_CANNOT_HOLD',
      `About row ${row}: a cell holds ${what}, which ${job.format} can't. Leave it out of the query, or make it text there, as with hex(…).`,
      { data: { format: job.format, row } },
    )
  }
}

/** The pieces of one pass over the text, each good until the next; these are made while this process works on one. */
async function* input(pass: number): AsyncGenerator<Uint8Array> {
  const coming = Array.from({ length: PIECES_AHEAD }, () => wanted(pass))
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES)
  for (let length = await coming.shift(); length; length = await coming.shift()) {
    coming.push(wanted(pass))
    for (let at = 0; at < length;) {
      const read = readSync(STANDARD_INPUT, buffer, at, length - at, null)
      // Whoever had the other end is gone.
      if (read === 0) process.exit()
      at += read
    }
    yield buffer.subarray(0, length)
    tidy(length)
  }
  await Promise.all(coming)
}

function wanted(pass: number): Promise<number> {
  return new Promise((resolve) => {
    inputWaits.push(resolve)
    say({ want: { pass } })
  })
}

let untidy = 0

/**
 * Frees buffers that nobody has any more, each time that so many bytes went through: V8 has few objects to collect here and so
 * seldom does it, whatever they hold.
 */
function tidy(bytes: number): void {
  untidy += bytes
  if (untidy < TIDY_BYTES) return
  untidy = 0
  gc!()
}

function bytesOf(value: unknown): number {
  return value instanceof Uint8Array ? value.length : ((value as CellBatch | undefined)?.bytes.length ?? 0)
}

function say(message: Message): void {
  process.send!(message)
}

/** What a library throws at a file that it can't make sense of. */
function unexpected(error: unknown): DoltflowError {
  const { code, message = String(error), syscall } = error as NodeJS.ErrnoException
  if (syscall !== undefined && job.kind === 'read')
    return new DoltflowError('IO_FAILED', `${job.path} can't be read: ${message}.`, {
      data: { path: job.path, reason: code },
    })
  if (code === 'ERR_MODULE_NOT_FOUND') {
    const name = /package '([^']+)'/.exec(message)?.[1] ?? message
    return new DoltflowError(
      'PACKAGE_MISSING',
      `The format ${job.format} needs the package ${name}, which is not installed beside doltflow. Install it there: ${installLine(packagesOf(job.format) ?? [name])}`,
      { data: { format: job.format, package: name } },
    )
  }
  if (job.kind === 'write')
    return new DoltflowError('ENGINE_FAILED', `The ${job.format} file can't be made: ${message}`, {
      data: { format: job.format },
    })
  return new SourceError(
    'FORMAT_INVALID',
    `The file can't be read as ${job.format}: ${message}. Is it whole, and of that format?`,
    { data: { format: job.format, reason: message } },
  )
}
