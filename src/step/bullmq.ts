import { UnrecoverableError, type Job } from 'bullmq'
import type { TableHandle } from '../model/handle.ts'
import { tableStep, type StepTables, type TransactionOptions } from './table-step.ts'

export { closeDatabases, useDatabases } from './databases.ts'
export { isTableHandle, type TableHandle } from '../model/handle.ts'
export type { StepTables, TransactionOptions } from './table-step.ts'

/** What BullMQ gives a processor, and more. */
export interface JobTablesOptions {
  /** The processor's third argument: it stops a save that runs. */
  signal?: AbortSignal | undefined
  /** The workflow's execution, such as the id of a flow. Default: the job */
  run?: string | undefined
  /** The transaction of `run`, until a job publishes it. Default: false */
  transaction?: boolean | TransactionOptions | undefined
}

/**
 * Does the work of a BullMQ job with tables. A save happens once, whichever worker tries the job; what would fail again is an
 * UnrecoverableError.
 * @param database a URL, a name of `useDatabases`, or a handle, whose database is meant
 * @throws UnrecoverableError, and errors that are worth another try
 */
export function tables<T>(
  job: Job,
  database: string | TableHandle,
  work: (tables: StepTables) => Promise<T>,
  { signal, run, transaction }: JobTablesOptions = {},
): Promise<T> {
  // Redis counts jobs, and begins again if it is emptied.
  const id = `${job.queueQualifiedName}/${job.id}@${job.timestamp}`
  return tableStep(
    database,
    {
      id,
      run: run ?? id,
      name: job.name,
      signal,
      heartbeat: (progress) => void job.updateProgress({ ...progress }).catch(() => {}),
      permanent: (cause) => Object.assign(new UnrecoverableError(`${cause.code}: ${cause.message}`), { cause }),
      transaction,
    },
    work,
  )
}
