import { readSync } from 'node:fs'
import { DoltflowError, toPlain } from '../errors.ts'
import { guardProcess } from '../system/guard.ts'
import type { CellBatch } from './format.ts'
import { unexpected, valuesOf } from './job-values.ts'
import { PIECE_BYTES, type Job, type Message, type Request } from './protocol.ts'

/* Files are read and written in this process, which is a job's own: they can't be trusted, and what runs out of memory ends it alone. */

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
      say({ error: toPlain(error instanceof DoltflowError ? error : unexpected(error, job)) }),
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
  values ??= valuesOf(job, input)[Symbol.asyncIterator]()
  const { value, done } = await values.next()
  tidy(bytesOf(value))
  say(done ? { done: true } : { value })
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
