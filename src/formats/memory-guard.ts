import { workerData } from 'node:worker_threads'

/*
 * Ends its process where that has more memory than it may: the limit of V8 does not count what buffers have, and a
 * library that unpacks a bomb gives nobody else in the thread a chance to look.
 */

const EVERY_MS = 25
const limit = (workerData as number) * 2 ** 20
const sleep = new Int32Array(new SharedArrayBuffer(4))

for (;;) {
  Atomics.wait(sleep, 0, 0, EVERY_MS)
  if (process.memoryUsage.rss() > limit) process.kill(process.pid, 'SIGKILL')
}
