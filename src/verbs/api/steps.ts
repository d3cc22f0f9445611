import type { StepRecord } from '../../runs/step-records.ts'
import type { RowObject } from '../rows.ts'
import type { ChangesOptions } from '../steps/changes.ts'
import type { EndStepOptions } from '../steps/held-steps.ts'
import type { StepFilter } from '../steps/list-steps.ts'
import type { StepOptions, StepOutputs, StepPlan, StepResult, StepWork } from '../steps/step-options.ts'

/** Steps: tasks of a workflow, which run only if they must. */
export interface StepVerbs {
  /**
   * Does a step, or gives the result that it has. If the step was done before with the same inputs, parameters and code, and its result
   * was published (or is of the same run), its outputs are put back by reference, and the work doesn't run. What it makes is published
   * as one commit, and only if the work succeeds. Of two processes that begin the same step at once, one runs; the other has its result.
   * @param name the step's name in the workflow
   * @param options default: no inputs and no outputs; on the default branch
   * @param work is given the inputs, pinned to the commits that they have now, and gives a source for each output
   * @returns what it consumed and produced; `status` is `done` or `skipped`, `causes` says why it ran, `of` whose result it has
   * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND, BRANCH_NOT_FOUND, FILE_NOT_FOUND
   * @throws {UsageError} USAGE: the work gave other outputs; OPTION_INVALID
   * @throws {RefusedError} RUN_BRANCH, DATABASE_READ_ONLY, and what `save` refuses
   * @throws {ConflictError} CONFLICT
   * @example
   * const made = { inputs: ['raw'], outputs: { clean: { key: 'id' } } }
   * const { status, causes } = await db.step('clean', made, async (step) => {
   *   const rows = []
   *   for await (const row of step.rows('raw')) if (row.price !== null) rows.push(row)
   *   return { clean: rows }
   * })
   */
  step(name: string, options: StepOptions, work: (step: StepWork) => Promise<StepOutputs | void>): Promise<StepResult>

  /**
   * Begins a step that `endStep` ends: for programs that can't give a function, such as those in another language. Load its inputs at
   * the commits that `tables` names. Keep the database open until it is ended; who closes it gives the step up.
   * @param options default: no inputs and no outputs; on the default branch
   * @returns its record: `begun`; or `skipped`, and nothing is to be done
   * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND, BRANCH_NOT_FOUND, FILE_NOT_FOUND
   * @throws {UsageError} OPTION_INVALID
   * @throws {RefusedError} RUN_BRANCH, DATABASE_READ_ONLY
   * @example
   * const { status, execution, tables } = await db.beginStep('clean', { inputs: ['raw'], outputs: ['clean'] })
   */
  beginStep(name: string, options?: StepOptions): Promise<StepRecord>

  /**
   * Ends a step that was begun on this database: publishes its outputs, or with an `error` notes that it failed.
   * @param execution as `beginStep` gave it
   * @param options default: no outputs
   * @throws {NotFoundError} STEP_NOT_FOUND: none of that execution was begun here
   * @throws {UsageError} USAGE, OPTION_INVALID
   * @throws {RefusedError} what `save` refuses
   * @throws {ConflictError} CONFLICT
   * @example
   * const { execution } = await db.beginStep('clean', { outputs: ['clean'] })
   * await db.endStep(execution, { outputs: { clean: 'clean.csv' } })
   */
  endStep(execution: string, options?: EndStepOptions): Promise<StepResult>

  /**
   * Tells what a step would do now, and why. Nothing runs, and nothing is recorded.
   * @param options as those of `step`. Default: no inputs and no outputs
   * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND, FILE_NOT_FOUND
   * @throws {UsageError} OPTION_INVALID
   * @example
   * const { runs, causes } = await db.planStep('clean', { inputs: ['raw'], outputs: ['clean'] })
   */
  planStep(name: string, options?: StepOptions): Promise<StepPlan>

  /**
   * Lists executions of steps, the newest first: what each consumed and produced, and why it ran.
   * @param filter default: all
   * @throws {UsageError} OPTION_INVALID
   * @example
   * const [last] = await db.steps({ step: 'clean', limit: 1 })
   */
  steps(filter?: StepFilter): Promise<StepRecord[]>

  /**
   * Tells why a step ran the last time, or in a run; or whose result it had.
   * @param options default: its last execution
   * @throws {NotFoundError} STEP_NOT_FOUND
   * @throws {UsageError} USAGE, OPTION_INVALID
   * @example
   * const { status, causes } = await db.why('clean')
   */
  why(step: string, options?: { run?: string | undefined }): Promise<StepRecord>

  /**
   * Reads the rows of a table that changed, in the order of its key: each with its cells (a removed one's are those that it had), and
   * `_change`: `added`, `modified` or `removed`. If that can't be told (the key or the columns changed, the history was rewritten),
   * every row is given as added. The time goes with the changes, not with the table.
   * @param options default: all rows, as added
   * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND, RUN_NOT_FOUND, STEP_NOT_FOUND
   * @throws {UsageError} USAGE, OPTION_INVALID
   * @example
   * for await (const row of db.changes('orders', { since: 'step:totals' })) console.log(row['_change'], row['id'])
   */
  changes(table: string, options?: ChangesOptions): AsyncGenerator<RowObject, void>
}
