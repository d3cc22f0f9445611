import { blockWhile } from '../../../system/wait.ts'

/*
 * A thread that Node ends within a call of the engine takes the process down with it: the addon can't throw any more (`FATAL ERROR …
 * napi_throw`, status 134). So when the process exits, each thread stands still before its next such call, where it may be ended.
 */

/** In the memory that both threads see: what the engine's thread does, and whether the process ends. */
const STATE = 0
const ENDS = 1
const IDLE = 0
const BUSY = 1
/** How long, in ms, the end of the process is held up by one call of the engine. */
const PATIENCE = 3000

/** What the threads of this process share with it. */
const shared = new Set<Int32Array>()

/** For the process: has the thread that is given `memory` stand still when the process exits. @returns what ends that */
export function parkAtExit(memory: SharedArrayBuffer): () => void {
  if (shared.size === 0) process.on('exit', parkAll)
  const words = new Int32Array(memory)
  shared.add(words)
  return () => {
    shared.delete(words)
    if (shared.size === 0) process.off('exit', parkAll)
  }
}

/** The memory for one thread. */
export function parkingMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
}

function parkAll(): void {
  for (const words of shared) Atomics.store(words, ENDS, 1)
  const end = Date.now() + PATIENCE
  for (const words of shared) blockWhile(words, STATE, BUSY, Math.max(0, end - Date.now()))
}

let own: Int32Array | undefined

/** For the engine's thread: it stands still at `mayPark`. */
export function parkHere(memory: SharedArrayBuffer): void {
  own = new Int32Array(memory)
}

/** Does what calls the engine. */
export function whileCalling<T>(work: () => T): T {
  if (!own) return work()
  Atomics.store(own, STATE, BUSY)
  mayPark()
  try {
    return work()
  } finally {
    Atomics.store(own, STATE, IDLE)
    Atomics.notify(own, STATE)
  }
}

/** Before a call of the engine. In a thread whose process ends it doesn't come back. */
export function mayPark(): void {
  if (own === undefined || Atomics.load(own, ENDS) === 0) return
  Atomics.store(own, STATE, IDLE)
  Atomics.notify(own, STATE)
  blockWhile(own, STATE, IDLE)
}
