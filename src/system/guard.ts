import { Worker } from 'node:worker_threads'
import { programPath } from './program.ts'

/** Sees from now on that this process ends with its parent, and if it has more memory than it may, in MB. */
export function guardProcess(memoryMb: number, parent: number = process.ppid): void {
  const guard = new Worker(programPath('process-guard'), { workerData: { memoryMb, parent }, execArgv: [] })
  guard.unref()
}
