/* Every pause stands on one of these. Who tries again, how often and for how long is a table in docs/decisions.md. */

/** Waits for a time, in ms. */
export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Waits for a random part of a time, in ms, so that two that step back for each other don't meet again. */
export function waitAtRandom(longest: number): Promise<void> {
  return wait(Math.random() * longest)
}

/** Waits for a time, in ms, but doesn't keep the process alive for it. */
export function waitUnheld(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

/** Waits for a time, in ms, in a thread of which every call blocks. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Waits in a thread of which every call blocks, while a word that threads share has a value; no longer than `ms`. */
export function blockWhile(words: Int32Array, at: number, value: number, ms: number = Infinity): void {
  Atomics.wait(words, at, value, ms)
}
