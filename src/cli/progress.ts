import type { Progress } from '../types.ts'
import type { Effects } from './effects.ts'
import { bytes, count } from './text/words.ts'

/** A line on a terminal that is written again and again. */
export interface ProgressLine {
  show(progress: Progress): void
  clear(): void
}

const FIRST_MS = 2000
const EVERY_MS = 100
/** How often the time is told of work that tells nothing. */
const TICK_MS = 1000

/**
 * Nothing is shown of what is done at once.
 * @param done what was done to rows whose bytes are counted; a save's later rows, without bytes, are stored
 */
export function progressLine(label: string, done: string, { stderr, clock, columns }: Effects): ProgressLine {
  let next = clock() + FIRST_MS
  let shown = false
  return {
    show({ rows, bytes: size, totalBytes, waitsFor }) {
      if (clock() < next) return
      next = clock() + EVERY_MS
      shown = true
      const of = totalBytes === undefined ? '' : ` of ${bytes(totalBytes)}`
      const rest = size === 0 ? ' stored' : ` ${done}, ${bytes(size)}${of}`
      const what = waitsFor === undefined ? `${count(rows, 'row')}${rest}` : `waiting for ${waitsFor}`
      stderr.write(`\r\u001b[K${`${label}: ${what}`.slice(0, columns - 1)}`)
    },
    clear() {
      if (shown) stderr.write('\r\u001b[K')
      shown = false
    },
  }
}

/** Shows how long work takes that can't say how far it is. */
export async function timed<T>(label: string, work: Promise<T>, { stderr, clock, columns }: Effects): Promise<T> {
  const begun = clock()
  let shown = false
  const timer = setInterval(() => {
    const passed = clock() - begun
    if (passed < FIRST_MS) return
    shown = true
    stderr.write(`\r\u001b[K${`${label}: ${Math.round(passed / 1000)} s`.slice(0, columns - 1)}`)
  }, TICK_MS)
  try {
    return await work
  } finally {
    clearInterval(timer)
    if (shown) stderr.write('\r\u001b[K')
  }
}
