import type { Session } from '../engines/engine.ts'
import { NotFoundError } from '../errors.ts'
import {
  composeAction,
  RECORD_COLUMNS,
  type Action,
  type Intent,
  type Outcome,
  type RecordColumn,
} from '../model/action.ts'
import { call } from '../model/advice.ts'
import { RECORDS_BRANCH, RECORDS_TABLE } from '../model/names.ts'
import type { Hash, Value } from '../types.ts'
import { runFamily } from './run-family.ts'

/* The stored records of actions: written by the table sink, read by everything that asks who did what. */

const INTEGERS: ReadonlySet<string> = new Set<RecordColumn>([
  'changed',
  'merged',
  'rows',
  'added',
  'modified',
  'removed',
  'durationMs',
])
/** Columns of plain data, kept as JSON. */
const JSON_COLUMNS: ReadonlySet<string> = new Set<RecordColumn>(['data', 'parameters', 'tables'])

/** Appends an action's record; nothing happens if it is there. */
export async function writeRecord(session: Session, action: Action): Promise<void> {
  await session.appendRecord({
    branch: RECORDS_BRANCH,
    table: RECORDS_TABLE,
    columns: RECORD_COLUMNS.map((name) => ({ name, type: INTEGERS.has(name) ? 'integer' : 'text' })),
    lookups: [['table', 'sourceHash'], ['run']],
    row: RECORD_COLUMNS.map((name) => (JSON_COLUMNS.has(name) ? json(action[name]) : stored(action[name]))),
    message: `${action.kind} ${action.table ?? action.sql ?? ''}`.trim(),
    author: action.author ?? 'doltflow <doltflow@localhost>',
  })
}

/** Looks records up by equality; oldest first. */
export async function readRecords(
  session: Session,
  where: Partial<Record<RecordColumn, string>>,
  options: { newestFirst?: boolean; limit?: number } = {},
): Promise<Action[]> {
  if ((await session.head(RECORDS_BRANCH)) === undefined) return []
  const rows = await session.records(RECORDS_BRANCH, RECORDS_TABLE, { where, order: ['startedAt', 'id'], ...options })
  return rows.map(restored)
}

/** Records of what saved a table or read it, also by a query; oldest first. */
export async function readRecordsOfTable(
  session: Session,
  table: string,
  where: Partial<Record<RecordColumn, string>>,
): Promise<Action[]> {
  const named = await readRecords(session, { ...where, table })
  const loads = await readRecords(session, { ...where, kind: 'load' })
  const queries = loads.filter(({ tables }) => tables?.includes(table))
  if (queries.length === 0) return named
  return [...named, ...queries].toSorted((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1))
}

function inOrder({ startedAt, id }: Action): string {
  return `${startedAt} ${id}`
}

/** Records of a run, and of the runs in it; those of a table, if it is named; oldest first. */
export async function readRecordsOfRun(session: Session, run: string, table?: string): Promise<Action[]> {
  const found: Action[] = []
  for (const one of await runFamily(session, run))
    found.push(
      ...(table === undefined
        ? await readRecords(session, { run: one })
        : await readRecordsOfTable(session, table, { run: one })),
    )
  return found.toSorted((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1))
}

/**
 * The commit that a run means for a table: that of its last save of the table, else the one it read.
 * @throws {NotFoundError} RUN_NOT_FOUND
 */
export async function findRunCommit(session: Session, run: string, table: string | undefined): Promise<Hash> {
  const actions = await readRecordsOfRun(session, run, table)
  const saved = actions.findLast((action) => action.kind !== 'load')
  const commit = saved?.toCommit ?? actions.at(-1)?.fromCommit
  if (commit) return commit
  throw new NotFoundError(
    'RUN_NOT_FOUND',
    `Run ${run} has neither saved nor loaded ${table === undefined ? 'a table here' : `the table ${table}`}. See: ${call('actions', [], { run })}`,
    { data: { run, ...(table === undefined ? {} : { table }) } },
  )
}

function stored(value: unknown): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  return value as Value
}

function json(data: unknown): Value {
  return data === null || data === undefined ? null : JSON.stringify(data)
}

function restored(row: Record<string, Value>): Action {
  const kept = row as unknown as Intent & Outcome
  const intent = { ...kept, data: parsed(row['data']), parameters: parsed(row['parameters']) }
  const tables = parsed(row['tables']) as string[] | null
  return composeAction(intent, { ...kept, tables, changed: row['changed'] === 1, merged: row['merged'] === 1 })
}

function parsed(text: Value | undefined): unknown {
  if (typeof text !== 'string') return text ?? null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
