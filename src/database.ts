import type { Writable } from 'node:stream'
import type { Context } from './context.ts'
import type { Source } from './files/source.ts'
import type { LogOptions } from './history/walk.ts'
import type { Action } from './model/action.ts'
import type { Check, CheckRule } from './model/check.ts'
import type { TableHandle } from './model/handle.ts'
import type { RunInfo } from './runs/run-states.ts'
import type { StepRecord } from './runs/step-records.ts'
import type * as types from './types.ts'
import { actions, type ActionFilter } from './verbs/actions.ts'
import type { DatabaseVerbs } from './verbs/api/database-verbs.ts'
import { blame } from './verbs/blame/blame.ts'
import * as branches from './verbs/branches.ts'
import { asIs, Calls } from './verbs/calls.ts'
import { close, gc, init } from './verbs/care.ts'
import * as checks from './verbs/checks/checks.ts'
import * as conflicts from './verbs/conflicts/verbs.ts'
import { changedTables, diff, diffCounts, type DiffOptions } from './verbs/diff.ts'
import * as handles from './verbs/handles.ts'
import * as lineage from './verbs/lineage/verbs.ts'
import { loadAll, type LoadAllOptions } from './verbs/load-all.ts'
import { load, type LoadOptions, type LoadWhat } from './verbs/load.ts'
import { log, resolve, show } from './verbs/log.ts'
import type { MergeOptions } from './verbs/merge.ts'
import * as remotes from './verbs/remotes.ts'
import { review, type Review } from './verbs/review/review.ts'
import { rowHistory, type RowChange, type RowHistoryOptions } from './verbs/row-history.ts'
import { rows, type RowObject, type RowsOf, type RowsOptions, type RowsShape } from './verbs/rows.ts'
import * as runs from './verbs/runs/verbs.ts'
import type { SaveAllOptions, SaveOptions } from './verbs/save/save-options.ts'
import { save, saveAll } from './verbs/save/save.ts'
import { readStatus, type Status } from './verbs/status.ts'
import * as steps from './verbs/steps/verbs.ts'
import { rowCount, schema, tables, type TableInfo } from './verbs/tables.ts'
import * as undo from './verbs/undo/verbs.ts'

/** A database's context, for the command line: index.ts does not export it. */
export let contextOf: (database: Database) => Context

/**
 * An opened database, as `open` gives it. A call may also raise what concerns the database as a whole: NotFoundError
 * DATABASE_NOT_FOUND, DoltflowError DATABASE_TRUNCATED, DATABASE_CORRUPT, DATABASE_BUSY, ENGINE_FAILED, IO_FAILED,
 * SERVER_UNREACHABLE, ABORTED, and CLOSED once it is closed.
 * Each method is described in verbs/api/, by the interface that it is of: editors show that text here.
 */
export class Database implements DatabaseVerbs<Database> {
  readonly #context: Context
  readonly #calls: Calls

  static {
    contextOf = (database) => database.#context
  }

  constructor(context: Omit<Context, 'stop'>, stop?: AbortSignal) {
    this.#calls = new Calls(context.engine.location)
    this.#context = { ...context, stop: stop ?? this.#calls.stop }
  }

  get location(): string {
    return this.#context.engine.location
  }

  get name(): string {
    return this.#context.name
  }

  get defaultBranch(): string {
    return this.#context.branch
  }

  load(what: LoadWhat, target: string | Writable, options?: LoadOptions): Promise<Action> {
    return this.#calls.run('load', [what, target, options], () => load(this.#context, what, target, options))
  }

  loadAll(folder: string, options?: LoadAllOptions): Promise<Action[]> {
    return this.#calls.run('loadAll', [folder, options], () => loadAll(this.#context, folder, options))
  }

  save(table: string, source: Source, options?: SaveOptions): Promise<Action> {
    return this.#calls.run('save', [table, source, options], () => save(this.#context, table, source, options))
  }

