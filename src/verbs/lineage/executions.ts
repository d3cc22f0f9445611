import type { Session } from '../../engines/engine.ts'
import { readRecords, readRecordsOfRun } from '../../history/records.ts'
import { runFamily } from '../../history/run-family.ts'
import type { Action } from '../../model/action.ts'
import { fileOfSave, TRAILERS } from '../../model/trailers.ts'
import { readSteps, type StepRecord } from '../../runs/step-records.ts'
import type { Commit, Hash } from '../../types.ts'

/** A table at a commit. */
export interface TableVersion {
  /** The table. */
  table: string
  /** The commit. */
  commit: Hash
}

/** What read tables and wrote others: an execution of a step; else what a run did, or one save. */
export interface Execution {
  /** The execution's id, or that of its first action. */
  id: string
  /** The step; null if it had no name. */
  step: string | null
  /** The run; null if it had no name. */
  run: string | null
  /** When it ended: ISO 8601, UTC. */
  at: string
  /** `Name <email>` */
  author: string | null
  /** What was run; null if that isn't known. */
  command: string[] | null
  /** The tables that it read, at their commits. */
  reads: TableVersion[]
  /** The tables that it wrote, at their commits. */
  writes: TableVersion[]
  /** The files that it read or saved from. */
  files: string[]
}

/** All that is recorded, the oldest first. @param run that of one run alone */
export async function executionsOf(session: Session, run?: string): Promise<Execution[]> {
  return executionsIn(session, await stepsOf(session, run), run)
}

/** All that is recorded; and what a check refused, by the id of its save: a person may have published it all the same. */
export async function executionsAndRefused(
  session: Session,
): Promise<{ executions: Execution[]; refused: Map<string, Execution> }> {
  const records = await stepsOf(session, undefined)
  const failed = records.filter(({ status, save }) => status === 'failed' && save !== null)
  return {
    executions: await executionsIn(session, records, undefined),
    refused: new Map(failed.map((record) => [record.save!, ofStep(record)])),
  }
}

async function stepsOf(session: Session, run: string | undefined): Promise<StepRecord[]> {
  const runs = run === undefined ? [undefined] : await runFamily(session, run)
  const records: StepRecord[] = []
  for (const one of runs) records.push(...(await readSteps(session, one === undefined ? {} : { run: one })))
  return records
}

async function executionsIn(
  session: Session,
  records: readonly StepRecord[],
  run: string | undefined,
): Promise<Execution[]> {
  const steps = records.filter(({ status }) => status === 'done' || status === 'skipped')
  const known = new Set(steps.map(groupOf))
  const groups = new Map<string, Action[]>()
  for (const action of run === undefined ? await readRecords(session, {}) : await readRecordsOfRun(session, run)) {
    const group = groupOf(action)
    if (action.step !== null && known.has(group)) continue
    const name = action.step === null && action.run === null ? action.id : group
    groups.set(name, [...(groups.get(name) ?? []), action])
  }
  // Of two at the same time the one that was recorded first comes first.
  const all = [...steps.toReversed().map(ofStep), ...[...groups.values()].map(ofActions)]
  return all.toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))
}

/** What a commit itself tells of the save that made it; undefined if that is nothing. */
export function ofCommit({ hash, trailers, date, author }: Commit, table: string): Execution | undefined {
  const id = trailers[TRAILERS.action]
  if (id === undefined) return undefined
  const [step, run] = [trailers[TRAILERS.step] ?? null, trailers[TRAILERS.run] ?? null]
  const writes = [{ table, commit: hash }]
  return { id, step, run, at: date, author, command: null, reads: [], writes, files: filesOf(trailers, table) }
}

/** The files that a commit's save of a table read. */
export function filesOf(trailers: Readonly<Record<string, string>>, table: string): string[] {
  return fileOfSave(trailers, table)?.split('\n') ?? []
}

function groupOf({ step, run }: Pick<Action | StepRecord, 'step' | 'run'>): string {
  return JSON.stringify([run, step])
}

function ofStep({ execution, step, run, at, author, command, tables, outputs, files }: StepRecord): Execution {
  return {
    id: execution,
    step,
    run,
    at,
    author,
    command,
    reads: tables.map(({ table, commit }) => ({ table, commit })),
    writes: outputs.filter(({ commit }) => commit !== '').map(({ table, commit }) => ({ table, commit })),
    files: files.map(({ name }) => name),
  }
}

function ofActions(actions: readonly Action[]): Execution {
  const [first] = actions as [Action]
  const last = actions.at(-1)!
  const reads: TableVersion[] = []
  const writes: TableVersion[] = []
  const files: string[] = []
  for (const { kind, table, tables, fromCommit, fileCommit, toCommit, changed, file } of actions) {
    const isLoad = kind === 'load'
    const commit = isLoad ? fromCommit : (fileCommit ?? toCommit)
    const named = table === null ? (tables ?? []) : [table]
    if (commit !== null && (isLoad || changed))
      (isLoad ? reads : writes).push(...named.map((one) => ({ table: one, commit })))
    if (!isLoad && file !== null) files.push(...file.split('\n'))
  }
  const { id, step, run, author } = first
  return { id, step, run, at: last.startedAt, author, command: null, reads, writes, files: [...new Set(files)] }
}
