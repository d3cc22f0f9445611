import { stat } from 'node:fs/promises'
import { DoltflowError, SourceError } from '../errors.ts'
import { csvSpans } from './csv/index.ts'
import type { CellBatch, CellSource, Piece, SpanBatch } from './format.ts'
import { loadFormat } from './index.ts'
import { PIECE_BYTES, type Job } from './protocol.ts'

/* What a job gives, in whichever process it runs. */

/** Beyond this many cells, more of them for each byte of the file than this are taken for a bomb. Real files reach 50. */
const SUSPICIOUS_CELLS = 2 ** 26
const SUSPICIOUS_CELLS_A_BYTE = 1000

/** The text of the rows in pieces, each good until the next; `pass` (from 1) grows when it is wanted from the start again. */
export type TextInput = (pass: number) => AsyncIterable<Uint8Array>

/** A job's values, one by one: batches of cells, or pieces of a file. */
export async function* valuesOf(job: Job, input: TextInput): AsyncGenerator<unknown, void> {
  const format = await loadFormat(job.format)
  yield* job.kind === 'write'
    ? cut(format.write(source(job, input), job.options))
    : plausible(format.read(job.path, job.options), job)
}

/** What a library throws at a file that it can't make sense of. */
export function unexpected(error: unknown, job: Job): DoltflowError {
  const { code, message = String(error), syscall } = error as NodeJS.ErrnoException
  if (syscall !== undefined && job.kind === 'read')
    return new DoltflowError('IO_FAILED', `${job.path} can't be read: ${message}.`, {
      data: { path: job.path, reason: code },
    })
  if (code === 'ERR_MODULE_NOT_FOUND') {
    const name = /package '([^']+)'/.exec(message)?.[1] ?? message
    return new DoltflowError(
      'PACKAGE_MISSING',
      `The format ${job.format} needs the package ${name}, which comes with doltflow and isn't there. Install doltflow again.`,
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

/** Nobody is to hold a whole row group, and more than once, on its way through. */
async function* cut(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  for await (const piece of pieces)
    if (piece) for (let at = 0; at < piece.length; at += PIECE_BYTES) yield piece.subarray(at, at + PIECE_BYTES)
    else yield null
}

/** A few bytes can say that they are 2^40 empty rows. @throws {SourceError} FORMAT_LIMIT */
async function* plausible(
  batches: AsyncIterable<CellBatch>,
  { path, format }: Job & { kind: 'read' },
): AsyncGenerator<CellBatch> {
  const { size } = await stat(path)
  let cells = 0
  for await (const batch of batches) {
    cells += batch.rows * batch.columns.length
    if (cells > SUSPICIOUS_CELLS && cells > size * SUSPICIOUS_CELLS_A_BYTE)
      throw new SourceError(
        'FORMAT_LIMIT',
        `The file has more than ${SUSPICIOUS_CELLS_A_BYTE} cells for each of its ${size} bytes, as a bomb does. If that is meant, convert it to CSV with another tool.`,
        { data: { format, cells, size } },
      )
    yield batch
  }
}

/** The rows come as CSV, which every engine gives quickly. */
function source({ columns, format }: Job & { kind: 'write' }, input: TextInput): CellSource {
  let pass = 0
  async function* batches(): AsyncGenerator<SpanBatch> {
    const current = ++pass
    const reader = csvSpans()
    reader.push(Buffer.from(`${columns.map((_, index) => `c${index}`).join(',')}\n`))
    for await (const bytes of input(current)) {
      const batch = held(format, () => reader.push(bytes))
      if (batch) yield batch
    }
    const last = held(format, () => reader.end())
    if (last) yield last
  }
  return { columns, batches }
}

/** A query may give cells that no text holds. @throws {SourceError} FORMAT_CANNOT_HOLD */
function held<T>(format: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof SourceError) || (error.code !== 'CSV_NUL' && error.code !== 'CSV_ENCODING')) throw error
    const what = error.code === 'CSV_NUL' ? 'a NUL character' : 'bytes that are no UTF-8 text'
    const row = Number(error.data['line']) - 1
    throw new SourceError(
      'FORMAT_CANNOT_HOLD',
      `About row ${row}: a cell holds ${what}, which ${format} can't. Leave it out of the query, or make it text there, as with hex(…).`,
      { data: { format, row } },
    )
  }
}