  saveAll(sources: Readonly<Record<string, Source>>, options?: SaveAllOptions): Promise<Action[]> {
    return this.#calls.run('saveAll', [sources, options], () => saveAll(this.#context, sources, options))
  }

  rows<As extends RowsShape = 'objects'>(
    what: LoadWhat,
    options?: RowsOptions & { as?: As | undefined },
  ): AsyncGenerator<RowsOf<As>, void> {
    return this.#calls.stream('rows', [what, options], () => rows<As>(this.#context, what, options))
  }

  pin(what: string | TableHandle, ref?: string): Promise<TableHandle> {
    return this.#calls.run('pin', [what, ref], () => handles.pin(this.#context, what, ref))
  }

  unpin(handle: TableHandle): Promise<boolean> {
    return this.#calls.run('unpin', [handle], () => handles.unpin(this.#context, handle))
  }

  init(): Promise<void> {
    return this.#calls.run('init', [], () => init(this.#context))
  }

  resolve(ref: string, options?: { branch?: string | undefined; table?: string | undefined }): Promise<types.Hash> {
    return this.#calls.run('resolve', [ref, options], () => resolve(this.#context, ref, options))
  }

  show(ref: string): Promise<{ commit: types.Commit; tables: types.TableDiff[] }> {
    return this.#calls.run('show', [ref], () => show(this.#context, ref))
  }

  log(options?: LogOptions): Promise<types.Commit[]> {
    return this.#calls.run('log', [options], () => log(this.#context, options))
  }

  rowHistory(table: string, key: types.Row, options?: RowHistoryOptions): Promise<RowChange[]> {
    return this.#calls.run('rowHistory', [table, key, options], () => rowHistory(this.#context, table, key, options))
  }

  diff(table: string, from?: string, to?: string, options?: DiffOptions): AsyncGenerator<types.RowDiff, void> {
    return this.#calls.stream('diff', [table, from, to, options], () => diff(this.#context, table, from, to, options))
  }

  diffCounts(table: string, from?: string, to?: string): Promise<types.TableDiff | undefined> {
    return this.#calls.run('diffCounts', [table, from, to], () => diffCounts(this.#context, table, from, to))
  }

  changedTables(from = 'HEAD~1', to?: string): Promise<types.TableDiff[]> {
    return this.#calls.run('changedTables', [from, to], () => changedTables(this.#context, from, to))
  }

  review(into: string, to?: string): Promise<Review> {
    return this.#calls.run('review', [into, to], () => review(this.#context, into, to))
  }

  blame(table: string, options?: { key?: types.Row | undefined; at?: string | undefined }): Promise<types.BlameRow[]> {
    return this.#calls.run('blame', [table, options], () => blame(this.#context, table, options))
  }

  tables(options?: { at?: string | undefined }): Promise<TableInfo[]> {
    return this.#calls.run('tables', [options], () => tables(this.#context, options))
  }

  schema(table: string, options?: { at?: string | undefined }): Promise<types.Schema | undefined> {
    return this.#calls.run('schema', [table, options], () => schema(this.#context, table, options))
  }

  rowCount(table: string, options?: { at?: string | undefined; branch?: string | undefined }): Promise<number> {
    return this.#calls.run('rowCount', [table, options], () => rowCount(this.#context, table, options))
  }

  actions(filter?: ActionFilter): Promise<Action[]> {
    return this.#calls.run('actions', [filter], () => actions(this.#context, filter))
  }

  branches(options?: { all?: boolean | undefined }): Promise<types.NotedBranch[]> {
    return this.#calls.run('branches', [options], () => branches.listBranches(this.#context, options))
  }

  createBranch(...given: [name: string, from?: string, options?: branches.RefOptions]): Promise<types.NotedBranch> {
    return this.#calls.run('createBranch', given, () => branches.createBranch(this.#context, ...given))
  }

  deleteBranch(name: string, options?: branches.DeleteBranchOptions): Promise<void> {
    return this.#calls.run('deleteBranch', [name, options], () => branches.deleteBranch(this.#context, name, options))
  }

