import { randomUUID } from 'node:crypto'
import { TerminalError, type Context } from '@restatedev/restate-sdk'
import type { TableHandle } from '../model/handle.ts'
import { tableStep, type StepTables, type TransactionOptions } from './table-step.ts'

export { closeDatabases, useDatabases } from './databases.ts'
export { isTableHandle, type TableHandle } from '../model/handle.ts'
export type { StepTables, TransactionOptions } from './table-step.ts'

/** The ids of executions: Restate's own are the same again once an execution has been purged. */
const executions = new WeakMap<Context, Promise<string>>()

/**
 * Does a step of a Restate handler with tables, in `ctx.run`. A save happens once, however often the step is tried; what would fail again
 * is a TerminalError with the code in its metadata; a cancelled invocation stops a save that runs.
 * @param name the step's name: another for each step of an execution
 * @param database a URL, a name of `useDatabases`, or a handle, whose database is meant
 * @param options a transaction is the execution's: until its last step publishes
 * @throws TerminalError, and errors that are worth another try
 */
export async function tables<T>(
  ctx: Context,
  name: string,
  database: string | TableHandle,
  work: (tables: StepTables) => Promise<T>,
  { transaction }: { transaction?: boolean | TransactionOptions } = {},
): Promise<T> {
  const execution = executions.get(ctx) ?? ctx.run('doltflow run', () => randomUUID())
  executions.set(ctx, execution)
  const run = `${ctx.request().id}/${await execution}`
  const step = {
    id: `${run}/${name}`,
    run,
    name,
    signal: ctx.request().attemptCompletedSignal,
    permanent: ({ message, code }: { message: string; code: string }) =>
      new TerminalError(message, { errorCode: 422, metadata: { code } }),
    transaction,
  }
  return ctx.run(name, () => tableStep(database, step, work))
}
