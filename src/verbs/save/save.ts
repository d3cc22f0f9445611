import { targetBranch, type Context } from '../../context.ts'
import { UsageError } from '../../errors.ts'
import type { Source } from '../../files/source.ts'
import type { Action } from '../../model/action.ts'
import type { BranchPlan } from './branch-plan.ts'
import type { SaveAllOptions, SaveOptions, TableOptions } from './save-options.ts'
import { saveTables } from './save-tables.ts'

/**
 * Saves a source into a table as a commit on a branch. It happens wholly or not at all; where nothing
 * would change, there is no commit and `changed` is false.
 * @throws {UsageError} OPTION_INVALID, FORMAT_UNKNOWN, NAME_RESERVED, NAME_REFUSED
 * @throws {NotFoundError} FILE_NOT_FOUND, SHEET_NOT_FOUND, BRANCH_NOT_FOUND, REF_NOT_FOUND
 * @throws {SourceError} CSV_…, FORMAT_…, COLUMN_…, HEADER_DIFFERS, KEY_NULL, KEY_DUPLICATE, KEY_EXISTS, TYPE_MISMATCH
 * @throws {RefusedError} KEY_REQUIRED, KEY_CHANGED, TYPE_CHANGED, SCHEMA_STRICT, EMPTY_SOURCE, BRANCH_DIRTY, DATABASE_READ_ONLY, SCHEMA_CONFLICT
 * @throws {ConflictError} CONFLICT: the work is kept on a branch; its data lists the rows
 * @throws {DoltflowError} REMOTE_UNREACHABLE with `data.action`: saved here, not yet there
 */
export async function save(
  context: Context,
  table: string,
  source: Source,
  options: SaveOptions = {},
): Promise<Action> {
  const placed = inRun(context, options)
  const [action] = await saveTables(context, [{ table, source, options: placed }], placed)
  return action!
}

/**
 * Saves several sources, each into its table, as one commit: all of it happens, or nothing. Each table has an action of its own, with
 * the same commits; one that is unchanged says so.
 * @param sources by table, such as `{ orders: 'o.csv', lines: 'l.parquet' }`
 * @returns the actions, in the order of the sources
 * @throws as `save`
 */
export async function saveAll(
  context: Context,
  sources: Readonly<Record<string, Source>>,
  options: SaveAllOptions = {},
): Promise<Action[]> {
  const placed = inRun(context, options)
  const { tables = {}, ...shared } = placed
  const own = (table: string): TableOptions => (Object.hasOwn(tables, table) ? tables[table]! : {})
  const unknown = Object.keys(tables).find((table) => !Object.hasOwn(sources, table))
  if (unknown !== undefined)
    throw new UsageError('OPTION_INVALID', `The option tables speaks of ${unknown}, which is not saved.`, {
      data: { option: 'tables', table: unknown },
    })
  const saves = Object.entries(sources).map(([table, source]) => ({
    table,
    source,
    options: { ...shared, ...own(table) },
  }))
  return saveTables(context, saves, placed)
}

/** Options whose branch is the run's own, if the save is in a run. @throws {RefusedError} RUN_BRANCH */
function inRun<T extends { branch?: BranchPlan }>(context: Context, options: T): T {
  const { branch } = options
  if (context.into === undefined || branch === undefined) return options
  if (typeof branch === 'string') return { ...options, branch: targetBranch(context, branch) }
  if ('new' in branch) return { ...options, branch: { ...branch, new: targetBranch(context, branch.new) } }
  return { ...options, branch: { ...branch, mergeTo: targetBranch(context, branch.mergeTo) } }
}