  tags(): Promise<types.NotedTag[]> {
    return this.#calls.run('tags', [], () => branches.listTags(this.#context))
  }

  createTag(...given: [name: string, ref?: string, options?: branches.RefOptions]): Promise<types.NotedTag> {
    return this.#calls.run('createTag', given, () => branches.createTag(this.#context, ...given))
  }

  deleteTag(name: string): Promise<void> {
    return this.#calls.run('deleteTag', [name], () => branches.deleteTag(this.#context, name))
  }

  conflicts(branch?: string, options?: conflicts.ConflictsOptions): Promise<conflicts.ConflictList> {
    return this.#calls.run('conflicts', [branch, options], () => conflicts.list(this.#context, branch, options))
  }

  setRules(table: string, rules: conflicts.ColumnRules | null): Promise<conflicts.TableRules | null> {
    return this.#calls.run('setRules', [table, rules], () => conflicts.setRules(this.#context, table, rules))
  }

  rules(): Promise<conflicts.TableRules[]> {
    return this.#calls.run('rules', [], () => conflicts.listRules(this.#context))
  }

  merge(branch: string, options?: MergeOptions): Promise<Action> {
    return this.#calls.run('merge', [branch, options], () => runs.mergeOrPublish(this.#context, branch, options))
  }

  restore(table: string, at: string, options?: undo.UndoOptions): Promise<Action> {
    return this.#calls.run('restore', [table, at, options], () => undo.restore(this.#context, table, at, options))
  }

  restoreAll(at: string, options?: undo.UndoOptions): Promise<Action[]> {
    return this.#calls.run('restoreAll', [at, options], () => undo.restoreAll(this.#context, at, options))
  }

  revert(what: string | readonly string[], options?: undo.UndoOptions): Promise<Action> {
    return this.#calls.run('revert', [what, options], () => undo.revert(this.#context, what, options))
  }

  deleteRows(...given: [table: string, what: undo.RowsWhere, options?: undo.UndoOptions]): Promise<Action> {
    return this.#calls.run('deleteRows', given, () => undo.deleteRows(this.#context, ...given))
  }

  drop(table: string, options?: undo.UndoOptions): Promise<Action> {
    return this.#calls.run('drop', [table, options], () => undo.drop(this.#context, table, options))
  }

  run<T>(options: runs.RunOptions, work: (run: Database, info: RunInfo) => Promise<T>): Promise<runs.RunResult<T>> {
    const own = asIs((inner: Context, info: RunInfo) => work(new Database(inner), info))
    return this.#calls.run('run', [options, work], () => runs.run(this.#context, options, own))
  }

  beginRun(options?: runs.RunOptions): Promise<RunInfo> {
    return this.#calls.run('beginRun', [options], () => runs.beginRun(this.#context, options))
  }

  endRun(id: string, options?: runs.EndRunOptions): Promise<RunInfo> {
    return this.#calls.run('endRun', [id, options], () => runs.endRun(this.#context, id, options))
  }

  runs(filter?: runs.RunFilter): Promise<RunInfo[]> {
    return this.#calls.run('runs', [filter], () => runs.listRuns(this.#context, filter))
  }

  showRun(id: string): Promise<RunInfo> {
    return this.#calls.run('showRun', [id], () => runs.showRun(this.#context, id))
  }

  publishRun(id: string, options?: runs.PublishOptions): Promise<RunInfo> {
    return this.#calls.run('publishRun', [id, options], () => runs.publishRun(this.#context, id, options))
  }

  dropRun(id: string): Promise<RunInfo> {
    return this.#calls.run('dropRun', [id], () => runs.dropRun(this.#context, id))
  }

  step(
    name: string,
    options: steps.StepOptions,
    work: (step: steps.StepWork) => Promise<steps.StepOutputs | void>,
  ): Promise<steps.StepResult> {
    return this.#calls.run('step', [name, options, work], () => steps.step(this.#context, name, options, asIs(work)))
  }

