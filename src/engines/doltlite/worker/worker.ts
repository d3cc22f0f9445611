import { parentPort, workerData } from 'node:worker_threads'
import { Answers } from './answers.ts'
import { parkHere, whileCalling } from './parking.ts'
import { handedOver, type WorkerAnswer, type WorkerCall, type WorkerOptions } from './protocol.ts'

/* The embedded engine's calls block, so they are made here: the caller's thread stays free. */

const port = parentPort!
const { parking, ...options } = workerData as WorkerOptions & { parking: SharedArrayBuffer }
parkHere(parking)
const answers = whileCalling(
  () => new Answers(options, (progress) => port.postMessage({ progress } satisfies WorkerAnswer)),
)

port.on('message', (call: WorkerCall) => {
  const answer = whileCalling(() => answers.answer(call))
  port.postMessage(answer, handedOver(answer))
})
