import { AbortedError } from '../errors.ts'

/* A caller's AbortSignal: what it stops ends with ABORTED, never with a bare DOMException. */

export function aborted(reason?: unknown): AbortedError {
  return new AbortedError('ABORTED', 'The call was aborted; nothing was changed.', { retryable: true, cause: reason })
}

/** @throws {AbortedError} ABORTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal.reason)
}

/** Waits for a promise, or for the signal: a source that gives nothing does not hold an abort up. */
export function unlessAborted<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (!signal) return promise
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(aborted(signal.reason))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** What a source gives, until the signal says stop. */
export async function* untilAborted<T>(
  signal: AbortSignal | undefined,
  source: AsyncIterable<T>,
): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]()
  let ended = false
  try {
    for (;;) {
      const next = await unlessAborted(signal, iterator.next())
      ended = next.done === true
      if (next.done) return
      yield next.value
    }
  } finally {
    // Not awaited: a source that gives nothing does not end, either.
    if (!ended) void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}
