import type { Session } from '../engines/engine.ts'
import { RECORDS_BRANCH, STEPS_TABLE } from '../model/names.ts'
import type { Cause, ConsumedTable, Fingerprint, ProducedTable } from '../model/step.ts'
import { newId } from '../system/id.ts'
import type { Value } from '../types.ts'

/*
 * What steps consumed and produced, as events: `begun`, and then `done` or `failed`; `skipped` alone. They are only ever added.
 */

/** What became of an execution of a step. */
export type StepStatus = 'begun' | 'done' | 'skipped' | 'failed'

/** An execution of a step, as it is recorded. */
export interface StepRecord {
  /** A UUIDv7; of all events of one execution. */
  execution: string
  /** The step's name. */
  step: string
  /** Equal keys mean equal results. */
  key: string
  /** What became of it. */
  status: StepStatus
  /** The workflow manager's name for its execution. */
  run: string | null
  /** The branch that it saves to; in a run the one that the run is published to. */
  branch: string
  /** The branch that it worked on: of a run its own. */
  target: string | null
  /** When this was recorded: ISO 8601, UTC. */
  at: string
  /** `Name <email>` */
  author: string
  /** The tables that it read. */
  tables: ConsumedTable[]
  /** The files that it read. */
  files: Fingerprint[]
  /** The code that it is. */
  code: Fingerprint[]
  /** Its parameters, by name, as JSON. */
  params: Record<string, string>
  /** The tables that it produced. */
  outputs: ProducedTable[]
  /** The files that it produced. */
  outFiles: Fingerprint[]
  /** Why it ran; empty for one that was skipped. */
  causes: Cause[]
  /** Of one that was skipped: the execution whose result it has. */
  of: { execution: string; run: string | null; at: string } | null
  /** The id of the save that publishes what it produced. */
  save: string | null
  /** What was run; null if that was a function. */
  command: string[] | null
  /** What went wrong. */
  error: string | null
  /** How long the work took. */
  durationMs: number | null
}

const COLUMNS = ['id', 'execution', 'step', 'key', 'status', 'run', 'branch', 'at', 'author', 'data'] as const

export async function writeStep(session: Session, record: StepRecord): Promise<void> {
  const { execution, step, key, status, run, branch, at, author, ...data } = record
  const row: Value[] = [newId(), execution, step, key, status, run, branch, at, author, JSON.stringify(data)]
  await session.appendRecord({
    branch: RECORDS_BRANCH,
    table: STEPS_TABLE,
    columns: COLUMNS.map((name) => ({ name, type: 'text' })),
    // Each costs 8 KB of history a record.
    lookups: [['key', 'status'], ['step'], ['run']],
    row,
    message: `step ${step} ${status}`,
    author,
  })
}

/** Records by equality, the newest first. */
export async function readSteps(
  session: Session,
  where: Partial<Record<'execution' | 'step' | 'key' | 'status' | 'run' | 'branch', string>>,
  limit?: number,
): Promise<StepRecord[]> {
  if ((await session.head(RECORDS_BRANCH)) === undefined) return []
  const bound = limit === undefined ? {} : { limit }
  const rows = await session.records(RECORDS_BRANCH, STEPS_TABLE, { where, order: ['id'], newestFirst: true, ...bound })
  return rows.map(({ id: _id, data, ...row }) => ({
    ...(row as unknown as StepRecord),
    ...(JSON.parse(String(data)) as Partial<StepRecord>),
  }))
}
