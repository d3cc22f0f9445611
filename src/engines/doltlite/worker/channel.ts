import { Worker } from 'node:worker_threads'
import { DoltflowError } from '../../../errors.ts'
import { programPath } from '../../../system/program.ts'
import { parkAtExit, parkingMemory } from './parking.ts'
import { handedOver, type WorkerAnswer, type WorkerCall, type WorkerOptions } from './protocol.ts'

/** The way to one connection, wherever its calls are made. */
export interface Channel {
  /** Begins a call; the last one was answered. */
  post(call: WorkerCall): void
  /** No more is posted. */
  end(): Promise<void>
}

export interface Listener {
  take(answer: WorkerAnswer): void
  /** Nothing more will be answered. */
  fail(error: unknown): void
}

/** A connection in a thread, which keeps the process only during a call. */
export function inThread(options: WorkerOptions, listener: Listener): Channel {
  const parking = parkingMemory()
  const worker = new Worker(programPath('doltlite-worker'), {
    workerData: { ...options, parking },
    // What node was started with is not for a worker: `--input-type` keeps it from starting.
    execArgv: [],
  })
  worker.on('message', (answer: WorkerAnswer) => {
    if (!answer.progress) worker.unref()
    listener.take(answer)
  })
  worker.on('error', (error) => listener.fail(ended(error.message, error)))
  worker.on('exit', (code) => listener.fail(ended(`exit ${code}`)))
  const forget = parkAtExit(parking)
  worker.on('exit', forget)
  worker.unref()
  return {
    post(call) {
      worker.ref()
      worker.postMessage(call)
    },
    async end() {
      await worker.terminate()
    },
  }
}

/**
 * A connection in this thread, which a call holds up: a thread takes as long to start as all that a small command does. What
 * crosses is copied, as between threads.
 */
export function inProcess(options: WorkerOptions, listener: Listener): Channel {
  const answers = import('./answers.ts').then(
    ({ Answers }) => new Answers(options, (progress) => listener.take({ progress })),
  )
  return {
    post(call) {
      const copied = structuredClone(call)
      // Signals are heard between two calls.
      setImmediate(async () => {
        try {
          const answer = (await answers).answer(copied)
          listener.take(structuredClone(answer, { transfer: handedOver(answer) }))
        } catch (error) {
          listener.fail(error)
        }
      })
    },
    async end() {},
  }
}

function ended(reason: string, cause?: unknown): DoltflowError {
  return new DoltflowError(
    'ENGINE_FAILED',
    `The engine's thread ended (${reason}). What was begun is undone; try again.`,
    { data: { reason }, cause, retryable: true },
  )
}
