import { fork, type ChildProcess } from 'node:child_process'
import { DoltflowError, fromPlain } from '../../../errors.ts'
import { aborted, throwIfAborted } from '../../../system/abort.ts'
import { programPath } from '../../../system/program.ts'
import type { WorkerAnswer } from '../worker/protocol.ts'
import { memoryLimit, type ReaderCalls } from './reader-protocol.ts'

interface Pending {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** The client's side of one reader: calls are answered one after the other, and stopped by ending its process. */
export class ReaderProcess {
  readonly memoryMb: number
  readonly #process: ChildProcess
  readonly #ended: Promise<void>
  readonly #pending: Pending[] = []
  #failure: unknown

  constructor(path: string, memoryMb: number) {
    this.memoryMb = memoryMb
    this.#process = fork(programPath('query-reader'), [path, String(memoryMb), String(process.pid)], {
      // Typed arrays and bigints go as they are.
      serialization: 'advanced',
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#process.on('message', (answer) => this.#take(answer as WorkerAnswer))
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        this.#fail(this.#ending(code, signal))
        resolve()
      })
      this.#process.once('error', (error) => {
        this.#fail(ended(error.message, error))
        if (this.#process.pid === undefined) resolve()
      })
    })
    this.#hold(false)
  }

  get broken(): boolean {
    return this.#failure !== undefined
  }

  /** @throws {DoltflowError} ABORTED: the process is ended, whatever it does */
  async ask<Name extends keyof ReaderCalls>(
    signal: AbortSignal | undefined,
    name: Name,
    ...args: Parameters<ReaderCalls[Name]>
  ): Promise<ReturnType<ReaderCalls[Name]>> {
    throwIfAborted(signal)
    const abort = (): void => void this.end()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return (await new Promise((resolve, reject) => {
        if (this.#failure !== undefined) return reject(this.#failure)
        this.#pending.push({ resolve, reject })
        this.#hold(true)
        this.#process.send({ name, args }, () => {})
      })) as ReturnType<ReaderCalls[Name]>
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Ends the process at once; what it was doing is aborted. */
  async end(): Promise<void> {
    this.#fail(aborted())
    this.#process.ref()
    this.#process.kill('SIGKILL')
    await this.#ended
  }

  #take(answer: WorkerAnswer): void {
    const pending = this.#pending.shift()
    if (this.#pending.length === 0) this.#hold(false)
    if (answer.error) pending?.reject(fromPlain(answer.error))
    else pending?.resolve(answer.result)
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    for (const pending of this.#pending.splice(0)) pending.reject(this.#failure)
  }

  /** Whether it keeps this process alive. */
  #hold(held: boolean): void {
    const name = held ? 'ref' : 'unref'
    this.#process[name]()
    this.#process.channel?.[name]()
  }

  /** The guard ends a process that has too much memory by SIGKILL, V8 its own by a signal (Windows: by 134). */
  #ending(code: number | null, signal: NodeJS.Signals | null): DoltflowError {
    const isFull = code === 134 || ['SIGKILL', 'SIGABRT', 'SIGTRAP', 'SIGILL'].includes(signal ?? '')
    return isFull ? memoryLimit(this.memoryMb) : ended(String(signal ?? code))
  }
}

function ended(reason: string, cause?: unknown): DoltflowError {
  return new DoltflowError('ENGINE_FAILED', `The query's process ended (${reason}). Try again.`, {
    data: { reason },
    cause,
    retryable: true,
  })
}
