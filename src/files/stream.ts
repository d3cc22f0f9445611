import { DoltflowError, SourceError, UsageError } from '../errors.ts'

/**
 * Does work with streams that are read or written only later: an `error` event that comes before has no listener, and
 * would end the process. What went wrong is told when the stream is read or written.
 */
export async function holdingErrors<T>(streams: readonly unknown[], work: () => Promise<T>): Promise<T> {
  const emitters = streams.filter(isEmitter)
  const ignore = (): void => {}
  for (const emitter of emitters) emitter.on('error', ignore)
  try {
    return await work()
  } finally {
    for (const emitter of emitters) emitter.off('error', ignore)
  }
}

function isEmitter(value: unknown): value is Pick<NodeJS.EventEmitter, 'on' | 'off'> {
  try {
    const { on, off } = Object(value) as Record<string, unknown>
    return typeof on === 'function' && typeof off === 'function'
  } catch {
    return false
  }
}

/**
 * What a source gives; its own failure is told as such.
 * @param stop is called if it is not read to its end
 * @throws {DoltflowError} IO_FAILED with the failure as its cause
 */
export function readSource<T>(source: AsyncIterable<T>, stop: (() => void) | undefined): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = lookAt(() => source[Symbol.asyncIterator]())
      return {
        next: () => toldLater(iterator.next()),
        return: async () => {
          // Not awaited: a source that gives nothing does not end, either.
          void Promise.resolve(iterator.return?.()).catch(() => {})
          stop?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

/** Looks at something of a source's: a getter may throw. @throws {DoltflowError} IO_FAILED */
export function lookAt<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw sourceFailed(cause)
  }
}

async function toldLater<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw sourceFailed(cause)
  }
}

/** A source's own failure, told as such. What fails while it is fetched may come the next time. */
export function sourceFailed(cause: unknown): DoltflowError {
  if (cause instanceof DoltflowError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new DoltflowError('IO_FAILED', `The source failed while it was read: ${reason}. Nothing was saved.`, {
    cause,
    retryable: true,
  })
}

/** The bytes of a stream, which may come as text, cut within a surrogate pair. */
export async function* bytesOf(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  let half = ''
  let count = 0
  for await (const chunk of source) {
    count++
    if (typeof chunk !== 'string') {
      yield asBytes(chunk, count)
      continue
    }
    const text = half + chunk
    half = /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : ''
    yield utf8(half === '' ? text : text.slice(0, -1))
  }
  utf8(half)
}

/** Whether something is a piece of a byte stream. */
export function isBytes(chunk: unknown): chunk is string | Uint8Array | ArrayBuffer | DataView {
  return (
    typeof chunk === 'string' ||
    chunk instanceof Uint8Array ||
    chunk instanceof ArrayBuffer ||
    chunk instanceof DataView
  )
}

function asBytes(chunk: unknown, count: number): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  if (chunk instanceof DataView) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  const what = Object.prototype.toString.call(chunk).slice(8, -1)
  throw new UsageError('USAGE', `Piece ${count} of the source is ${what}: a stream gives bytes or text.`)
}

function utf8(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text)
  throw new SourceError(
    'CSV_ENCODING',
    'The text holds half a surrogate pair, which is no character. Give the bytes, or mend what cuts the text.',
  )
}
