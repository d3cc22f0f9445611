export { accept } from './verbs/accept.ts'
export type { SchemaPolicy } from './verbs/save/next-schema.ts'
export { copy, type Copied, type CopyOptions } from './verbs/copy/copy.ts'
export type { BranchFailure } from './verbs/copy/copy-records.ts'
export { open, type OnlyDatabase } from './open.ts'
export type { OpenOptions } from './verbs/open-options.ts'
export { Database } from './database.ts'
export type { ActionFilter } from './verbs/actions.ts'
export type { Action, ActionKind, Notice } from './model/action.ts'

export type { ActionOptions } from './verbs/begin-action.ts'
export type { BranchPlan } from './verbs/save/branch-plan.ts'
export type { LoadAllOptions } from './verbs/load-all.ts'
export type { LoadOptions, LoadWhat } from './verbs/load.ts'
export type { LogOptions } from './history/walk.ts'
export type { DeleteBranchOptions, RefOptions } from './verbs/branches.ts'
export type { DiffOptions } from './verbs/diff.ts'
export type { MergeOptions } from './verbs/merge.ts'
export type { SqlParameters } from './model/sql-parameters.ts'
export { isTableHandle, type TableHandle } from './model/handle.ts'
export { isDoltflowError, type ErrorDataByCode, type ErrorDataOf, type SourcePlace } from './model/error-data.ts'
export { clone, type Pushed, type Remote } from './verbs/remotes.ts'
export type { PulledBranches } from './remotes/pull.ts'
export type { PublishOptions, RunFilter } from './verbs/runs/publish.ts'
export type { EndRunOptions, RunOptions, RunResult } from './verbs/runs/run.ts'
export type { RunInfo, RunStatus } from './runs/run-states.ts'
export type { RowObject, RowsOf, RowsOptions, RowsShape } from './verbs/rows.ts'
export type { SaveAllOptions, SaveOptions, TableOptions } from './verbs/save/save-options.ts'
export type { RowLike, RowSource } from './files/rows.ts'
export type { Source } from './files/source.ts'
export type { Sink, SinkAbout, SinkFunction, SinkObject } from './sinks/sink.ts'
export type { RunNews } from './model/run-news.ts'
export { mlflowSink, type MlflowOptions } from './sinks/mlflow.ts'
export { openLineageSink, type OpenLineageOptions } from './sinks/openlineage/index.ts'
export { openTelemetrySink } from './sinks/open-telemetry.ts'
export { webhookSink, type WebhookOptions } from './sinks/webhook.ts'
export { jsonlSink } from './sinks/jsonl.ts'
export type { Status } from './verbs/status.ts'
export type { TableInfo } from './verbs/tables.ts'
export type { RowChange, RowHistoryOptions } from './verbs/row-history.ts'
export type { RowsWhere } from './verbs/undo/delete-rows.ts'
export type { UndoOptions } from './verbs/undo/undo.ts'
export type { TlsOptions } from './engines/dolt/connection/address.ts'
export type { TextReadOptions, TextWriteOptions } from './formats/format.ts'
export type {
  Batch,
  BlameRow,
  Branch,
  Column,
  ColumnType,
  PinnedType,
  TimeUnit,
  Commit,
  Conflict,
  ConflictCell,
  ConflictDecision,
  ConflictPolicy,
  ConflictRule,
  ConflictRules,
  ConflictWord,
  DecisionWord,
  DiffCounts,
  DiffKind,
  Hash,
  Progress,
  Row,
  RowDiff,
  SaveMode,
  Schema,
  TableDiff,
  NotedBranch,
  NotedTag,
  RefNote,
  Tag,
  Value,
} from './types.ts'
export {
  AbortedError,
  ConflictError,
  DoltflowError,
  NotFoundError,
  RefusedError,
  SourceError,
  UsageError,
  type ErrorCode,
  type ErrorData,
} from './errors.ts'
export type { StepRecord, StepStatus } from './runs/step-records.ts'
export type { Cause, ConsumedChanges, ConsumedTable, Fingerprint, ProducedTable } from './model/step.ts'
export type { CheckedRow } from './checks/rows.ts'
export type { CheckFunction, ProposedTable } from './checks/own-checks.ts'
export type { Check, CheckFailure, CheckLevel, CheckRule } from './model/check.ts'
export type { CheckFilter, CheckOptions, CheckResult } from './verbs/checks/checks.ts'
export type { Execution, TableVersion } from './verbs/lineage/executions.ts'
export type { Lineage, LineageNode, LineageOptions } from './verbs/lineage/lineage.ts'
export type { Recall } from './verbs/lineage/recall.ts'
export type { Origin, Trace, TraceOptions } from './verbs/lineage/trace.ts'
export type { PlannedStep, PlanOptions } from './verbs/steps/plan.ts'
export type { Concentration } from './verbs/review/concentration.ts'
export type { ColumnRules, TableRules } from './model/conflict-rules.ts'
export type { ConflictList, ConflictsOptions } from './verbs/conflicts/conflicts.ts'
export type { MergePreview } from './publishing/preview-merge.ts'
export type { DownstreamStep } from './verbs/review/downstream.ts'
export type { Review, TableReview } from './verbs/review/review.ts'
export type { ColumnReview, Distribution } from './verbs/review/summary.ts'
export type { ChangesOptions } from './verbs/steps/changes.ts'
export type { EndStepOptions } from './verbs/steps/held-steps.ts'
export type { StepFilter } from './verbs/steps/list-steps.ts'
export type { StepInput, StepOptions, StepOutputs, StepPlan, StepResult, StepWork } from './verbs/steps/step-options.ts'
