import { existsSync, statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { asIoError, toPlain } from '../../../errors.ts'
import { INTERNAL_PREFIX } from '../../../model/names.ts'
import { aborted } from '../../../system/abort.ts'
import { Connection } from '../connection/connection.ts'
import { createDatabase } from '../connection/create-database.ts'
import { acceptHeads, checkHeads, refuseLost, readHeads } from '../connection/heads.ts'
import { Presence } from '../connection/presence.ts'
import { WriteLock } from '../connection/write-lock.ts'
import { CALLS } from './calls.ts'
import { operations, type Operations } from './operations.ts'
import type { WorkerAnswer, WorkerCall, WorkerOptions } from './protocol.ts'

/*
 * The embedded engine's calls block, so they are made here: the caller's thread stays free. One worker is one
 * connection and does one call at a time.
 */

const port = parentPort!
const { path, readOnly, aborted: abortedFlag, bare, check } = workerData as WorkerOptions
const flag = new Int32Array(abortedFlag)
const REPORT_MS = 100
const lock = new WriteLock(path)
const presence = new Presence(path)

let connection: Connection | undefined
let all: Operations | undefined
let lastReport = 0

function start(): Operations {
  const heads = check ? readHeads(path) : undefined
  if (heads) refuseLost(path, heads)
  if (!bare) createDatabase(path)
  connection = new Connection(path, { readOnly })
  try {
    if (heads) checkHeads(heads, connection)
  } catch (error) {
    connection.close()
    throw error
  }
  return operations(connection, presence, (progress) => {
    if (Atomics.load(flag, 0) === 1) throw aborted()
    if (Date.now() - lastReport < REPORT_MS) return
    lastReport = Date.now()
    port.postMessage({ progress } satisfies WorkerAnswer)
  })
}

/** Makes the database first: what it is made of must not look like that of a process that is gone. */
function begin(): Operations {
  presence.show()
  return start()
}

function answer(call: WorkerCall): unknown {
  all ??= existsSync(path) && statSync(path).size > 0 ? start() : lock.hold(begin)
  if (call.name === 'accept')
    return acceptHeads(
      path,
      all.branches().filter(({ name }) => !name.startsWith(INTERNAL_PREFIX)),
    )
  const operation = all[call.name as keyof Operations] as (...args: unknown[]) => unknown
  const work = (): unknown => {
    if (call.name !== 'end') connection!.followFile()
    return operation.apply(all, call.args)
  }
  if (call.name === 'end') {
    lock.close()
    presence.close()
  }
  return CALLS[call.name as keyof typeof CALLS] === 'write' ? lock.hold(work) : work()
}

port.on('message', (call: WorkerCall) => {
  try {
    const result = answer(call)
    port.postMessage({ result } satisfies WorkerAnswer, handedOver(result))
  } catch (error) {
    port.postMessage({ error: toPlain(asIoError(error, path)) } satisfies WorkerAnswer)
  }
})

/**
 * The memory of a page of text, which is moved instead of copied if the text has it for itself. A piece of Node's pool never
 * fills half of it, and the pool may not be moved.
 */
function handedOver(result: unknown): ArrayBuffer[] {
  const bytes = (result as { bytes?: unknown } | undefined)?.bytes
  if (!(bytes instanceof Uint8Array) || !(bytes.buffer instanceof ArrayBuffer)) return []
  return bytes.length > bytes.buffer.byteLength / 2 ? [bytes.buffer] : []
}
