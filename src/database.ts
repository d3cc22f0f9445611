import type { Writable } from 'node:stream'
import { withSession, withWritingSession, type Context } from './context.ts'
import { NotFoundError } from './errors.ts'
import type { Source } from './files/source.ts'
import { readRecords } from './history/records.ts'
import { headOf, resolveRef } from './history/ref.ts'
import { lastChange, rowDiffs, type DiffRange } from './history/row-diffs.ts'
import { history, type LogOptions } from './history/walk.ts'
import type { Action } from './model/action.ts'
import { checkRefName } from './model/names.ts'
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
import { blameRows } from './verbs/blame/blame.ts'
import * as branches from './verbs/branches.ts'
import { loadAll, type LoadAllOptions } from './verbs/load-all.ts'
import { commitToLoad, load, type LoadOptions, type LoadWhat } from './verbs/load.ts'
import { mergeBranch, type MergeOptions } from './verbs/merge.ts'
import * as remotes from './verbs/remotes.ts'
import { rows, type RowsOptions } from './verbs/rows.ts'
import type { SaveAllOptions, SaveOptions } from './verbs/save/save-options.ts'
import { save, saveAll } from './verbs/save/save.ts'
import { readStatus, type Status } from './verbs/status.ts'
import { tableInfos, type TableInfo } from './verbs/tables.ts'
import { dropTable, restoreTable, revertCommit, type UndoOptions } from './verbs/undo.ts'

/** Which actions are asked for: those of a run, of a table, or that read or made a commit. */
export interface ActionFilter {
  run?: string
  table?: string
  commit?: string
}

/** An opened database. Each verb is described where it is defined. */
export class Database {
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

  /** Makes the database where it is not there. */
  init(): Promise<void> {
    return withWritingSession(this.#context, async (session) => {
      const branch = await headOf(session, 'main')
      await session.acknowledge('main', branch)
    })
  }

  /** The commit that a ref names. @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, RUN_NOT_FOUND */
  resolve(ref: string, options: { branch?: string; table?: string } = {}): Promise<Hash> {
    const scope = { defaultBranch: options.branch ?? this.#context.branch, table: options.table }
    return withSession(this.#context, (session) => resolveRef(session, ref, scope))
  }

  /** One commit and the tables it changed. */
  show(ref: string): Promise<{ commit: Commit; tables: TableDiff[] }> {
    return withSession(this.#context, async (session) => {
      const hash = await resolveRef(session, ref, { defaultBranch: this.#context.branch })
      const commit = (await session.commit(hash))!
      const [parent] = commit.parents
      return { commit, tables: parent === undefined ? [] : await session.changedTables(parent, hash) }
    })
  }

  /** Commits, newest first. */
  log(options: LogOptions = {}): Promise<Commit[]> {
    return withSession(this.#context, async (session) => {
      const scope = { defaultBranch: options.branch ?? this.#context.branch, table: options.table }
      const from = await resolveRef(session, options.at ?? 'HEAD', scope)
      return history(session, from, options.table, options.limit)
    })
  }

  /** The rows of a table that differ between two refs, one by one; by default those of its last change. */
  async *diff(table: string, from?: string, to?: string): AsyncGenerator<RowDiff, void> {
    const session = await this.#context.engine.session()
    try {
      yield* rowDiffs(session, await this.#range(session, table, from, to), table)
    } finally {
      await session.release()
    }
  }

  /** How many rows of a table differ between two refs, by default in its last change. */
  diffCounts(table: string, from?: string, to?: string): Promise<TableDiff | undefined> {
    return withSession(this.#context, async (session) => {
      const range = await this.#range(session, table, from, to)
      return (await session.changedTables(range.from, range.to)).find((diff) => diff.table === table)
    })
  }

  /** Tables that differ between two refs; by default the head's and its parent's. */
  changedTables(from = 'HEAD~1', to = 'HEAD'): Promise<TableDiff[]> {
    return withSession(this.#context, async (session) => {
      const scope = { defaultBranch: this.#context.branch }
      return session.changedTables(await resolveRef(session, from, scope), await resolveRef(session, to, scope))
    })
  }

  /** Which commit last changed each row of a table, or the row of one key. */
  blame(table: string, options: { key?: Row; at?: string } = {}): Promise<BlameRow[]> {
    return withSession(this.#context, async (session) => {
      const at = await resolveRef(session, options.at ?? 'HEAD', { defaultBranch: this.#context.branch, table })
      return blameRows(session, at, table, options.key)
    })
  }

  tables(options: { at?: string } = {}): Promise<TableInfo[]> {
    return withSession(this.#context, async (session) =>
      tableInfos(session, await resolveRef(session, options.at ?? 'HEAD', { defaultBranch: this.#context.branch })),
    )
  }

  /** A table's columns and key at a ref; undefined where there is no such table. */
  schema(table: string, options: { at?: string } = {}): Promise<Schema | undefined> {
    return withSession(this.#context, async (session) =>
      session.schema(
        await resolveRef(session, options.at ?? 'HEAD', { defaultBranch: this.#context.branch, table }),
        table,
      ),
    )
  }

  /** How many rows a table has at a ref. @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND */
  rowCount(table: string, options: { at?: string; branch?: string } = {}): Promise<number> {
    return withSession(this.#context, async (session) => {
      const commit = await commitToLoad(session, this.#context, { table }, options)
      if (!(await session.schema(commit, table)))
        throw new NotFoundError(
          'TABLE_NOT_FOUND',
          `There is no table ${table} at ${commit}. See: doltflow tables --at ${commit}`,
          { data: { table, commit } },
        )
      return session.rowCount(commit, table)
    })
  }

  /** Actions, oldest first. */
  actions(filter: ActionFilter = {}): Promise<Action[]> {
    return withSession(this.#context, async (session) => {
      const { run, table } = filter
      const found = await readRecords(session, {
        ...(run === undefined ? {} : { run }),
        ...(table === undefined ? {} : { table }),
      })
      if (filter.commit === undefined) return found
      const hash = await resolveRef(session, filter.commit, { defaultBranch: this.#context.branch, table })
      return found.filter(({ kind, fromCommit, fileCommit, toCommit, changed }) =>
        kind === 'load' ? fromCommit === hash : changed && (fileCommit === hash || toCommit === hash),
      )
    })
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

  async merge(branch: string, options?: MergeOptions): Promise<Action> {
    checkRefName(branch)
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

  /** Drops what no branch or tag leads to. @returns bytes on disk before and after; null where a server does not tell */
  gc(): Promise<{ before: number | null; after: number | null }> {
    return withWritingSession(this.#context, async (session) => {
      const before = (await session.size()) ?? null
      await session.gc()
      return { before, after: (await session.size()) ?? null }
    })
  }

  close(): Promise<void> {
    return this.#context.engine.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #range(
    session: Parameters<typeof lastChange>[0],
    table: string,
    from?: string,
    to?: string,
  ): Promise<DiffRange> {
    const scope = { defaultBranch: this.#context.branch, table }
    const end = await resolveRef(session, to ?? 'HEAD', scope)
    return from === undefined
      ? lastChange(session, end, table)
      : { from: await resolveRef(session, from, scope), to: end }
  }
}
