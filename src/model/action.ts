import { remember, spelt } from '../spelling.ts'
import type { Hash } from '../types.ts'
import type { TableHandle } from './handle.ts'

/** Which verb made an action. */
export type ActionKind = 'save' | 'load' | 'merge' | 'restore' | 'revert' | 'drop' | 'delete'

/** The record of one load or save: what it read or wrote, exactly. */
export interface Action {
  /** A UUIDv7, or the caller's own. */
  id: string
  /** Which verb it was. */
  kind: ActionKind
  /** null for a query, a merge or a revert. */
  table: string | null
  /** The query of a load. */
  sql: string | null
  /** The tables that the query of a load read, in the order of their names; null without a query. */
  tables: string[] | null
  /** Of a load the values of its query's placeholders, of a save `{ nulls }`, the texts that were NULL; null without any. */
  parameters: unknown
  /** The file's path as it was given; several are parted by line ends; null for a stream. */
  file: string | null
  /** sha256 of the source's bytes and of the options that shape it. */
  sourceHash: string | null
  /** The branch that was saved to, or loaded from; null for a load of another commit. */
  branch: string | null
  /** The commit that a save built on, or that a load read. */
  fromCommit: Hash | null
  /** The commit that holds exactly the file; null if it was merged away whole (`changed` is false then). */
  fileCommit: Hash | null
  /** The branch's head after the save. */
  toCommit: Hash | null
  /** Whether a commit was made, or a file written. */
  changed: boolean
  /** Whether the work of others was merged in. */
  merged: boolean
  /** Whether this is the record of an earlier call with the same id, and nothing was done now. Not part of the stored record. */
  repeated: boolean
  /** Equal hashes mean equal data. */
  tableHash: Hash | null
  /** How many rows were read or written. */
  rows: number | null
  /** Rows that `fromCommit` doesn't have. */
  added: number | null
  /** Rows with other cells than at `fromCommit`. */
  modified: number | null
  /** Rows that only `fromCommit` has. */
  removed: number | null
  /** The workflow manager's name for its execution. */
  run: string | null
  /** The workflow manager's name for the task in it. */
  step: string | null
  /** `Name <email>` */
  author: string | null
  /** ISO 8601, UTC. */
  startedAt: string
  /** How long it took. */
  durationMs: number
  /** The caller's own; plain data. */
  data: unknown
  /**
   * The table at the commit, for another step; null for what is no table, for a dry run, and in what `actions` lists and sinks
   * are told: `pin` makes one of those. Not part of the stored record.
   */
  handle: TableHandle | null
  /** What should be known of it, though it was done. Not part of the stored record. */
  notices: Notice[]
}

/** Something to be known of an action that was done. */
export interface Notice {
  /** What it is about. */
  code:
    | 'BUILT_ON_LOADED'
    | 'CHECK_WARNED'
    | 'COLUMN_MIXED'
    | 'COLUMNS_KEPT'
    | 'NO_KEY'
    | 'NAME_SIMILAR'
    | 'SCHEMA_CHANGED'
    | 'SINK_FAILED'
    | 'TABLE_SINK_LEFT_OUT'
    | 'NOT_PULLED'
    | 'REPEATED'
    | 'ROWS_NOT_THERE'
    | 'ENGINE'
  /** In words, with what to do. */
  message: string
}

/** The stored record's columns, in their order; the first is its key. */
export const RECORD_COLUMNS: readonly RecordColumn[] = [
  'id',
  'kind',
  'table',
  'sql',
  'file',
  'sourceHash',
  'branch',
  'fromCommit',
  'fileCommit',
  'toCommit',
  'changed',
  'merged',
  'tableHash',
  'rows',
  'added',
  'modified',
  'removed',
  'run',
  'step',
  'author',
  'startedAt',
  'durationMs',
  'data',
  'parameters',
  'tables',
]

export type RecordColumn = Exclude<keyof Action, 'notices' | 'handle'>

/** The texts that a save took for NULL. */
export function nullsOf({ kind, parameters }: Pick<Action, 'kind' | 'parameters'>): string[] {
  const nulls = kind === 'save' ? (parameters as { nulls?: unknown } | null)?.nulls : undefined
  return Array.isArray(nulls) ? nulls.map(String) : []
}

/** What an action is from its beginning: who asked for what. */
export type Intent = Pick<
  Action,
  'id' | 'kind' | 'table' | 'sql' | 'parameters' | 'file' | 'branch' | 'run' | 'step' | 'author' | 'startedAt' | 'data'
>

/** What came of it. What is left out is null, or false; the duration is that until now. */
export type Outcome = Partial<Omit<Action, keyof Intent | 'notices' | 'handle'>> & { notices?: readonly Notice[] }

/** An action on its way, and what was found of it so far. */
export interface Finding {
  intent: Intent
  found: Outcome
}

/** The intent of an action that begins now, or began at a date, with nothing in it but what every action has. */
export function newIntent(kind: ActionKind, id: string, startedAt: Date): Intent {
  return {
    id,
    kind,
    table: null,
    sql: null,
    parameters: null,
    file: null,
    branch: null,
    run: null,
    step: null,
    author: null,
    startedAt: startedAt.toISOString(),
    data: null,
  }
}

/** A notice whose message may advise calls. */
export function notice(code: Notice['code'], text: string): Notice {
  return remember({ code, message: spelt(text, 'library') }, text)
}

/** The record of an earlier call as the answer to one with the same id. */
export function asRepeated(action: Action): Action {
  const message = `The id ${action.id} was done before, at ${action.startedAt}: nothing was saved now.`
  return { ...action, repeated: true, notices: [...action.notices, { code: 'REPEATED', message }] }
}

/** An action with the handle of its table. */
export function withHandle(action: Action, handle: TableHandle): Action {
  return { ...action, handle }
}

/** Makes the record of an action. Nothing else does, and nothing changes it later. */
export function composeAction(intent: Intent, outcome: Outcome): Action {
  return {
    id: intent.id,
    kind: intent.kind,
    table: intent.table,
    sql: intent.sql,
    tables: outcome.tables ?? null,
    parameters: intent.parameters,
    file: intent.file,
    sourceHash: outcome.sourceHash ?? null,
    branch: intent.branch,
    fromCommit: outcome.fromCommit ?? null,
    fileCommit: outcome.fileCommit ?? null,
    toCommit: outcome.toCommit ?? null,
    changed: outcome.changed ?? false,
    merged: outcome.merged ?? false,
    repeated: false,
    tableHash: outcome.tableHash ?? null,
    rows: outcome.rows ?? null,
    added: outcome.added ?? null,
    modified: outcome.modified ?? null,
    removed: outcome.removed ?? null,
    run: intent.run,
    step: intent.step,
    author: intent.author,
    startedAt: intent.startedAt,
    durationMs: outcome.durationMs ?? Date.now() - Date.parse(intent.startedAt),
    data: intent.data,
    handle: null,
    notices: [...(outcome.notices ?? [])],
  }
}
