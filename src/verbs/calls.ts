import { setMaxListeners } from 'node:events'
import { databaseClosed } from '../engines/refusals.ts'
import { AbortedError, DoltflowError } from '../errors.ts'
import { waitUnheld } from '../system/wait.ts'
import type { CallShape } from './arguments/call-shape.ts'
import { checkArguments } from './arguments/check.ts'

/** How long, in ms, a close that aborts waits for what runs: a callback that never answers doesn't hold it up. */
const STOP_MS = 1000

/** The calls of one opened database. Each is checked before it begins; a close waits for those that run. */
export class Calls {
  readonly #location: string
  readonly #running = new Set<Promise<unknown>>()
  readonly #stop = new AbortController()
  #closing: Promise<void> | undefined

  constructor(location: string) {
    this.#location = location
    // Each call that runs listens.
    setMaxListeners(0, this.#stop.signal)
  }

  /** Stops what runs, for a close that doesn't wait. */
  get stop(): AbortSignal {
    return this.#stop.signal
  }

  /**
   * Does a call's work.
   * @throws {UsageError} OPTION_INVALID, USAGE for what the call is given @throws {DoltflowError} CLOSED
   */
  async run<T>(call: CallShape, given: readonly unknown[], work: () => Promise<T>): Promise<T> {
    this.#begin(call, given)
    return await this.#track(coded(call, given, work))
  }

  /** Gives what a call finds one by one; it runs from the first to the last of it. @throws as `run` */
  async *stream<T>(call: CallShape, given: readonly unknown[], work: () => AsyncIterable<T>): AsyncGenerator<T, void> {
    this.#begin(call, given)
    let end = (): void => {}
    void this.#track(new Promise<void>((resolve) => (end = resolve)))
    try {
      yield* work()
    } catch (error) {
      throw withCode(call, given, error)
    } finally {
      end()
    }
  }

  /**
   * Refuses further calls, waits for those that run, and ends.
   * @param abort stop what runs instead of waiting for it
   */
  close(end: () => Promise<void>, { abort = false }: { abort?: boolean } = {}): Promise<void> {
    if (abort) this.#stop.abort()
    const done = Promise.allSettled(this.#running)
    const patience = abort ? waitUnheld(STOP_MS) : done
    this.#closing ??= Promise.race([done, patience]).then(end)
    return this.#closing
  }

  #begin(call: CallShape, given: readonly unknown[]): void {
    checkArguments(call, given)
    if (this.#closing) throw databaseClosed(this.#location)
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    const done = (): void => void this.#running.delete(work)
    work.then(done, done)
    return work
  }
}

/** What callers' own functions threw. */
const callersOwn = new WeakSet<object>()

/** A caller's function whose errors leave as they are. */
export function asIs<Given extends unknown[], T>(
  work: (...given: Given) => Promise<T>,
): (...given: Given) => Promise<T> {
  return async (...given) => {
    try {
      return await work(...given)
    } catch (error) {
      if (typeof error === 'object' && error !== null) callersOwn.add(error)
      throw error
    }
  }
}

async function coded<T>(call: CallShape, given: readonly unknown[], work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw withCode(call, given, error)
  }
}

/** No error leaves without a class and a code: what nobody foresaw is UNEXPECTED. */
function withCode(call: CallShape, given: readonly unknown[], cause: unknown): unknown {
  if (callersOwn.has(Object(cause) as object)) return cause
  if (cause instanceof DoltflowError) return cause.code === 'ABORTED' ? withReason(cause, given) : cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new DoltflowError('UNEXPECTED', `${call} failed, and doltflow doesn't know why: ${reason}.`, { cause })
}

/** What engines know an abort by, wherever it was raised: its class, and the reason of the signal that was given. */
function withReason(error: DoltflowError, given: readonly unknown[]): DoltflowError {
  const { signal } = Object(given.at(-1)) as { signal?: AbortSignal }
  if (error instanceof AbortedError && error.cause !== undefined) return error
  const cause = error.cause ?? (signal?.aborted ? (signal.reason as unknown) : undefined)
  return new AbortedError('ABORTED', error.message, { data: error.data, retryable: error.retryable, cause })
}
