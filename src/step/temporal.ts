import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity'
import type { TableHandle } from '../model/handle.ts'
import { tableStep, type StepTables, type TransactionOptions } from './table-step.ts'

export { closeDatabases, useDatabases } from './databases.ts'
export { isTableHandle, type TableHandle } from '../model/handle.ts'
export type { StepTables, TransactionOptions } from './table-step.ts'

/**
 * Does the work of a Temporal activity with tables. A save happens once, whichever worker tries the activity; what would fail again is
 * not tried again (an ApplicationFailure whose type is the code); an activity that heartbeats (`heartbeatTimeout`) can be cancelled.
 * @param database a URL, a name of `useDatabases`, or a handle, whose database is meant
 * @param options a transaction is the workflow's: until its last step publishes
 * @throws ApplicationFailure, CancelledFailure, and errors that are worth another try
 */
export function tables<T>(
  database: string | TableHandle,
  work: (tables: StepTables) => Promise<T>,
  { transaction }: { transaction?: boolean | TransactionOptions } = {},
): Promise<T> {
  const context = Context.current()
  const { workflowExecution, activityId, activityRunId, activityType, heartbeatTimeoutMs } = context.info
  const run = workflowExecution?.runId ?? activityRunId ?? activityId
  return tableStep(
    database,
    {
      id: `${run}/${activityId}`,
      run,
      name: activityType,
      signal: context.cancellationSignal,
      // Without a timeout an activity must not heartbeat.
      ...(heartbeatTimeoutMs ? { heartbeat: (progress) => context.heartbeat(progress) } : {}),
      permanent: (cause) =>
        ApplicationFailure.create({
          message: cause.message,
          type: cause.code,
          nonRetryable: true,
          details: [cause.data],
          cause,
        }),
      cancelled: (cause) => new CancelledFailure(cause.message, [], cause),
      transaction,
    },
    work,
  )
}
