import type { Action } from '../../model/action.ts'
import type { ColumnRules, TableRules } from '../../model/conflict-rules.ts'
import type { NotedBranch, NotedTag } from '../../types.ts'
import type { DeleteBranchOptions, RefOptions } from '../branches.ts'
import type { ConflictList, ConflictsOptions } from '../conflicts/conflicts.ts'
import type { MergeOptions } from '../merge.ts'
import type { RowsWhere } from '../undo/delete-rows.ts'
import type { UndoOptions } from '../undo/undo.ts'

/** Branches and tags, and what makes a branch what another commit was. */
export interface BranchVerbs {
  /**
   * Lists the branches by name.
   * @param options.all doltflow's own, too. Default: false
   * @throws {NotFoundError} DATABASE_NOT_FOUND
   * @throws {UsageError} OPTION_INVALID
   * @example
   * const names = (await db.branches()).map(({ name }) => name)
   */
  branches(options?: { all?: boolean | undefined }): Promise<NotedBranch[]>

  /**
   * Makes a branch.
   * @param from any ref. Default: the head of the default branch
   * @throws {UsageError} USAGE, NAME_RESERVED, NAME_REFUSED
   * @throws {RefusedError} BRANCH_EXISTS, TAG_EXISTS, DATABASE_READ_ONLY
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * await db.createBranch('exp', 'HEAD~3', { message: 'prices without tax' })
   */
  createBranch(name: string, from?: string, options?: RefOptions): Promise<NotedBranch>

  /**
   * Deletes a branch. Commits that no other branch or tag leads to go with the next `gc`. A remote that has it keeps it,
   * and a pull does not bring it back.
   * @param options.remote delete it there, and not here; a clone that still has it sends it again with its next push
   * @throws {NotFoundError} BRANCH_NOT_FOUND, REMOTE_NOT_FOUND
   * @throws {UsageError} NAME_RESERVED, NAME_REFUSED, USAGE: it is the default branch
   * @throws {RefusedError} BRANCH_DIRTY, DATABASE_READ_ONLY, REMOTE_REFUSED: it is the remote's default branch
   * @throws {DoltflowError} REMOTE_UNREACHABLE
   * @example
   * await db.deleteBranch('exp')
   * await db.deleteBranch('exp', { remote: 'origin' })
   */
  deleteBranch(name: string, options?: DeleteBranchOptions): Promise<void>

  /**
   * Lists the tags.
   * @throws {NotFoundError} DATABASE_NOT_FOUND
   * @example
   * const tags = await db.tags()
   */
  tags(): Promise<NotedTag[]>

  /**
   * Names a commit. A tag does not move.
   * @param ref any ref. Default: the head of the default branch
   * @throws {UsageError} USAGE, NAME_RESERVED, NAME_REFUSED
   * @throws {RefusedError} TAG_EXISTS, BRANCH_EXISTS, DATABASE_READ_ONLY
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @example
   * await db.createTag('v1', 'HEAD', { message: 'the figures of the annual report' })
   */
  createTag(name: string, ref?: string, options?: RefOptions): Promise<NotedTag>

  /**
   * Deletes a tag; its commit stays as long as a branch leads to it.
   * @throws {UsageError} USAGE
   * @throws {NotFoundError} REF_NOT_FOUND
   * @throws {RefusedError} DATABASE_READ_ONLY
   * @example
   * await db.deleteTag('v1')
   */
  deleteTag(name: string): Promise<void>

  /**
   * Lists what conflicts if a branch is merged into another: each cell that both changed differently, and each row that one
   * deleted and the other changed. Nothing moves. Fill in their decisions, and give them to `merge` as `resolve`.
   * @param branch default: the one branch that keeps a conflict
   * @param options default: into the default branch
   * @throws {UsageError} USAGE, OPTION_INVALID, NAME_RESERVED, NAME_REFUSED
   * @throws {NotFoundError} BRANCH_NOT_FOUND, REF_NOT_FOUND: the two have no commit in common
   * @throws {RefusedError} SCHEMA_CONFLICT, REF_AMBIGUOUS: several branches keep a conflict, DATABASE_READ_ONLY
   * @example
   * const { conflicts } = await db.conflicts('exp')
   * const resolve = conflicts.map((one) => ({ ...one, decision: 'theirs' as const }))
   * await db.merge('exp', { resolve })
   */
  conflicts(branch?: string, options?: ConflictsOptions): Promise<ConflictList>

  /**
   * Keeps rules that decide a table's conflicts from now on, on every branch, unless a call decides otherwise: `onConflict` with a
   * word, or with a rule for the same cell. They travel with push, pull, clone and copy.
   * @param rules by column, `*` for all others. Default: null, which removes the table's rules
   * @returns what is kept; null if nothing is
   * @throws {UsageError} USAGE, OPTION_INVALID, NAME_RESERVED, NAME_REFUSED
   * @throws {RefusedError} DATABASE_READ_ONLY
   * @example
   * await db.setRules('stock', { count: 'sum', updated_at: 'newest' })
   */
  setRules(table: string, rules?: ColumnRules | null): Promise<TableRules | null>

