import type { LogOptions } from '../../history/walk.ts'
import type { Action } from '../../model/action.ts'
import type { BlameRow, Commit, Hash, Row, RowDiff, Schema, TableDiff } from '../../types.ts'
import type { ActionFilter } from '../actions.ts'
import type { DiffOptions } from '../diff.ts'
import type { Review } from '../review/review.ts'
import type { RowChange, RowHistoryOptions } from '../row-history.ts'
import type { TableInfo } from '../tables.ts'

/** What is there, what changed, and who did it. */
export interface HistoryVerbs {
  /**
   * Lists the tables of a commit.
   * @param options.at any ref. Default: the head of the default branch
   * @throws {UsageError} OPTION_INVALID
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * for (const { name, rows, key } of await db.tables()) console.log(name, rows, key)
   */
  tables(options?: { at?: string | undefined }): Promise<TableInfo[]>

  /**
   * Gives a table's columns and key.
   * @param options.at any ref. Default: the head of the default branch
   * @returns undefined if there is no such table
   * @throws {UsageError} OPTION_INVALID, USAGE
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * const schema = await db.schema('foo', { at: 'v1' })
   */
  schema(table: string, options?: { at?: string | undefined }): Promise<Schema | undefined>

  /**
   * Counts a table's rows.
   * @param options.at any ref. Default: the head of `branch`
   * @param options.branch what `HEAD` and dates mean. Default: the default branch
   * @throws {UsageError} OPTION_INVALID, USAGE
   * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * const before = await db.rowCount('foo', { at: 'HEAD~1' })
   */
  rowCount(table: string, options?: { at?: string | undefined; branch?: string | undefined }): Promise<number>

  /**
   * Lists commits, newest first, each after all its children.
   * @param options default: all of the default branch's
   * @throws {UsageError} OPTION_INVALID
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * const [last] = await db.log({ table: 'foo', limit: 1 })
   */
  log(options?: LogOptions): Promise<Commit[]>

  /**
   * Shows one commit, and the tables that differ from its first parent's.
   * @param ref any ref
   * @throws {UsageError} USAGE
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * const { commit, tables } = await db.show('HEAD')
   */
  show(ref: string): Promise<{ commit: Commit; tables: TableDiff[] }>

  /**
   * Gives the hash of the commit that a ref names.
   * @param ref a branch, a tag, a hash or its unique beginning, `HEAD`, `run:<id>`, a date, each with `~n`
   * @param options.branch what `HEAD` and dates mean. Default: the default branch
   * @param options.table whose commit `run:<id>` means. Default: that of the run's last save
   * @throws {UsageError} OPTION_INVALID, USAGE
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * const hash = await db.resolve('run:last-night', { table: 'foo' })
   */
  resolve(ref: string, options?: { branch?: string | undefined; table?: string | undefined }): Promise<Hash>

  /**
   * Gives the history of one row, newest first: each commit that changed it, with the row before and after. A merge
   * counts only if it made a row that neither side had.
   * @param key the values of the key's columns, in their order
   * @throws {UsageError} OPTION_INVALID, USAGE
   * @throws {NotFoundError} ROW_NOT_FOUND, REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @throws {RefusedError} KEY_REQUIRED for a table without a key
   * @example
   * for (const { commit, before, after } of await db.rowHistory('foo', [1])) console.log(commit.date, before, after)
   */
  rowHistory(table: string, key: Row, options?: RowHistoryOptions): Promise<RowChange[]>

  /**
   * Reads the rows of a table that differ between two refs, one by one, in key order.
   * @param from any ref; or a range `A..B`, or `A...B`, which begins where the two parted. Default: the commit before the table's last change
   * @param to any ref. Default: `HEAD`
   * @param options.with another table, for the table after: both at one ref, by default `HEAD`, or at one each. First come the rows of
   *   the first table, then those that only the other has
   * @throws {UsageError} USAGE, OPTION_INVALID
   * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @throws {RefusedError} KEY_REQUIRED, KEY_CHANGED: two tables have no key, or not the same
   * @example
   * for await (const { kind, key, before, after } of db.diff('foo', 'HEAD~1')) console.log(kind, key, before, after)
   * for await (const row of db.diff('preds_a', 'HEAD', undefined, { with: 'preds_b' })) console.log(row)
   */
  diff(table: string, from?: string, to?: string, options?: DiffOptions): AsyncGenerator<RowDiff, void>

  /**
   * Counts the rows of a table that differ between two refs.
   * @param from any ref. Default: the commit before the table's last change
   * @param to any ref. Default: `HEAD`
   * @returns undefined if the table doesn't differ
   * @throws {UsageError} USAGE
   * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * const counts = await db.diffCounts('foo', 'main', 'exp')
   */
  diffCounts(table: string, from?: string, to?: string): Promise<TableDiff | undefined>

  /**
   * Lists the tables that differ between two refs, with how many of their rows do.
   * @param from any ref. Default: `HEAD~1`
   * @param to any ref. Default: `HEAD`
   * @throws {UsageError} USAGE
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * for (const { table, change } of await db.changedTables('main', 'exp')) console.log(table, change)
   */
  changedTables(from?: string, to?: string): Promise<TableDiff[]>

  /**
   * Compares for people: what `to` alone changed since it parted from `into`. For each table: how many rows, its columns,
   * the changed cells by column with their distributions before and after, where the change is concentrated ("97 % of
   * the changed rows have country = DE"), samples, and what its checks find; beside them, what a
   * merge would come to, and the recorded steps downstream. The cost goes with the change, not the table. Nothing moves.
   * @param into any ref: where the work is to go
   * @param to any ref. Default: `HEAD`
   * @throws {UsageError} USAGE
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * for (const { table, concentrated } of (await db.review('main', 'exp')).tables) console.log(table, concentrated)
   */
  review(into: string, to?: string): Promise<Review>

  /**
   * Says which commit last changed each row of a table. A row that came by a merge is blamed on the commit that really
   * changed it.
   * @param options.key the values of one row's key. Default: all rows
   * @param options.at any ref. Default: the head of the default branch
   * @throws {UsageError} OPTION_INVALID, USAGE
   * @throws {NotFoundError} TABLE_NOT_FOUND, ROW_NOT_FOUND, REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @throws {RefusedError} KEY_REQUIRED: a table without a key has no single row to name
   * @example
   * const [row] = await db.blame('foo', { key: [1] })
   * console.log(row?.commit.trailers['Doltflow-Run'])
   */
  blame(table: string, options?: { key?: Row | undefined; at?: string | undefined }): Promise<BlameRow[]>

  /**
   * Lists the recorded actions, oldest first: every save, and each load that has a run.
   * @param filter default: all
   * @throws {UsageError} OPTION_INVALID
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND: for `commit`
   * @example
   * const made = await db.actions({ table: 'foo', run: 'last-night' })
   */
  actions(filter?: ActionFilter): Promise<Action[]>
}
