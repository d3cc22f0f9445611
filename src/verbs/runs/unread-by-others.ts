import type { Session } from '../../engines/engine.ts'
import { RefusedError } from '../../errors.ts'
import { runFamily } from '../../history/run-family.ts'
import { call } from '../../model/advice.ts'
import { PastSteps } from '../../runs/past-steps.ts'
import { lookAtRun } from '../../runs/published-runs.ts'
import type { RunInfo } from '../../runs/run-states.ts'
import { readSteps, type StepRecord } from '../../runs/step-records.ts'
import type { MayPublish } from '../merge.ts'

/**
 * What a run's publication requires, if its steps read changed rows: that no other that was published meanwhile had read the same,
 * which would then count twice. It throws RUN_OVERTAKEN.
 */
export async function unreadByOthers(session: Session, run: RunInfo): Promise<MayPublish | undefined> {
  const own: StepRecord[] = []
  for (const id of await runFamily(session, run.id)) {
    const known = await lookAtRun(session, id)
    const records = await readSteps(session, { run: id, status: 'done' })
    own.push(...records.filter(({ target }) => known?.holds(target) ?? true))
  }
  if (!own.some(({ tables }) => tables.some(({ changes }) => changes !== null))) return undefined
  return (now) => requireUnread(now, run, own)
}

/** @throws {RefusedError} RUN_OVERTAKEN */
async function requireUnread(session: Session, { id, parent }: RunInfo, own: readonly StepRecord[]): Promise<void> {
  const mine = new Set(own.map(({ execution }) => execution))
  const past = new PastSteps(session, parent)
  for (const { step, branch, tables } of own)
    for (const { table, changes } of tables) {
      // What it read after rows that it had read itself stands on those.
      if (!changes || changes.after === undefined || mine.has(changes.after ?? '')) continue
      const last = await past.last(step, branch)
      if (!last || last.execution === changes.after || mine.has(last.execution)) continue
      throw overtaken(id, step, { table, last })
    }
}

function overtaken(id: string, step: string, { table, last }: { table: string; last: StepRecord }): RefusedError {
  const by = last.run === null ? `an execution of it at ${last.at}` : `the run ${last.run}`
  return new RefusedError(
    'RUN_OVERTAKEN',
    `The step ${step} of the run ${id} read changed rows of ${table}; ${by}, which was published meanwhile, had read them already. Published, they would count twice. Drop this run and do it again: ${call('dropRun', [id])}`,
    { data: { run: id, step, table, by: last.run, execution: last.execution } },
  )
}
