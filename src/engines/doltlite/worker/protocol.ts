import type { PlainError } from '../../../errors.ts'
import type { Progress } from '../../../types.ts'

/** What the client and the worker say to each other. */

export interface WorkerOptions {
  path: string
  readOnly: boolean
  /** Whether a database that is made stays without a commit of its own. */
  bare: boolean
  /** Four shared bytes: 1 asks the running call to stop. */
  aborted: SharedArrayBuffer
  /** Whether to check that no acknowledged commit was lost. */
  check: boolean
}

export interface WorkerCall {
  name: string
  args: unknown[]
}

export interface WorkerAnswer {
  result?: unknown
  error?: PlainError
  progress?: Progress
}

/**
 * The memory of a page of text, which is moved instead of copied if the text has it for itself. A piece of Node's pool never
 * fills half of it, and the pool may not be moved.
 */
export function handedOver({ result }: WorkerAnswer): ArrayBuffer[] {
  const bytes = (result as { bytes?: unknown } | undefined)?.bytes
  if (!(bytes instanceof Uint8Array) || !(bytes.buffer instanceof ArrayBuffer)) return []
  return bytes.length > bytes.buffer.byteLength / 2 ? [bytes.buffer] : []
}
