import { parentPort, workerData } from 'node:worker_threads'
import { DoltflowError } from '../../errors.ts'
import { Connection } from './connection.ts'
import { acceptHeads, checkHeads } from './heads.ts'
import { operations, type Operations } from './operations.ts'
import type { Answer, Call, WorkerOptions } from './protocol.ts'

/*
 * The embedded engine's calls block, so they are made here: the caller's thread stays free. One worker is one
 * connection and does one call at a time.
 */

const port = parentPort!
const { path, readOnly, aborted, check } = workerData as WorkerOptions
const flag = new Int32Array(aborted)
const REPORT_MS = 100

let connection: Connection | undefined
let all: Operations | undefined
let lastReport = 0

function start(): Operations {
  connection = new Connection(path, { readOnly })
  if (check) checkHeads(path, connection)
  return operations(connection, (progress) => {
    if (Atomics.load(flag, 0) === 1)
      throw new DoltflowError('ABORTED', 'The call was aborted; nothing was changed.', { retryable: true })
    if (Date.now() - lastReport < REPORT_MS) return
    lastReport = Date.now()
    port.postMessage({ progress } satisfies Answer)
  })
}

function answer(call: Call): unknown {
  all ??= start()
  if (call.name === 'accept') return acceptHeads(path, all.branches().filter(({ name }) => !name.startsWith('doltflow/')))
  const operation = all[call.name as keyof Operations] as (...args: unknown[]) => unknown
  return operation.apply(all, call.args)
}

port.on('message', (call: Call) => {
  try {
    const result = answer(call)
    const bytes = (result as { bytes?: unknown } | undefined)?.bytes
    port.postMessage({ result } satisfies Answer, bytes instanceof Uint8Array ? owned(bytes) : [])
  } catch (error) {
    port.postMessage({ error: plainError(error) } satisfies Answer)
  }
})

/** What may be moved instead of copied: memory that nothing else lies in. */
function owned(bytes: Uint8Array): ArrayBuffer[] {
  const { buffer } = bytes
  return buffer instanceof ArrayBuffer && buffer.byteLength > 65536 ? [buffer] : []
}

function plainError(error: unknown): Answer['error'] {
  if (error instanceof DoltflowError) return { name: error.name, ...error.toJSON() }
  const { message, stack, code } = error as NodeJS.ErrnoException
  return { name: 'Error', message, ...(stack === undefined ? {} : { stack }), ...(code === undefined ? {} : { code }) }
}
