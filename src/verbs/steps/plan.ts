import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readBranch, withSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { stepKey, type Cause, type StepMade } from '../../model/step.ts'
import { PastSteps } from '../../runs/past-steps.ts'
import { finalBranch } from '../../runs/published-runs.ts'
import { readSteps, type StepRecord } from '../../runs/step-records.ts'
import { cause, causesSince } from './causes.ts'
import { whyLost } from './find-result.ts'
import { codeFingerprint, fileFingerprint } from './fingerprint.ts'
import { pinInputs } from './pin-inputs.ts'

/** A step that must run again. */
export interface PlannedStep {
  /** The step. */
  step: string
  /** Why; of one that is behind another, that that one runs. */
  causes: Cause[]
  /** Whether it runs in any case; else only if a step before it makes something else. */
  certain: boolean
  /** What was run the last time; null if that was a function. */
  command: string[] | null
}

/** Options of `plan`. */
export interface PlanOptions {
  /** The branch that is looked at. Default: the database's default branch */
  branch?: string | undefined
}

/**
 * Every recorded step that must run again since something that it read is another one now, in the order of their tables. Steps are
 * known as they were done last; nothing runs.
 */
export function plan(context: Context, { branch }: PlanOptions = {}): Promise<PlannedStep[]> {
  return withSession(context, async (session) => {
    const target = readBranch(context, branch) ?? context.branch
    const last = await lastOfEach(session, context, await finalBranch(session, context.run, context.into ?? target))
    const stale = new Map<string, PlannedStep>()
    for (const record of inOrder(last)) {
      const before = record.tables.flatMap(({ table, ref }) =>
        ref === null ? last.filter(({ outputs }) => outputs.some((output) => output.table === table)) : [],
      )
      const behind = before.filter(({ step }) => step !== record.step && stale.has(step))
      const own = await causesNow(session, context, record, target)
      const causes = [...own, ...behind.map(({ step }) => cause('inputs', step, `the step ${step} runs before it`))]
      if (causes.length > 0)
        stale.set(record.step, { step: record.step, causes, certain: own.length > 0, command: record.command })
    }
    return [...stale.values()]
  })
}

async function lastOfEach(session: Session, context: Context, branch: string): Promise<StepRecord[]> {
  const past = new PastSteps(session, context.run)
  const names = new Set((await readSteps(session, {})).map(({ step }) => step))
  const found: StepRecord[] = []
  for (const name of names) {
    const record = await past.last(name, branch)
    if (record) found.push(record)
  }
  return found
}

/** Those whose outputs others read come first; of those in a ring, the one that was done first. */
function inOrder(records: readonly StepRecord[]): StepRecord[] {
  const left = records.toSorted((a, b) => (a.at < b.at ? -1 : 1))
  const ordered: StepRecord[] = []
  while (left.length > 0) {
    const free = left.findIndex(({ step, tables }) =>
      tables.every(
        ({ table }) => !left.some((one) => one.step !== step && one.outputs.some((output) => output.table === table)),
      ),
    )
    ordered.push(...left.splice(Math.max(free, 0), 1))
  }
  return ordered
}

async function causesNow(session: Session, context: Context, record: StepRecord, branch: string): Promise<Cause[]> {
  const inputs = new Map(
    record.tables.map(({ input, table, ref, columns }) => [
      input,
      { table, at: ref ?? branch, ...(columns === null ? {} : { columns }) },
    ]),
  )
  const gone = [...record.files, ...record.code].filter(
    ({ name, hash, isGiven }) => !isGiven && !existsSync(resolve(name)) && name.toLowerCase() !== hash,
  )
  if (gone.length > 0) return gone.map(({ name }) => cause('file', name, `file: ${name} is gone`))
  const tables = await pinInputs(session, context, inputs, { branch, author: context.author })
  const files = []
  for (const { name } of record.files) files.push(await fileFingerprint(name, resolve(name)))
  const code = []
  for (const one of record.code) code.push(one.isGiven ? one : await codeFingerprint(one.name, resolve(one.name)))
  const outputs = record.outputs.map(({ table }) => table)
  const made: StepMade = { ...record, tables, files, code, outputs, outFiles: record.outFiles.map(({ name }) => name) }
  if (stepKey(made) === record.key) {
    const lost = await whyLost(session, record, (name) => resolve(name))
    return lost ? [lost] : []
  }
  return causesSince(session, { ...made, tables: tables.map((one) => ({ ...one, ref: null })) }, record)
}
