import { Worker } from 'node:worker_threads'
import { aborted } from '../abort.ts'
import { DoltflowError, NotFoundError, SourceError, UsageError, type ErrorCode } from '../errors.ts'
import type { Answer, Job, PlainError, Request } from './protocol.ts'

/** How much JavaScript memory a format's worker may take, in MB. */
const HEAP_MB = 400
/** How long a worker may be silent, in ms: no honest batch takes that long. */
const SILENCE_MS = 120_000

const CLASSES = { DoltflowError, UsageError, NotFoundError, SourceError }

export interface JobEffects {
  /** The text that a `write` turns into the format, from its beginning each time. */
  input?: () => AsyncIterable<Uint8Array>
  signal?: AbortSignal | undefined
  /** How long it may be silent. Default: 120,000 */
  silenceMs?: number
  /** How much JavaScript memory it may take, in MB. Default: 400 */
  heapMb?: number
}

/**
 * Runs one job of a format in a worker of its own, and gives what it gives. One value is made ahead.
 * @throws {DoltflowError} what the format throws; FORMAT_LIMIT where the worker takes too much memory or time
 */
export async function* runJob<T>(job: Job, effects: JobEffects = {}): AsyncGenerator<T, void> {
  const { input } = effects
  const line = new Line(job, effects)
  let pass = 0
  let text: AsyncIterator<Uint8Array> | undefined
  try {
    let coming = line.ask({ next: true })
    for (;;) {
      const answer = await coming
      if ('error' in answer) throw revived(answer.error)
      if ('done' in answer) return
      if ('want' in answer) {
        if (answer.want.pass !== pass) {
          await text?.return?.()
          pass = answer.want.pass
          text = input!()[Symbol.asyncIterator]()
        }
        const piece = await text!.next()
        coming = line.ask({ input: piece.done ? undefined : piece.value })
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

/** The line to one worker: a question, an answer. */
class Line {
  readonly #job: Job
  readonly #worker: Worker
  readonly #silenceMs: number
  readonly #heapMb: number
  readonly #signal: AbortSignal | undefined
  readonly #abort = (): void => this.#fail(aborted())
  #settle: { resolve(answer: Answer): void; reject(error: unknown): void } | undefined
  /** Answers that nobody waits for yet: a format may want more text while a value of it is still under way. */
  readonly #early: Answer[] = []
  #timer: NodeJS.Timeout | undefined
  #failure: unknown

  constructor(job: Job, { signal, silenceMs = SILENCE_MS, heapMb = HEAP_MB }: JobEffects) {
    this.#job = job
    this.#silenceMs = silenceMs
    this.#heapMb = heapMb
    this.#signal = signal
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: job,
      // A worker takes over flags of the process otherwise, and refuses some of them (--input-type).
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 64 },
    })
    this.#worker.on('message', (answer: Answer) => {
      clearTimeout(this.#timer)
      if (!this.#settle) return void this.#early.push(answer)
      this.#settle.resolve(answer)
      this.#settle = undefined
    })
    this.#worker.on('error', (error) => this.#fail(this.#explained(error)))
    this.#worker.on('exit', (code) => this.#fail(this.#explained(new Error(`its reader ended with ${code}`))))
    signal?.addEventListener('abort', this.#abort, { once: true })
  }

  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#worker.postMessage(request)
      const early = this.#early.shift()
      if (early) return resolve(early)
      this.#settle = { resolve, reject }
      this.#timer = setTimeout(
        () => this.#fail(this.#tooMuch(`more than ${this.#silenceMs / 1000} seconds for one part of it`)),
        this.#silenceMs,
      )
    })
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#failure ??= new Error('the job is over')
    await this.#worker.terminate()
  }

  #fail(error: unknown): void {
    clearTimeout(this.#timer)
    this.#failure ??= error
    this.#settle?.reject(this.#failure)
  }

  #tooMuch(what: string): DoltflowError {
    const { format } = this.#job
    const verb = this.#job.kind === 'read' ? 'Reading' : 'Writing'
    return new SourceError(
      'FORMAT_LIMIT',
      `${verb} the ${format} file takes ${what}. Is it whole? If it is, convert it to CSV, or to parts, with another tool.`,
      {
        data: { format },
      },
    )
  }

  /** What ends a worker from outside of its own error handling. */
  #explained(error: Error & { code?: string }): unknown {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return this.#tooMuch(`more than ${this.#heapMb} MB of memory`)
    const { format, kind } = this.#job
    if (kind === 'write') return error
    return new SourceError(
      'FORMAT_INVALID',
      `The file can't be read as ${format}: ${error.message}. Is it whole, and of that format?`,
      {
        data: { format, reason: error.message },
        cause: error,
      },
    )
  }
}

function revived({ name, code, message, data }: PlainError): DoltflowError {
  const Class = Object.hasOwn(CLASSES, name) ? CLASSES[name as keyof typeof CLASSES] : DoltflowError
  return new Class(code as ErrorCode, message, { data })
}
