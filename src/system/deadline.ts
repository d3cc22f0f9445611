import { DoltflowError } from '../errors.ts'

/** What stops a call: its caller's signal, or its time. */
export interface Deadline {
  signal: AbortSignal | undefined
  /** The error that a call ended with, as its caller is told. */
  told(error: unknown): unknown
}

/** @param timeout in ms, from now on */
export function deadline({ signal, timeout }: { signal?: AbortSignal | undefined; timeout?: number }): Deadline {
  if (timeout === undefined) return { signal, told: (error) => error }
  const time = AbortSignal.timeout(timeout)
  const isLate = (error: unknown): boolean =>
    error instanceof DoltflowError && error.code === 'ABORTED' && time.aborted && !signal?.aborted
  return {
    signal: signal ? AbortSignal.any([signal, time]) : time,
    told: (error) => (isLate(error) ? tookTooLong(timeout) : error),
  }
}

function tookTooLong(timeout: number): DoltflowError {
  return new DoltflowError(
    'QUERY_TIMEOUT',
    `It took more than ${timeout / 1000} s, and was ended; nothing was changed. Ask for less, or allow it more time (timeout).`,
    { data: { timeout } },
  )
}
