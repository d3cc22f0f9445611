import type { Database } from '../database.ts'
import { throwIfAborted, unlessAborted } from '../system/abort.ts'
import { deadline } from '../system/deadline.ts'
import { Turns } from '../system/turns.ts'

/** How many questions are answered at once; the others wait their turn. */
const AT_ONCE = 4

/** How a question ends before it is answered. */
export interface QuestionLimits {
  /** Default: nobody stops it */
  signal?: AbortSignal
  /** In ms. Default: it may take as long as it needs */
  timeout?: number
}

/** A database that a program or a page asks: it is opened by the first question, and each is answered in its turn. */
export class AskedDatabase {
  readonly #open: () => Promise<Database>
  readonly #running = new Set<Promise<unknown>>()
  readonly #turns = new Turns(AT_ONCE)
  #database: Promise<Database> | undefined

  /** @param open is called again after it failed: the database may be made meanwhile */
  constructor(open: () => Promise<Database>) {
    this.#open = open
  }

  /** Counts an answer, which never rejects, as under way until it is there. */
  tracked<T>(answer: Promise<T>): Promise<T> {
    this.#running.add(answer)
    void answer.finally(() => this.#running.delete(answer))
    return answer
  }

  /** Waits until all that was asked is answered. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** Does work in its turn. @param work is given the signal that stops it, if anything does */
  async inTurn<T>(
    limits: QuestionLimits,
    work: (db: Database, signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    await this.#turns.take()
    const limit = deadline(limits)
    const working = this.#work(limit.signal, work)
    // What can't be stopped at once keeps its turn, but not its caller.
    const over = (): void => this.#turns.leave()
    working.then(over, over)
    return unlessAborted(limit.signal, working).catch((error: unknown) => Promise.reject(limit.told(error)))
  }

  async #work<T>(
    signal: AbortSignal | undefined,
    work: (db: Database, signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal)
    this.#database ??= this.#open().catch((error: unknown) => {
      this.#database = undefined
      throw error
    })
    return work(await this.#database, signal)
  }
}
