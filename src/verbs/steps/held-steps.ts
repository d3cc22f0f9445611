import type { Context } from '../../context.ts'
import type { Engine } from '../../engines/engine.ts'
import { AbortedError, DoltflowError, NotFoundError } from '../../errors.ts'
import type { StepRecord } from '../../runs/step-records.ts'
import type { TableOptions } from '../save/save-options.ts'
import { listSteps } from './list-steps.ts'
import type { StepOptions, StepOutputs, StepResult, StepWork } from './step-options.ts'
import { step } from './step.ts'

/** What came of the work of a step. */
export interface EndStepOptions {
  /** The sources of its outputs, by table. Default: none */
  outputs?: StepOutputs | undefined
  /** How the source of an output is read, such as its format, by table. Default: as the step was begun with */
  tables?: Readonly<Record<string, TableOptions>> | undefined
  /** What went wrong: then nothing is published. Default: nothing did */
  error?: string | undefined
}

interface HeldStep {
  step: string
  result: Promise<StepResult>
  end: (outputs: StepOutputs) => void
  describe: StepWork['describe']
  fail: (error: Error) => void
}

/** The steps that callers have begun on a database, by their execution. */
const held = new WeakMap<Engine, Map<string, HeldStep>>()

/** Begins a step whose work is done elsewhere. @returns its record: `begun`, or `skipped` */
export async function beginStep(context: Context, name: string, options: StepOptions = {}): Promise<StepRecord> {
  const steps = held.get(context.engine) ?? new Map<string, HeldStep>()
  held.set(context.engine, steps)
  let begin: (record: StepRecord) => void = () => {}
  const begun = new Promise<StepRecord>((resolve) => (begin = resolve))
  const result = step(context, name, options, ({ record, describe }) => {
    const work = new Promise<StepOutputs>((end, fail) => {
      steps.set(record.execution, { step: name, result, end, fail, describe })
      const stop = (): void => fail(new AbortedError('ABORTED', 'The step was stopped; nothing was published.'))
      context.stop.addEventListener('abort', stop, { once: true })
      options.signal?.addEventListener('abort', stop, { once: true })
    })
    begin(record)
    return work
  })
  // Its end is asked for by `endStep`.
  result.catch(() => {})
  return Promise.race([begun, result.then(({ actions: _actions, ...record }) => record)])
}

/**
 * Ends a step that was begun on this database.
 * @throws {NotFoundError} STEP_NOT_FOUND
 */
export async function endStep(
  context: Context,
  execution: string,
  { outputs = {}, tables = {}, error }: EndStepOptions = {},
): Promise<StepResult> {
  const one = held.get(context.engine)?.get(execution)
  if (!one)
    throw new NotFoundError(
      'STEP_NOT_FOUND',
      `No step with the execution ${execution} was begun on this database and is not ended. Begin one: beginStep(name).`,
      { data: { execution } },
    )
  held.get(context.engine)!.delete(execution)
  if (error === undefined) {
    for (const [table, own] of Object.entries(tables)) one.describe(table, own)
    one.end(outputs)
    return one.result
  }
  one.fail(new DoltflowError('STEP_FAILED', error))
  await one.result.catch(() => {})
  const [record] = await listSteps(context, { limit: 1, step: one.step, execution })
  return { ...record!, actions: [] }
}
