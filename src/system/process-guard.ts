import { workerData } from 'node:worker_threads'
import { block } from './wait.ts'

/*
 * Ends its process where that has more memory than it may, or its parent is gone: the limit of V8 does not count what
 * buffers and native code have, and a library that unpacks a bomb, or an engine that never comes back, gives nobody else in
 * the thread a chance to look.
 */

const EVERY_MS = 25
const { memoryMb, parent } = workerData as { memoryMb: number; parent: number }

for (;;) {
  block(EVERY_MS)
  if (process.memoryUsage.rss() > memoryMb * 2 ** 20 || isGone(parent)) process.kill(process.pid, 'SIGKILL')
}

/** Windows keeps the number of a parent that has gone. */
function isGone(pid: number): boolean {
  if (process.ppid !== pid) return true
  if (process.platform !== 'win32') return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
