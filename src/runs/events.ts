import type { Session } from '../engines/engine.ts'
import { RECORDS_BRANCH, RUNS_TABLE } from '../model/names.ts'
import { newId } from '../system/id.ts'
import type { Hash, Value } from '../types.ts'

/*
 * What became of runs, as events: they are only ever added, each under an id of its own, so that two clones' events never conflict.
 */

export type RunEventKind = 'begun' | 'failed' | 'published' | 'dropped'

/** Something that became of a run. */
export interface RunEvent {
  run: string
  event: RunEventKind
  /** ISO 8601, UTC. */
  at: string
  into: string
  /** `begun`: the head of `into`; `published`: its head after. */
  commit: Hash | null
  author: string
  /** Plain data, by the event. */
  data: Record<string, unknown>
}

const COLUMNS = ['id', 'run', 'event', 'at', 'into', 'commit', 'author', 'data', 'parent'] as const

export async function writeEvent(session: Session, event: RunEvent): Promise<void> {
  const row: Value[] = [
    newId(),
    event.run,
    event.event,
    event.at,
    event.into,
    event.commit,
    event.author,
    JSON.stringify(event.data),
    (event.data['parent'] as string | null | undefined) ?? null,
  ]
  await session.appendRecord({
    branch: RECORDS_BRANCH,
    table: RUNS_TABLE,
    columns: COLUMNS.map((name) => ({ name, type: 'text' })),
    lookups: [['run'], ['parent']],
    row,
    message: `run ${event.run} ${event.event}`,
    author: event.author,
  })
}

/** Events in their order; those of one run, if it is named. */
export async function readEvents(session: Session, run?: string): Promise<RunEvent[]> {
  if ((await session.head(RECORDS_BRANCH)) === undefined) return []
  const where: Record<string, Value> = run === undefined ? {} : { run }
  const rows = await session.records(RECORDS_BRANCH, RUNS_TABLE, { where, order: ['at', 'id'] })
  return rows.map((row) => ({
    ...(row as unknown as RunEvent),
    data: JSON.parse(String(row['data'] ?? '{}')) as Record<string, unknown>,
  }))
}