  /**
   * Lists the rules that tables keep for their conflicts, by table.
   * @throws {DoltflowError} CLOSED
   * @example
   * for (const { table, rules } of await db.rules()) console.log(table, rules)
   */
  rules(): Promise<TableRules[]>

  /**
   * Merges a branch into another, by row and cell. A branch that kept a conflict is finished by it, and goes.
   * @param branch the branch with the work
   * @param options default: into the default branch; fail on a conflict
   * @throws {UsageError} USAGE, OPTION_INVALID, NAME_RESERVED, NAME_REFUSED
   * @throws {NotFoundError} BRANCH_NOT_FOUND, REF_NOT_FOUND: the two have no commit in common
   * @throws {ConflictError} CONFLICT
   * @throws {SourceError} DECISION_INVALID, DECISION_STALE, TYPE_MISMATCH: of `resolve`
   * @throws {RefusedError} BRANCH_DIRTY, SCHEMA_CONFLICT, DATABASE_READ_ONLY
   * @example
   * await db.merge('exp', { into: 'main', onConflict: 'theirs' })
   */
  merge(branch: string, options?: MergeOptions): Promise<Action>

  /**
   * Makes a table what it was at a ref, by a new commit.
   * @param at any ref
   * @param options default: on the default branch
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, TABLE_NOT_FOUND, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @throws {UsageError} USAGE, OPTION_INVALID, NAME_RESERVED, NAME_REFUSED
   * @throws {ConflictError} CONFLICT
   * @throws {RefusedError} BRANCH_DIRTY, SCHEMA_CONFLICT, DATABASE_READ_ONLY
   * @example
   * await db.restore('foo', 'v1')
   */
  restore(table: string, at: string, options?: UndoOptions): Promise<Action>

  /**
   * Makes every table what it was at a ref, by one new commit; a table that was not there then is dropped.
   * @param at any ref
   * @param options default: on the default branch
   * @returns the action of each table that changes; one that says so if none does
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @throws {UsageError} OPTION_INVALID, NAME_RESERVED, NAME_REFUSED
   * @throws {ConflictError} CONFLICT
   * @throws {RefusedError} BRANCH_DIRTY, SCHEMA_CONFLICT, DATABASE_READ_ONLY
   * @example
   * await db.restoreAll('v1', { dryRun: true })
   */
  restoreAll(at: string, options?: UndoOptions): Promise<Action[]>

  /**
   * Takes back what commits changed, by one new commit. If one of them can't be taken back, nothing is.
   * @param what any ref; a range `A..B`, which is what came after A up to B; `run:<id>`, which is all that a run saved; or a list of these
   * @param options default: on the default branch
   * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @throws {UsageError} USAGE, OPTION_INVALID, NAME_RESERVED, NAME_REFUSED
   * @throws {ConflictError} CONFLICT
   * @throws {RefusedError} MERGE_REFUSED, BRANCH_DIRTY, SCHEMA_CONFLICT, DATABASE_READ_ONLY
   * @example
   * await db.revert('run:night-061')
   */
  revert(what: string | readonly string[], options?: UndoOptions): Promise<Action>

  /**
   * Removes rows of a table, by a new commit; its history keeps them.
   * @param which `{ keys }`: for each row the values of the key's columns, in their order; keys that are not there are named by the
   *   notice ROWS_NOT_THERE. Or `{ where, parameters }`: the rows of which a condition in SQL is true
   * @param options default: on the default branch
   * @returns its `removed` is how many rows went
   * @throws {NotFoundError} TABLE_NOT_FOUND, BRANCH_NOT_FOUND
   * @throws {UsageError} USAGE, OPTION_INVALID, NAME_RESERVED, NAME_REFUSED
   * @throws {ConflictError} CONFLICT
   * @throws {RefusedError} KEY_REQUIRED, CHECK_FAILED, BRANCH_DIRTY, DATABASE_READ_ONLY
   * @throws {DoltflowError} SQL_FAILED
   * @example
   * await db.deleteRows('orders', { keys: [[17], [18]] })
   * await db.deleteRows('orders', { where: 'day < ?', parameters: ['2024-01-01'] })
   */
  deleteRows(table: string, which: RowsWhere, options?: UndoOptions): Promise<Action>

  /**
   * Removes a table from a branch, by a new commit; its history stays.
   * @param options default: on the default branch
   * @throws {NotFoundError} TABLE_NOT_FOUND, BRANCH_NOT_FOUND
   * @throws {UsageError} USAGE, OPTION_INVALID, NAME_RESERVED, NAME_REFUSED
   * @throws {ConflictError} CONFLICT
   * @throws {RefusedError} BRANCH_DIRTY, SCHEMA_CONFLICT, DATABASE_READ_ONLY
   * @example
   * await db.drop('foo', { message: 'foo is made by another pipeline now' })
   */
  drop(table: string, options?: UndoOptions): Promise<Action>
}