  beginStep(name: string, options?: steps.StepOptions): Promise<StepRecord> {
    return this.#calls.run('beginStep', [name, options], () => steps.beginStep(this.#context, name, options))
  }

  endStep(execution: string, options?: steps.EndStepOptions): Promise<steps.StepResult> {
    return this.#calls.run('endStep', [execution, options], () => steps.endStep(this.#context, execution, options))
  }

  planStep(name: string, options?: steps.StepOptions): Promise<steps.StepPlan> {
    return this.#calls.run('planStep', [name, options], () => steps.planStep(this.#context, name, options))
  }

  steps(filter?: steps.StepFilter): Promise<StepRecord[]> {
    return this.#calls.run('steps', [filter], () => steps.listSteps(this.#context, filter))
  }

  changes(table: string, options?: steps.ChangesOptions): AsyncGenerator<RowObject, void> {
    return this.#calls.stream('changes', [table, options], () => steps.changes(this.#context, table, options))
  }

  why(name: string, options?: { run?: string | undefined }): Promise<StepRecord> {
    return this.#calls.run('why', [name, options], () => steps.why(this.#context, name, options))
  }

  trace(table: string, key: types.Row, options?: lineage.TraceOptions): Promise<lineage.Trace> {
    return this.#calls.run('trace', [table, key, options], () => lineage.trace(this.#context, table, key, options))
  }

  recall(what: string): Promise<lineage.Recall> {
    return this.#calls.run('recall', [what], () => lineage.recall(this.#context, what))
  }

  lineage(options?: lineage.LineageOptions): Promise<lineage.Lineage> {
    return this.#calls.run('lineage', [options], () => lineage.lineage(this.#context, options))
  }

  plan(options?: steps.PlanOptions): Promise<steps.PlannedStep[]> {
    return this.#calls.run('plan', [options], () => steps.plan(this.#context, options))
  }

  addCheck(
    ...given: [table: string, name: string, rule: CheckRule, options?: checks.CheckOptions]
  ): Promise<checks.CheckResult> {
    return this.#calls.run('addCheck', given, () => checks.addCheck(this.#context, ...given))
  }

  removeCheck(name: string): Promise<Check> {
    return this.#calls.run('removeCheck', [name], () => checks.removeCheck(this.#context, name))
  }

  checks(): Promise<Check[]> {
    return this.#calls.run('checks', [], () => checks.listChecks(this.#context))
  }

  runChecks(filter?: checks.CheckFilter): Promise<checks.CheckResult[]> {
    return this.#calls.run('runChecks', [filter], () => checks.runChecks(this.#context, filter))
  }

  status(): Promise<Status> {
    return this.#calls.run('status', [], () => readStatus(this.#context))
  }

  remotes(): Promise<remotes.Remote[]> {
    return this.#calls.run('remotes', [], () => remotes.listRemotes(this.#context))
  }

  addRemote(name: string, url: string): Promise<remotes.Remote> {
    return this.#calls.run('addRemote', [name, url], () => remotes.addRemote(this.#context, name, url))
  }

  removeRemote(name: string): Promise<void> {
    return this.#calls.run('removeRemote', [name], () => remotes.removeRemote(this.#context, name))
  }

  pull(remote?: string, options?: { onConflict?: types.ConflictPolicy | undefined }): ReturnType<typeof remotes.pull> {
    return this.#calls.run('pull', [remote, options], () => remotes.pull(this.#context, remote, options))
  }

  push(remote?: string): ReturnType<typeof remotes.push> {
    return this.#calls.run('push', [remote], () => remotes.push(this.#context, remote))
  }

  gc(): Promise<{ before: number | null; after: number | null }> {
    return this.#calls.run('gc', [], () => gc(this.#context))
  }

  close(options?: { abort?: boolean | undefined }): Promise<void> {
    return this.#calls.close(() => close(this.#context), options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
