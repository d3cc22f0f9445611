import { resolve } from 'node:path'
import { targetBranch, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { UsageError } from '../../errors.ts'
import { checkTableName } from '../../model/names.ts'
import { canonicalJson, stepKey, type Cause, type StepMade } from '../../model/step.ts'
import { PastSteps } from '../../runs/past-steps.ts'
import { finalBranch } from '../../runs/published-runs.ts'
import type { StepRecord } from '../../runs/step-records.ts'
import { checkedAuthor } from '../../system/author.ts'
import { plainData } from '../check-options.ts'
import type { TableOptions } from '../save/save-options.ts'
import { cause, causesSince } from './causes.ts'
import { findResult } from './find-result.ts'
import { codeFingerprint, fileFingerprint } from './fingerprint.ts'
import { pinInputs, sinceLast } from './pin-inputs.ts'
import type { StepInput, StepOptions } from './step-options.ts'

/** A step as it stands: what it is made of, and what is known of it. */
export interface DescribedStep {
  made: StepMade
  key: string
  /** Where it reads and saves. */
  target: string
  /** As it is recorded: in a run, where that is published to. */
  branch: string
  run: string | null
  author: string
  /** How each output is saved. */
  outputs: ReadonlyMap<string, TableOptions>
  past: PastSteps
  /** Its last success, on this branch or else on another. */
  last: StepRecord | undefined
  /** Why it can't be skipped, whatever is there; undefined if it can. */
  always: Cause | undefined
}

/** Looks at what a step is made of now. */
export async function describeStep(
  session: Session,
  context: Context,
  step: string,
  options: StepOptions,
): Promise<DescribedStep> {
  const target = targetBranch(context, options.branch)
  const author = checkedAuthor(options.author ?? context.author)
  const run = options.run ?? context.run
  const outputs = outputsOf(options.outputs)
  const past = new PastSteps(session, run)
  const branch = await finalBranch(session, run, context.into ?? target)
  const last = await past.last(step, branch, { anywhere: true })
  const sameBranch = last?.branch === branch ? last : undefined
  const tables = []
  for (const pinned of await pinInputs(session, context, inputsOf(options.inputs), { branch: target, author }))
    tables.push(await sinceLast(session, pinned, sameBranch))
  const files = []
  for (const name of options.files ?? []) files.push(await fileFingerprint(name, resolve(name)))
  const code = []
  for (const name of options.code ?? []) code.push(await codeFingerprint(name, resolve(name)))
  const params = Object.fromEntries(
    Object.entries(options.params ?? {}).map(([name, value]) => [name, canonicalJson(plainData(value))]),
  )
  const outFiles = options.outFiles ?? []
  const made: StepMade = { step, tables, files, code, params, outputs: [...outputs.keys()], outFiles }
  return {
    made,
    key: stepKey(made),
    target,
    branch,
    run,
    author,
    outputs,
    past,
    last,
    always: alwaysRuns(made, outputs),
  }
}

/** The result that a step has already; or every cause why it must run. */
export async function decide(
  session: Session,
  { made, key, past, last, always }: DescribedStep,
  force: boolean,
): Promise<{ result: StepRecord } | { causes: Cause[] }> {
  const found = force || always ? undefined : await findResult(session, past, key, (name) => resolve(name))
  if (found?.record) return { result: found.record }
  const changed = await causesSince(session, made, last)
  const own = [...(force ? [cause('forced', null, 'it was forced')] : []), ...(always ? [always] : [])]
  const lost = found?.lost ? [found.lost] : []
  const causes = [...own, ...(last?.key === key ? [] : changed), ...lost]
  return { causes: causes.length > 0 ? causes : changed }
}

/** Only whole inputs and outputs that are replaced have one result. */
function alwaysRuns({ tables }: StepMade, outputs: ReadonlyMap<string, TableOptions>): Cause | undefined {
  const changes = tables.find((table) => table.changes !== null)
  if (changes) {
    const { since, full } = changes.changes!
    const what =
      full === null
        ? `the rows of ${changes.input} that changed since ${since}`
        : `all rows of ${changes.input}: ${full}`
    return cause('always-runs', changes.input, `it reads ${what}`, { since, full })
  }
  for (const [table, { mode = 'replace' }] of outputs)
    if (mode !== 'replace') return cause('always-runs', table, `it ${mode}s to ${table}`, { mode })
  return undefined
}

function inputsOf(given: StepOptions['inputs']): Map<string, StepInput> {
  const entries = entriesOf<Partial<StepInput>>(given)
  return new Map(entries.map(([input, one]) => [input, { ...one, table: one.table ?? input }]))
}

/** Names, or what each is. */
function entriesOf<T extends object>(
  given: readonly string[] | Readonly<Record<string, T>> = {},
): [string, Partial<T>][] {
  if (!Array.isArray(given)) return Object.entries(given as Readonly<Record<string, T>>)
  return (given as readonly string[]).map((name): [string, Partial<T>] => [name, {}])
}

function outputsOf(given: StepOptions['outputs']): Map<string, TableOptions> {
  const entries = entriesOf<TableOptions>(given)
  for (const [table] of entries) checkTableName(table)
  const names = entries.map(([table]) => table)
  const twice = names.find((table, at) => names.indexOf(table) !== at)
  if (twice !== undefined)
    throw new UsageError('OPTION_INVALID', `The step makes ${twice} twice. Name each output once.`, {
      data: { option: 'outputs', value: twice },
    })
  return new Map(entries)
}
