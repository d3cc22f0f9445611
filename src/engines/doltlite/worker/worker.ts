import { parentPort, workerData } from 'node:worker_threads'
import { Answers } from './answers.ts'
import { handedOver, type WorkerAnswer, type WorkerCall, type WorkerOptions } from './protocol.ts'

/* The embedded engine's calls block, so they are made here: the caller's thread stays free. */

const port = parentPort!
const answers = new Answers(workerData as WorkerOptions, (progress) =>
  port.postMessage({ progress } satisfies WorkerAnswer),
)

port.on('message', (call: WorkerCall) => {
  const answer = answers.answer(call)
  port.postMessage(answer, handedOver(answer))
})
