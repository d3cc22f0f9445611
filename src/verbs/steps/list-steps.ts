import { withSession, type Context } from '../../context.ts'
import { NotFoundError } from '../../errors.ts'
import { call } from '../../model/advice.ts'
import { readSteps, type StepRecord } from '../../runs/step-records.ts'

/** Which executions of steps are listed. */
export interface StepFilter {
  /** Those of this step. Default: of all */
  step?: string | undefined
  /** Those of this run. Default: of all */
  run?: string | undefined
  /** That execution alone. Default: all */
  execution?: string | undefined
  /** At most so many. Default: all */
  limit?: number | undefined
}

/** The executions of steps, the newest first; each as it was recorded last. */
export function listSteps(context: Context, { limit = Infinity, ...filter }: StepFilter = {}): Promise<StepRecord[]> {
  return withSession(context, async (session) => {
    const given = Object.entries(filter).filter(([, value]) => value !== undefined)
    const where = Object.fromEntries(given) as Record<string, string>
    // An execution that ran has two records.
    const records = await readSteps(session, where, limit === Infinity ? undefined : 2 * limit)
    const seen = new Set<string>()
    return records.filter(({ execution }) => !seen.has(execution) && seen.add(execution)).slice(0, limit)
  })
}

/**
 * Why a step ran, or didn't: its last execution, or that of a run.
 * @throws {NotFoundError} STEP_NOT_FOUND
 */
export async function why(context: Context, step: string, { run }: Pick<StepFilter, 'run'> = {}): Promise<StepRecord> {
  const [last] = await listSteps(context, { step, ...(run === undefined ? {} : { run }), limit: 1 })
  if (last) return last
  const where = run === undefined ? '' : ` in the run ${run}`
  throw new NotFoundError('STEP_NOT_FOUND', `There is no step ${step}${where}. See: ${call('steps')}`, {
    data: { step, ...(run === undefined ? {} : { run }) },
  })
}
