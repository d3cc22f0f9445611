export { accept } from './accept.ts'
export type { SchemaPolicy } from './next-schema.ts'
export { copy, type Copied, type CopyOptions } from './copy.ts'
export { open, type OpenOptions } from './open.ts'
export { Database, type ActionFilter } from './database.ts'
export type { Action, ActionKind, Notice } from './action.ts'
export type { BlameRow } from './blame.ts'
export type { BranchPlan } from './branch-plan.ts'
export type { LoadAllOptions } from './load-all.ts'
export type { LoadOptions, LoadWhat } from './load.ts'
export type { LogOptions } from './log.ts'
export type { MergeOptions } from './merge.ts'
export type { SqlParameters } from './parameters.ts'
export { clone, type Remote } from './remotes.ts'
export type { RowsOptions } from './rows.ts'
export type { SaveAllOptions, SaveOptions, TableOptions } from './save.ts'
export type { RowLike, RowSource, Source } from './source.ts'
export type { Sink, SinkFunction } from './sinks/sink.ts'
export { jsonlSink } from './sinks/jsonl.ts'
export type { Status } from './status.ts'
export type { TableInfo } from './tables.ts'
export type { UndoOptions } from './undo.ts'
export type { TextReadOptions, TextWriteOptions } from './formats/format.ts'
export type {
  Batch,
  Branch,
  Column,
  ColumnType,
  Commit,
  Conflict,
  ConflictPolicy,
  DiffKind,
  Hash,
  Progress,
  Row,
  RowDiff,
  SaveMode,
  Schema,
  TableDiff,
  Tag,
  Value,
} from './types.ts'
export {
  ConflictError,
  DoltflowError,
  NotFoundError,
  RefusedError,
  SourceError,
  UsageError,
  type ErrorCode,
  type ErrorData,
} from './errors.ts'
