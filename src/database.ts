import type { Writable } from 'node:stream'
import type { Context } from './context.ts'
import type { Source } from './files/source.ts'
import type { LogOptions } from './history/walk.ts'
import type { Action } from './model/action.ts'
import type {
  Batch,
  BlameRow,
  Branch,
  Commit,
  ConflictPolicy,
  Hash,
  Row,
  RowDiff,
  Schema,
  TableDiff,
  Tag,
} from './types.ts'
import { actions, type ActionFilter } from './verbs/actions.ts'
import type { BranchVerbs } from './verbs/api/branches.ts'
import type { CareVerbs } from './verbs/api/care.ts'
import type { HistoryVerbs } from './verbs/api/history.ts'
import type { RemoteVerbs } from './verbs/api/remotes.ts'
import type { TableVerbs } from './verbs/api/tables.ts'
import { blame } from './verbs/blame/blame.ts'
import * as branches from './verbs/branches.ts'
import { gc, init } from './verbs/care.ts'
import { changedTables, diff, diffCounts } from './verbs/diff.ts'
import { loadAll, type LoadAllOptions } from './verbs/load-all.ts'
import { load, type LoadOptions, type LoadWhat } from './verbs/load.ts'
import { log, resolve, show } from './verbs/log.ts'
import { mergeBranch, type MergeOptions } from './verbs/merge.ts'
import * as remotes from './verbs/remotes.ts'
import { rows, type RowsOptions } from './verbs/rows.ts'
import type { SaveAllOptions, SaveOptions } from './verbs/save/save-options.ts'
import { save, saveAll } from './verbs/save/save.ts'
import { readStatus, type Status } from './verbs/status.ts'
import { rowCount, schema, tables, type TableInfo } from './verbs/tables.ts'
import { dropTable, restoreTable, revertCommit, type UndoOptions } from './verbs/undo.ts'

/**
 * An opened database, as `open` gives it. A call may also raise what concerns the database as a whole: NotFoundError
 * DATABASE_NOT_FOUND, DoltflowError DATABASE_TRUNCATED, DATABASE_CORRUPT, DATABASE_BUSY, ENGINE_FAILED, IO_FAILED,
 * SERVER_UNREACHABLE, ABORTED, and USAGE once it is closed.
 *
 * Each method is described in verbs/api/, by the interface that it is of: editors show that text here.
 */
export class Database implements TableVerbs, HistoryVerbs, BranchVerbs, RemoteVerbs, CareVerbs {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  get location(): string {
    return this.#context.engine.location
  }

  get defaultBranch(): string {
    return this.#context.branch
  }

  load(what: LoadWhat, target: string | Writable, options?: LoadOptions): Promise<Action> {
    return load(this.#context, what, target, options)
  }

  loadAll(folder: string, options?: LoadAllOptions): Promise<Action[]> {
    return loadAll(this.#context, folder, options)
  }

  save(table: string, source: Source, options?: SaveOptions): Promise<Action> {
    return save(this.#context, table, source, options)
  }

  saveAll(sources: Readonly<Record<string, Source>>, options?: SaveAllOptions): Promise<Action[]> {
    return saveAll(this.#context, sources, options)
  }

  rows(what: LoadWhat, options?: RowsOptions): AsyncGenerator<Batch, void> {
    return rows(this.#context, what, options)
  }

  init(): Promise<void> {
    return init(this.#context)
  }

  resolve(ref: string, options?: { branch?: string; table?: string }): Promise<Hash> {
    return resolve(this.#context, ref, options)
  }

  show(ref: string): Promise<{ commit: Commit; tables: TableDiff[] }> {
    return show(this.#context, ref)
  }

  log(options?: LogOptions): Promise<Commit[]> {
    return log(this.#context, options)
  }

  diff(table: string, from?: string, to?: string): AsyncGenerator<RowDiff, void> {
    return diff(this.#context, table, from, to)
  }

  diffCounts(table: string, from?: string, to?: string): Promise<TableDiff | undefined> {
    return diffCounts(this.#context, table, from, to)
  }

  changedTables(from = 'HEAD~1', to = 'HEAD'): Promise<TableDiff[]> {
    return changedTables(this.#context, from, to)
  }

  blame(table: string, options?: { key?: Row; at?: string }): Promise<BlameRow[]> {
    return blame(this.#context, table, options)
  }

  tables(options?: { at?: string }): Promise<TableInfo[]> {
    return tables(this.#context, options)
  }

  schema(table: string, options?: { at?: string }): Promise<Schema | undefined> {
    return schema(this.#context, table, options)
  }

  rowCount(table: string, options?: { at?: string; branch?: string }): Promise<number> {
    return rowCount(this.#context, table, options)
  }

  actions(filter?: ActionFilter): Promise<Action[]> {
    return actions(this.#context, filter)
  }

  branches(options?: { all?: boolean }): Promise<Branch[]> {
    return branches.listBranches(this.#context, options)
  }

  createBranch(name: string, from?: string): Promise<Branch> {
    return branches.createBranch(this.#context, name, from)
  }

  deleteBranch(name: string): Promise<void> {
    return branches.deleteBranch(this.#context, name)
  }

  tags(): Promise<Tag[]> {
    return branches.listTags(this.#context)
  }

  createTag(name: string, ref?: string): Promise<Tag> {
    return branches.createTag(this.#context, name, ref)
  }

  deleteTag(name: string): Promise<void> {
    return branches.deleteTag(this.#context, name)
  }

  merge(branch: string, options?: MergeOptions): Promise<Action> {
    return mergeBranch(this.#context, branch, options)
  }

  restore(table: string, at: string, options?: UndoOptions): Promise<Action> {
    return restoreTable(this.#context, table, at, options)
  }

  revert(commit: string, options?: UndoOptions): Promise<Action> {
    return revertCommit(this.#context, commit, options)
  }

  drop(table: string, options?: UndoOptions): Promise<Action> {
    return dropTable(this.#context, table, options)
  }

  status(): Promise<Status> {
    return readStatus(this.#context)
  }

  remotes(): Promise<remotes.Remote[]> {
    return remotes.listRemotes(this.#context)
  }

  addRemote(name: string, url: string): Promise<remotes.Remote> {
    return remotes.addRemote(this.#context, name, url)
  }

  removeRemote(name: string): Promise<void> {
    return remotes.removeRemote(this.#context, name)
  }

  pull(remote?: string, options?: { onConflict?: ConflictPolicy }): ReturnType<typeof remotes.pull> {
    return remotes.pull(this.#context, remote, options)
  }

  push(remote?: string): ReturnType<typeof remotes.push> {
    return remotes.push(this.#context, remote)
  }

  gc(): Promise<{ before: number | null; after: number | null }> {
    return gc(this.#context)
  }

  close(): Promise<void> {
    return this.#context.engine.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
