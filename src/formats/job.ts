import { fork, type ChildProcess } from 'node:child_process'
import { DoltflowError, fromPlain, SourceError } from '../errors.ts'
import { aborted, throwIfAborted } from '../system/abort.ts'
import { programPath } from '../system/program.ts'
import { unexpected, valuesOf } from './job-values.ts'
import { PIECE_BYTES, type Answer, type Job, type Message, type Request } from './protocol.ts'

/** How much memory a job's process may take, in MB: JavaScript's, and all. */
const HEAP_MB = 400
const MEMORY_MB = 1024
/** How long it may be silent, in ms: no honest batch takes that long. */
const SILENCE_MS = 120_000

export interface JobEffects {
  /** The text that a `write` turns into the format, from its beginning each time. */
  input?: () => AsyncIterable<Uint8Array>
  signal?: AbortSignal | undefined
  /** Whether it runs in this process: a small job is over in a few ms then, and nothing bounds a bad one. Default: false */
  inProcess?: boolean | undefined
  /** How long it may be silent. Default: 120,000 */
  silenceMs?: number
  /** How much JavaScript memory it may take, in MB. Default: 400 */
  heapMb?: number
  /** How much memory it may take in all, in MB. Default: 1,024 */
  memoryMb?: number
}

/**
 * Runs one job of a format in a process of its own, unless it is to run in this one, and gives what it gives. One value is
 * made ahead.
 * @throws {DoltflowError} what the format throws; FORMAT_LIMIT where the process takes too much memory or time
 */
export async function* runJob<T>(job: Job, effects: JobEffects = {}): AsyncGenerator<T, void> {
  if (effects.inProcess) return yield* runHere<T>(job, effects)
  const { input } = effects
  const line = new Line(job, effects)
  let pass = 0
  let text: AsyncIterator<Uint8Array> | undefined
  try {
    let coming = line.ask({ next: true })
    for (;;) {
      const answer = await coming
      if ('error' in answer) throw fromPlain(answer.error)
      if ('done' in answer) return
      if ('want' in answer) {
        if (answer.want.pass !== pass) {
          await text?.return?.()
          pass = answer.want.pass
          text = pieces(input!())
        }
        const piece = await text!.next()
        coming = line.give(piece.done ? undefined : piece.value)
        continue
      }
      coming = line.ask({ next: true })
      // Should the consumer stop here, nobody else waits for the next value.
      coming.catch(() => {})
      yield answer.value as T
    }
  } finally {
    await line.end()
    await text?.return?.()
  }
}

async function* runHere<T>(job: Job, { input, signal }: JobEffects): AsyncGenerator<T, void> {
  try {
    for await (const value of valuesOf(job, () => input!())) {
      throwIfAborted(signal)
      yield value as T
    }
  } catch (error) {
    throw error instanceof DoltflowError ? error : unexpected(error, job)
  }
}

/** An engine's page may have long texts, and as many rows as ever: the process is not to hold all of it at once. */
async function* pieces(pages: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const page of pages)
    for (let from = 0; from < page.length; from += PIECE_BYTES) yield page.subarray(from, from + PIECE_BYTES)
}

/** The line to one process: a question, an answer. */
class Line {
  readonly #job: Job
  readonly #process: ChildProcess
  readonly #ended: Promise<void>
  readonly #silenceMs: number
  readonly #signal: AbortSignal | undefined
  readonly #abort = (): void => this.#fail(aborted())
  #settle: { resolve(answer: Answer): void; reject(error: unknown): void } | undefined
  /** Answers that nobody waits for yet: a format may want more text while a value of it is still under way. */
  readonly #early: Answer[] = []
  #timer: NodeJS.Timeout | undefined
  #failure: unknown

  constructor(job: Job, { signal, silenceMs = SILENCE_MS, heapMb = HEAP_MB, memoryMb = MEMORY_MB }: JobEffects) {
    this.#job = job
    this.#silenceMs = silenceMs
    this.#signal = signal
    this.#process = fork(programPath('format-worker'), {
      // Typed arrays go as they are.
      serialization: 'advanced',
      // What the host's own process was started with is not for this one. A member `__proto__` is one like any other here.
      execArgv: [`--max-old-space-size=${heapMb}`, '--expose-gc', '--disable-proto=delete'],
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
    })
    this.#process.stdin!.on('error', () => {})
    this.#process.on('message', (answer) => this.#heard(answer as Message))
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', (code, killed) => {
        this.#fail(this.#ending(code, killed, heapMb))
        resolve()
      })
      this.#process.once('error', (error) => {
        this.#fail(this.#unable(error))
        if (this.#process.pid === undefined) resolve()
      })
    })
    this.#send({ job, memoryMb })
    if (signal?.aborted) this.#abort()
    signal?.addEventListener('abort', this.#abort, { once: true })
  }

  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#send(request)
      const early = this.#early.shift()
      if (early) return resolve(early)
      this.#settle = { resolve, reject }
      this.#listen()
    })
  }

  /** Gives a piece of the text, or its end. */
  give(piece: Uint8Array | undefined): Promise<Answer> {
    if (piece) this.#process.stdin!.write(piece)
    return this.ask({ input: piece?.length ?? 0 })
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#failure ??= new Error('the job is over')
    this.#process.kill('SIGKILL')
    await this.#ended
  }

  #send(request: Request): void {
    // A process that has ended is told by its exit.
    if (!this.#process.connected) return
    try {
      this.#process.send(request, () => {})
    } catch (error) {
      // What can't be sent to a process at all, such as a function.
      this.#fail(this.#unable(error as Error))
    }
  }

  #heard(message: Message): void {
    clearTimeout(this.#timer)
    if ('alive' in message) {
      if (this.#settle) this.#listen()
    } else if (this.#settle) {
      this.#settle.resolve(message)
      this.#settle = undefined
    } else this.#early.push(message)
  }

  #listen(): void {
    this.#timer = setTimeout(
      () => this.#fail(this.#tooMuch(`more than ${this.#silenceMs / 1000} seconds for one part of it`)),
      this.#silenceMs,
    )
  }

  #fail(error: unknown): void {
    clearTimeout(this.#timer)
    this.#failure ??= error
    this.#settle?.reject(this.#failure)
  }

  #tooMuch(what: string): DoltflowError {
    const { format, kind } = this.#job
    return new SourceError(
      'FORMAT_LIMIT',
      `${kind === 'read' ? 'Reading' : 'Writing'} the ${format} file takes ${what}. Is it whole? If it is, convert it to CSV, or to parts, with another tool.`,
      { data: { format } },
    )
  }

  /** V8 ends a process that runs out of its memory by a signal (Windows: by 134), the guard and the system by SIGKILL. */
  #ending(code: number | null, killed: NodeJS.Signals | null, heapMb: number): DoltflowError {
    if (killed === 'SIGKILL' || killed === 'SIGABRT' || killed === 'SIGTRAP' || killed === 'SIGILL' || code === 134)
      return this.#tooMuch(`more memory than it may (${heapMb} MB, and buffers)`)
    return this.#unable(new Error(`its process ended with ${killed ?? code}`))
  }

  #unable(error: Error): DoltflowError {
    const { format, kind } = this.#job
    return new DoltflowError(
      'ENGINE_FAILED',
      `The ${format} file can't be ${kind === 'read' ? 'read' : 'made'}: ${error.message}.`,
      { data: { format, reason: error.message }, cause: error },
    )
  }
}
