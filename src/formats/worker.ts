import { parentPort, workerData } from 'node:worker_threads'
import { DoltflowError, SourceError } from '../errors.ts'
import { csvSpans } from './csv/index.ts'
import type { CellBatch, CellSource, SpanBatch } from './format.ts'
import { loadFormat, packagesOf } from './index.ts'
import type { Answer, Job, PlainError, Request } from './protocol.ts'

/* Files are read and written here, since they can't be trusted: a worker that runs out of memory, or fails in a way that nobody foresaw, ends alone. */

const port = parentPort!
const job = workerData as Job
let inputWaits: ((bytes: Uint8Array | undefined) => void) | undefined
let values: AsyncIterator<unknown> | undefined

port.on('message', (request: Request) => {
  if ('input' in request) return inputWaits!(request.input)
  next().catch((error: unknown) => say({ error: plainError(error) }))
})

async function next(): Promise<void> {
  values ??= (await start())[Symbol.asyncIterator]()
  const { value, done } = await values.next()
  if (done) say({ done: true })
  else say({ value }, buffersOf(value))
}

async function start(): Promise<AsyncIterable<unknown>> {
  const format = await loadFormat(job.format)
  return job.kind === 'read' ? format.read(job.path, job.options) : format.write(source(job), job.options)
}

/** The rows come as CSV, which every engine gives quickly. */
function source({ columns }: Extract<Job, { kind: 'write' }>): CellSource {
  let pass = 0
  async function* batches(): AsyncGenerator<SpanBatch> {
    const current = ++pass
    const reader = csvSpans()
    reader.push(Buffer.from(`${columns.map((_, index) => `c${index}`).join(',')}\n`))
    for (let bytes = await wanted(current); bytes; bytes = await wanted(current)) {
      const batch = reader.push(bytes)
      if (batch) yield batch
    }
    const last = reader.end()
    if (last) yield last
  }
  return { columns, batches }
}

function wanted(pass: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    inputWaits = resolve
    say({ want: { pass } })
  })
}

function say(answer: Answer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(answer, transfer)
}

/** What may be moved instead of copied: memory that nothing else lies in. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const { bytes, spans } = (value instanceof Uint8Array ? { bytes: value } : value) as Partial<CellBatch>
  return [bytes, spans].flatMap((view) => {
    const whole = view && view.byteLength > 16_384 && view.byteLength === view.buffer.byteLength
    return whole && view.buffer instanceof ArrayBuffer ? [view.buffer] : []
  })
}

function plainError(error: unknown): PlainError {
  const known = error instanceof DoltflowError ? error : unexpected(error)
  return { name: known.name, ...known.toJSON() }
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
      `The format ${job.format} needs the package ${name}, which is not installed. Install it with: npm install ${(packagesOf(job.format) ?? [name]).join(' ')}`,
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
    {
      data: { format: job.format, reason: message },
    },
  )
}
