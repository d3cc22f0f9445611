import { resolve } from 'node:path'
import { guarded, targetBranch, withSession, withWritingSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { UsageError } from '../../errors.ts'
import { readRecords } from '../../history/records.ts'
import { headOf } from '../../history/ref.ts'
import type { Action } from '../../model/action.ts'
import type { Cause, ProducedTable } from '../../model/step.ts'
import { dropScratch } from '../../publishing/scratch.ts'
import { finalBranch } from '../../runs/published-runs.ts'
import { readSteps, writeStep, type StepRecord } from '../../runs/step-records.ts'
import { failpoint } from '../../system/failpoint.ts'
import { newId } from '../../system/id.ts'
import { saveAll } from '../save/save.ts'
import { undo } from '../undo/undo.ts'
import { claimExecution } from './claim.ts'
import { decide, describeStep, type DescribedStep } from './describe.ts'
import { fileFingerprint } from './fingerprint.ts'
import { inputLoader, inputRows } from './read-input.ts'
import type { StepOptions, StepOutputs, StepPlan, StepResult, StepWork } from './step-options.ts'

/** Among so many records those are looked for whose process was killed. */
const LOOKED_AT = 100

/**
 * Does a step, or gives the result that it has already: if the same step was done with the same inputs, parameters and code, and its
 * result was published, its outputs are put back by reference. What it makes is published as one commit, and only if it succeeds.
 * @param work gives the outputs' sources
 */
export function step(
  context: Context,
  name: string,
  given: StepOptions,
  work: (step: StepWork) => Promise<StepOutputs | void>,
): Promise<StepResult> {
  const options = guarded(context, given)
  const inner: Context = { ...context, step: name, run: options.run ?? context.run }
  // The session shows that this process lives, so that nobody takes its claim; it works with others of its own.
  return withWritingSession(inner, (session) => stepHeld(session, inner, name, options, work), {
    signal: options.signal,
    onProgress: options.onProgress,
    mayWait: true,
  })
}

async function stepHeld(
  session: Session,
  context: Context,
  name: string,
  options: StepOptions,
  work: (step: StepWork) => Promise<StepOutputs | void>,
): Promise<StepResult> {
  const branch = await finalBranch(session, context.run, context.into ?? targetBranch(context, options.branch))
  await endInterrupted(session, name, branch)
  const described = await describeStep(session, context, name, options)
  const first = await decide(session, described, options.force ?? false)
  if ('result' in first) return reuse(session, context, described, first.result, options)
  const base = await headOf(session, described.target)
  const others = async (): Promise<StepRecord | undefined> => {
    if (options.force || described.always) return undefined
    const again = await decide(session, described, false)
    return 'result' in again ? again.result : undefined
  }
  // Changed rows are one step's after the other, whatever else it is made of.
  const id = described.always ? `step ${name} on ${described.branch}` : `step ${described.key}`
  const claimed = await claimExecution(session, { base, id, doing: 'runs the same step' }, others, options)
  if ('found' in claimed) return reuse(session, context, described, claimed.found, options)
  try {
    if (!described.always) return await execute(session, context, described, { causes: first.causes, options, work })
    // Another process may have had the changed rows meanwhile.
    await endInterrupted(session, name, branch)
    const now = await describeStep(session, context, name, options)
    const again = await decide(session, now, options.force ?? false)
    const causes = 'causes' in again ? again.causes : first.causes
    return await execute(session, context, now, { causes, options, work })
  } finally {
    await dropScratch(session, claimed.claim)
  }
}

/** What a step would do now, and why; nothing runs. */
export function planStep(context: Context, name: string, options: StepOptions = {}): Promise<StepPlan> {
  const inner: Context = { ...context, step: name, run: options.run ?? context.run }
  return withSession(inner, async (session) => {
    const described = await describeStep(session, inner, name, options)
    const { key, made } = described
    const plan = await decide(session, described, options.force ?? false)
    if ('causes' in plan)
      return { step: name, key, runs: true, causes: plan.causes, of: null, tables: [...made.tables] }
    const { execution, run, at: when } = plan.result
    return { step: name, key, runs: false, causes: [], of: { execution, run, at: when }, tables: [...made.tables] }
  })
}

/** Gives the outputs of an earlier execution back: no data moves; what the branch has already stays. */
async function reuse(
  session: Session,
  context: Context,
  described: DescribedStep,
  record: StepRecord,
  options: StepOptions,
): Promise<StepResult> {
  const head = await headOf(session, described.target)
  const missing: ProducedTable[] = []
  for (const output of record.outputs)
    if (((await session.tableHash(head, output.table)) ?? null) !== output.hash) missing.push(output)
  const { step: name, execution, run, at: when } = record
  // What puts the result back has a session of its own.
  session.makeRoom?.()
  const of = record.of ?? { execution, run, at: when }
  const actions =
    missing.length === 0
      ? []
      : await undo(
          { ...context, remote: null },
          'restore',
          { branch: options.branch, author: options.author, message: options.message },
          async () => ({
            changes: missing.map(({ table, commit, hash }) =>
              hash === null
                ? { kind: 'drop', table, change: { kind: 'drop', table } }
                : { kind: 'restore', table, change: { kind: 'restore', table, from: commit } },
            ),
            message: `step ${name}: the result of ${run === null ? when : `run ${run}`}`,
          }),
        )
  failpoint('step-restored')
  const skipped = recordOf(described, {
    execution: newId(),
    status: 'skipped',
    outputs: record.outputs,
    outFiles: record.outFiles,
    command: options.command ? [...options.command] : record.command,
    of,
  })
  await session.shield(() => writeStep(session, skipped))
  failpoint('step-recorded')
  return { ...skipped, actions }
}

interface Execution {
  causes: Cause[]
  options: StepOptions
  work: (step: StepWork) => Promise<StepOutputs | void>
}

async function execute(
  session: Session,
  context: Context,
  described: DescribedStep,
  { causes, options, work }: Execution,
): Promise<StepResult> {
  const { made } = described
  const outputs = new Map(described.outputs)
  const execution = newId()
  const save = outputs.size === 0 ? null : `step ${execution}`
  const command = options.command ? [...options.command] : null
  const unsaved = [...outputs.keys()].map((table) => ({ table, commit: '', hash: null, source: null }))
  const begun = recordOf(described, { execution, status: 'begun', causes, save, command, outputs: unsaved })
  await session.shield(() => writeStep(session, begun))
  failpoint('step-begun')
  session.makeRoom?.()
  const began = performance.now()
  const took = (): number => Math.round(performance.now() - began)
  try {
    const sources =
      (await work({
        record: begun,
        describe: (output, own) =>
          described.outputs.has(output) && outputs.set(output, { ...outputs.get(output), ...own }),
        inputs: Object.fromEntries(made.tables.map((one) => [one.input, one])),
        causes,
        load: inputLoader(context, made.tables, options),
        rows: inputRows(context, made.tables, options),
      })) ?? {}
    failpoint('step-ran')
    requireOutputs(described, sources)
    const outFiles = []
    for (const file of made.outFiles) outFiles.push(await fileFingerprint(file, resolve(file)))
    const actions = save === null ? [] : await publish(context, { made, outputs }, { save, options, sources })
    failpoint('step-saved')
    const done: StepRecord = {
      ...begun,
      status: 'done',
      at: new Date().toISOString(),
      outFiles,
      outputs: await produced(session, actions, sources),
      durationMs: took(),
    }
    await session.shield(() => writeStep(session, done))
    failpoint('step-recorded')
    return { ...done, actions }
  } catch (error) {
    const text = String((error as { message?: unknown } | null)?.message ?? error).slice(0, 10_000)
    const failed: StepRecord = {
      ...begun,
      status: 'failed',
      outputs: [],
      at: new Date().toISOString(),
      error: text,
      durationMs: took(),
    }
    await session.shield(() => writeStep(session, failed)).catch(() => {})
    throw error
  }
}

function publish(
  context: Context,
  { outputs, made }: Pick<DescribedStep, 'made' | 'outputs'>,
  { save, options, sources }: { save: string; options: StepOptions; sources: StepOutputs },
): Promise<Action[]> {
  const { branch, author, data, message, signal, onProgress } = options
  const tables = Object.fromEntries([...outputs].map(([table, own]) => [table, own]))
  // The first one's action has the id that was given.
  const ordered = Object.fromEntries([...outputs.keys()].map((table) => [table, sources[table]!]))
  return saveAll(context, ordered, {
    id: save,
    branch,
    author,
    data,
    tables,
    message: message ?? `step ${made.step}`,
    signal,
    onProgress,
    // The tables are what the step made of its inputs, whatever file they came in.
    onHead: true,
  })
}

/** What a save published, each table at a commit that holds just that. */
async function produced(
  session: Session,
  actions: readonly Action[],
  sources: StepOutputs = {},
): Promise<ProducedTable[]> {
  const outputs: ProducedTable[] = []
  for (const { table, fileCommit, toCommit, fromCommit } of actions) {
    const commit = (fileCommit ?? toCommit ?? fromCommit)!
    const file = sources[table!]
    const source = typeof file === 'string' ? (await fileFingerprint(file, resolve(file))).hash : null
    outputs.push({ table: table!, commit, hash: (await session.tableHash(commit, table!)) ?? null, source })
  }
  return outputs
}

/**
 * Executions on a branch that were killed after they had published are done: their records are written now. So a step whose inputs are
 * changed rows doesn't get these again, though it has run elsewhere since.
 */
async function endInterrupted(session: Session, name: string, branch: string): Promise<void> {
  const ended = new Set<string>()
  for (const record of await readSteps(session, { step: name, branch }, LOOKED_AT)) {
    const { execution, status, save, outputs: planned } = record
    if (ended.has(execution)) continue
    ended.add(execution)
    if (status !== 'begun' || save === null) continue
    const actions: Action[] = []
    for (const [at, { table }] of planned.entries())
      actions.push(...(await readRecords(session, { id: at === 0 ? save : `${save}/${table}` })))
    if (actions.length < planned.length) continue
    const outputs = await produced(session, actions)
    await session.shield(() => writeStep(session, { ...record, status: 'done', at: new Date().toISOString(), outputs }))
  }
}

/** @throws {UsageError} USAGE if the work gave other tables than the step says */
function requireOutputs({ made, outputs }: DescribedStep, sources: StepOutputs): void {
  const given = Object.keys(sources)
  const missing = [...outputs.keys()].filter((table) => !given.includes(table))
  const unknown = given.filter((table) => !outputs.has(table))
  if (missing.length === 0 && unknown.length === 0) return
  const what =
    missing.length > 0
      ? `gave nothing for ${missing.join(', ')}`
      : `gave ${unknown.join(', ')}, which is no output of it`
  throw new UsageError(
    'USAGE',
    `The step ${made.step} ${what}. Its outputs are: ${[...outputs.keys()].join(', ') || 'none'}.`,
    { data: { step: made.step, missing, unknown } },
  )
}

function recordOf(
  { made, key, run, branch, target, author }: DescribedStep,
  more: Partial<StepRecord> & Pick<StepRecord, 'execution' | 'status'>,
): StepRecord {
  return {
    step: made.step,
    key,
    run,
    branch,
    target,
    at: new Date().toISOString(),
    author,
    tables: [...made.tables],
    files: [...made.files],
    code: [...made.code],
    params: { ...made.params },
    outputs: [],
    outFiles: [],
    causes: [],
    of: null,
    save: null,
    command: null,
    error: null,
    durationMs: null,
    ...more,
  }
}
