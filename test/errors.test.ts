import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import {
  ConflictError,
  DoltflowError,
  fromPlain,
  NotFoundError,
  reasonOf,
  RefusedError,
  SourceError,
  toPlain,
  UsageError,
  type PlainError,
} from '../dist/errors.js'

/** Sends an error to the other side of a thread's border, as a worker does, and takes it there. */
function overTheBorder(error: unknown): Promise<Error> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port2.once('message', (plain: PlainError) => {
      port1.close()
      resolve(fromPlain(plain))
    })
    port1.postMessage(toPlain(error))
  })
}

describe('an error that comes from a worker', () => {
  // Fault: what a format's process refused came without its class, if that was ConflictError or RefusedError, and was never `retryable`.
  it.each([DoltflowError, UsageError, NotFoundError, SourceError, ConflictError, RefusedError])(
    'is the %o that was thrown there, with its code, data and `retryable`',
    async (Class) => {
      const data = { path: 'a.csv', line: 3, key: { id: 2n ** 60n }, bytes: new Uint8Array([1, 2]) }
      const error = await overTheBorder(new Class('IO_FAILED', 'It failed.', { data, retryable: true }))
      expect(error).toBeInstanceOf(Class)
      expect(error.constructor).toBe(Class)
      expect(error).toMatchObject({ name: Class.name, code: 'IO_FAILED', message: 'It failed.', retryable: true, data })
    },
  )

  it('is not `retryable` if it was not', async () => {
    expect(await overTheBorder(new SourceError('CSV_NUL', 'A NUL.'))).toMatchObject({ retryable: false, data: {} })
  })

  it('keeps its causes, down to those that are no errors of ours', async () => {
    const system = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' })
    const inner = new DoltflowError('IO_FAILED', 'No space.', { cause: system, retryable: true })
    const error = await overTheBorder(new RefusedError('MERGE_REFUSED', 'Refused.', { cause: inner }))
    expect(error.cause).toBeInstanceOf(DoltflowError)
    expect(error.cause).toMatchObject({ code: 'IO_FAILED', retryable: true })
    expect((error.cause as Error).cause).toMatchObject({ message: system.message, code: 'ENOSPC', stack: system.stack })
  })

  it('ends causes that go round in a circle', async () => {
    const error = new Error('a')
    error.cause = error
    expect((await overTheBorder(error)).message).toBe('a')
  })

  it('that is a fault keeps where it happened, and its message', async () => {
    const fault = new TypeError('x is not a function')
    const error = await overTheBorder(fault)
    expect(error).not.toBeInstanceOf(DoltflowError)
    expect(error).toMatchObject({ message: fault.message, stack: fault.stack })
    expect((await overTheBorder('a text was thrown')).message).toBe('a text was thrown')
  })
})

describe('reasonOf', () => {
  it('gives the words that an error quotes, else its own', () => {
    expect(
      reasonOf(new DoltflowError('ENGINE_FAILED', 'The engine refused: locked', { data: { reason: 'locked' } })),
    ).toBe('locked')
    expect(reasonOf(new DoltflowError('ENGINE_FAILED', 'It ended.'))).toBe('It ended.')
    expect(reasonOf(new Error('lost'))).toBe('Error: lost')
  })
})
