import type { Context } from '../../context.ts'
import { UsageError } from '../../errors.ts'
import type { Source } from '../../files/source.ts'
import type { TextReadOptions } from '../../formats/format.ts'
import type { Action } from '../../model/action.ts'
import type { Sink } from '../../sinks/sink.ts'
import type { ColumnType, ConflictPolicy, Progress, SaveMode } from '../../types.ts'
import type { ActionOptions } from '../begin-action.ts'
import type { BranchPlan } from './branch-plan.ts'
import type { SchemaPolicy } from './next-schema.ts'
import { saveTables } from './save-tables.ts'

/**
 * Options of a save: plain data, but for the callback, the signal and `onProgress`.
 * A save that is repeated with the caller's own `id` returns the first Action and does nothing.
 */
export interface SaveOptions extends ActionOptions {
  /**
   * The key column's name, or several; pinned by the table's first save. A table that is first saved without one is
   * a multiset of rows, which null says is meant. Default: the table's own, else none
   */
  key?: string | readonly string[] | null
  /**
   * What the save may make of the table's schema: `evolve` adds columns and widens types, `replace` takes the source's
   * as it is (in the mode `replace` alone), `strict` refuses any change. Default: `evolve`
   */
  schema?: SchemaPolicy
  /** Default: `replace` */
  mode?: SaveMode
  /** Default: the database's default branch. */
  branch?: BranchPlan
  /** Refuse (CONFLICT) instead of merging when the branch has moved. Default: false */
  noMerge?: boolean
  /** What decides cells that two sides changed. Default: `fail` */
  onConflict?: ConflictPolicy
  /** The commit's message. Default: what was saved. */
  message?: string
  /** As an extension names it: `csv`, `tsv`, `jsonl`, `json`, `parquet`, `arrow`, `xlsx`, `csv.gz`, … Default: by the file's extension, else CSV. */
  format?: string
  /** How the text is read: delimiter, quote, header, NULL texts. The last two count for other formats, too. */
  text?: TextReadOptions
  /** The sheet of a workbook: its name, or its number from 1 (also as text, where no sheet has that name). Default: the first */
  sheet?: string | number
  /** Pinned types by column: for columns that are new; a wider one for a column that is there. */
  types?: Record<string, ColumnType>
  /** Allow a replace by no rows. Default: false */
  allowEmpty?: boolean
  /** More sinks for this action. */
  meta?: Sink | readonly Sink[]
  /** Pulled before and pushed after: a URL or a saved name. */
  remote?: string
  /** Tell what would change; change nothing. Default: false */
  dryRun?: boolean
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** What may differ from table to table where several are saved. */
export type TableOptions = Pick<
  SaveOptions,
  'key' | 'schema' | 'mode' | 'format' | 'text' | 'sheet' | 'types' | 'allowEmpty'
>

export interface SaveAllOptions extends SaveOptions {
  /** Options of single tables, which come before those for all. */
  tables?: Record<string, TableOptions>
}

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
  const [action] = await saveTables(context, [{ table, source, options }], options)
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
  const { tables = {}, ...shared } = options
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
  return saveTables(context, saves, shared)
}
