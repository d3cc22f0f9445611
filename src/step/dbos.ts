import { DBOS } from '@dbos-inc/dbos-sdk'
import { isDoltflowError } from '../model/error-data.ts'
import type { TableHandle } from '../model/handle.ts'
import { tableStep, type StepTables, type TransactionOptions } from './table-step.ts'

export { closeDatabases, useDatabases } from './databases.ts'
export { isTableHandle, type TableHandle } from '../model/handle.ts'
export type { StepTables, TransactionOptions } from './table-step.ts'

/** How a step is tried again, besides doltflow's own. */
export interface TablesOptions {
  /** How often an error is tried that is worth it. Default: 10 */
  maxAttempts?: number | undefined
  /** Until the first new attempt, in seconds; doubled each time. Default: 1 */
  intervalSeconds?: number | undefined
  /** The workflow's transaction, until its last step publishes. Default: false */
  transaction?: boolean | TransactionOptions | undefined
}

/**
 * Does a step of a DBOS workflow with tables. A save happens once, however often the step is tried, also after a recovery; what would
 * fail again is not tried again; a cancelled workflow stops a save that runs.
 * @param name the step's name
 * @param database a URL, a name of `useDatabases`, or a handle, whose database is meant
 * @throws errors as they are
 */
export function tables<T>(
  name: string,
  database: string | TableHandle,
  work: (tables: StepTables) => Promise<T>,
  { maxAttempts = 10, intervalSeconds = 1, transaction }: TablesOptions = {},
): Promise<T> {
  return DBOS.runStep(
    () => {
      const { stepID, cancelSignal, timeoutSignal } = DBOS.stepStatus!
      const run = DBOS.workflowID!
      const signal = timeoutSignal ? AbortSignal.any([cancelSignal, timeoutSignal]) : cancelSignal
      return tableStep(database, { id: `${run}/${stepID}`, run, name, signal, transaction }, work)
    },
    {
      name,
      retriesAllowed: true,
      maxAttempts,
      intervalSeconds,
      shouldRetry: (error) => !isDoltflowError(error) || error.retryable,
    },
  )
}
