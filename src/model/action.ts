import type { Hash } from '../types.ts'

export type ActionKind = 'save' | 'load' | 'merge' | 'restore' | 'revert' | 'drop'

/** The record of one load or save: what it read or wrote, exactly. */
export interface Action {
  /** A UUIDv7, or the caller's own. */
  id: string
  kind: ActionKind
  table: string | null
  /** The query of a load. */
  sql: string | null
  /** The values of its placeholders, as plain data; null where there are none. */
  parameters: unknown
  /** The file's path as it was given; several are parted by line ends; null for a stream. */
  file: string | null
  /** sha256 of the source's bytes and of the options that shape it. */
  sourceHash: string | null
  branch: string | null
  /** The commit that a save built on, or that a load read. */
  fromCommit: Hash | null
  /** The commit that holds exactly the file; null where it was merged away whole (`changed` is false then). */
  fileCommit: Hash | null
  /** The branch's head after the save. */
  toCommit: Hash | null
  changed: boolean
  /** Whether the work of others was merged in. */
  merged: boolean
  /** Equal hashes mean equal data. */
  tableHash: Hash | null
  rows: number | null
  /** Rows against `fromCommit`. */
  added: number | null
  modified: number | null
  removed: number | null
  run: string | null
  step: string | null
  author: string | null
  /** ISO 8601, UTC. */
  startedAt: string
  durationMs: number
  /** The caller's own; plain data. */
  data: unknown
  /** What should be known of it, though it was done. Not part of the stored record. */
  notices: Notice[]
}

export interface Notice {
  code: 'COLUMN_MIXED' | 'NO_KEY' | 'SCHEMA_CHANGED' | 'SINK_FAILED' | 'TABLE_SINK_LEFT_OUT' | 'NOT_PULLED' | 'ENGINE'
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
]

export type RecordColumn = Exclude<keyof Action, 'notices'>

/** An action with nothing in it but what every action has. */
export function newAction(kind: ActionKind, id: string, startedAt: Date): Action {
  return {
    id,
    kind,
    table: null,
    sql: null,
    parameters: null,
    file: null,
    sourceHash: null,
    branch: null,
    fromCommit: null,
    fileCommit: null,
    toCommit: null,
    changed: false,
    merged: false,
    tableHash: null,
    rows: null,
    added: null,
    modified: null,
    removed: null,
    run: null,
    step: null,
    author: null,
    startedAt: startedAt.toISOString(),
    durationMs: 0,
    data: null,
    notices: [],
  }
}
