import { aborted } from '../../../system/abort.ts'

/*
 * How many sessions write at once: each is a thread and a connection, and the file has one writer. What is done quickly is done one
 * after the other, by one worker. What takes longer makes room for the next, up to a few at once; and what takes very long, or
 * may wait for its own caller, counts no more, so that nobody waits for ever.
 */

/** How long a session counts as one of the quick, in ms: one that has all it needs, and one that may wait for its caller. */
const QUICK = { atHand: 1000, mayWait: 100 }
/** How long one that has all it needs counts as one of the few, in ms. */
const LONG = 10_000
const FEW = 4

interface Waiting {
  mayWait: boolean
  enter(leave: () => void): void
}

export class Places {
  #quick = 0
  #few = 0
  readonly #waiting: Waiting[] = []
  readonly #timers = new Set<NodeJS.Timeout>()

  /**
   * Waits for a place. @returns how it is left
   * @param mayWait whether the work may stand still until its caller does something
   */
  take(signal: AbortSignal | undefined, mayWait: boolean): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        const at = this.#waiting.indexOf(waiting)
        if (at < 0) return
        this.#waiting.splice(at, 1)
        this.#hold()
        reject(aborted())
      }
      const waiting: Waiting = {
        mayWait,
        enter(leave) {
          signal?.removeEventListener('abort', stop)
          resolve(leave)
        },
      }
      this.#waiting.push(waiting)
      signal?.addEventListener('abort', stop, { once: true })
      this.#admit()
      if (signal?.aborted) stop()
    })
  }

  #admit(): void {
    while (this.#quick === 0) {
      const at = this.#waiting.findIndex(({ mayWait }) => mayWait || this.#few < FEW)
      if (at < 0) break
      const [waiting] = this.#waiting.splice(at, 1)
      waiting!.enter(this.#begin(waiting!.mayWait))
    }
    this.#hold()
  }

  /** Keeps the process alive while somebody waits: it would end without a word if the one who has the place waits for him. */
  #hold(): void {
    for (const timer of this.#timers) {
      if (this.#waiting.length > 0) timer.ref()
      else timer.unref()
    }
  }

  #begin(mayWait: boolean): () => void {
    const leaveQuick = this.#counted((by) => (this.#quick += by), mayWait ? QUICK.mayWait : QUICK.atHand)
    const leaveFew = mayWait ? leaveQuick : this.#counted((by) => (this.#few += by), LONG)
    return () => {
      leaveQuick()
      leaveFew()
      this.#admit()
    }
  }

  /** Counts until it is told otherwise, or for some time. */
  #counted(count: (by: 1 | -1) => void, time: number): () => void {
    count(1)
    let counts = true
    const leave = (): void => {
      if (counts) count(-1)
      counts = false
      clearTimeout(timer)
      this.#timers.delete(timer)
    }
    const timer = setTimeout(() => {
      leave()
      this.#admit()
    }, time)
    this.#timers.add(timer.unref())
    return leave
  }
}
