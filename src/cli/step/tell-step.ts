import type { Cause } from '../../model/step.ts'
import type { StepRecord } from '../../runs/step-records.ts'
import type { StepPlan, StepResult } from '../../verbs/steps/step-options.ts'
import type { Call } from '../call.ts'
import { changes, count, duration, short, time } from '../text/words.ts'

/** What a step did. */
export function tellStep({ out }: Call<unknown>, result: StepResult): void {
  const { step, status, durationMs, actions, causes } = result
  if (status === 'skipped') out.line(`${step}: skipped, ${resultOf(result)}`)
  else out.line(`${step}: ran, ${duration(durationMs ?? 0)}`)
  for (const line of causeLines(causes)) out.line(line)
  for (const { kind, table, rows, toCommit, changed, branch, ...counts } of actions)
    out.line(
      kind === 'save'
        ? `  ${table}: ${count(rows ?? 0, 'row')}, ${changed ? `${changes(counts)}, ${branch} ${short(toCommit)}` : 'as it was'}`
        : `  ${table}: put back, ${branch} ${short(toCommit)}`,
    )
}

/** What a step would do. */
export function tellPlan({ out }: Call<unknown>, { step, runs, causes, of }: StepPlan): void {
  out.line(runs ? `${step}: would run` : `${step}: would be skipped, ${resultOf({ of })}`)
  for (const line of causeLines(causes)) out.line(line)
}

/** Why a step ran. */
export function tellRecord({ out }: Call<unknown>, record: StepRecord): void {
  const { step, status, run, at, causes, error } = record
  const when = `${time(at)}${run === null ? '' : `, run ${run}`}`
  const what = {
    begun: 'is running, or was killed',
    done: 'ran',
    failed: `failed: ${error}`,
    skipped: `was skipped, ${resultOf(record)}`,
  }[status]
  out.line(`${step} (${when}) ${what}`)
  for (const line of causeLines(causes)) out.line(line)
}

function causeLines(causes: readonly Cause[]): string[] {
  return causes.map(({ text }) => `  because ${text}`)
}

function resultOf({ of }: Pick<StepRecord, 'of'>): string {
  if (!of) return 'its result is there'
  return `its result is that of ${of.run === null ? time(of.at) : `run ${of.run}`}`
}
