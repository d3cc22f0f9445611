import type { CheckFunction } from '../../checks/own-checks.ts'
import type { TextReadOptions } from '../../formats/format.ts'
import type { Sink } from '../../sinks/sink.ts'
import type { ColumnType, ConflictPolicy, Progress, SaveMode } from '../../types.ts'
import type { ActionOptions } from '../begin-action.ts'
import type { BranchPlan } from './branch-plan.ts'
import type { SchemaPolicy } from './next-schema.ts'

/** What may differ from table to table where several are saved. */
export interface TableOptions {
  /**
   * The key column's name, or several; pinned by the table's first save. A table that is first saved without one is
   * a multiset of rows, which null says is meant. Default: the table's own, else none
   */
  key?: string | readonly string[] | null | undefined
  /**
   * What the save may make of the table's schema: `evolve` adds columns and widens types, `replace` takes the source's
   * as it is (in the mode `replace` alone), `strict` refuses any change. Default: `evolve`
   */
  schema?: SchemaPolicy | undefined
  /** Default: `replace` */
  mode?: SaveMode | undefined
  /** As an extension names it: `csv`, `tsv`, `jsonl`, `json`, `parquet`, `arrow`, `xlsx`, `csv.gz`, … Default: by the file's extension, else CSV. */
  format?: string | undefined
  /**
   * How the text is read: delimiter, quote, header, NULL texts. The last two count for other formats, too. NULL texts
   * (`nulls`) hold for the table's later saves as well, until others are given; `[]` ends that
   */
  text?: TextReadOptions | undefined
  /** The sheet of a workbook: its name, or its number from 1 (also as text, if no sheet has that name). Default: the first */
  sheet?: string | number | undefined
  /** Pinned types by column: for columns that are new; a wider one for a column that is there. */
  types?: Record<string, ColumnType> | undefined
  /**
   * What columns of JSON or JSON lines are, as a Parquet file says it of its own: that counts for columns that are new, and widens
   * others. Default: what their cells are
   */
  declared?: Record<string, ColumnType> | undefined
  /**
   * Columns that have another name in the source, as `{ old: 'new' }`: they keep their types and places (in the mode `replace`
   * alone). One that the table has by the new name already is left as it is. Default: none
   */
  rename?: Record<string, string> | undefined
  /** What the record calls the source, such as `kedro:orders`, if its file is a temporary one. Default: the file's path */
  source?: string | undefined
  /**
   * Read a file of a format such as Parquet in this process, not in one of its own: faster by 200 ms, for a file that the
   * caller itself wrote. A bad one may take all memory. Default: false
   */
  inProcess?: boolean | undefined
  /** Allow a replace by no rows. Default: false */
  allowEmpty?: boolean | undefined
}

/**
 * Options of a save: plain data, but for the callback, the signal and `onProgress`.
 * A save that is repeated with the caller's own `id` returns the first Action and does nothing.
 */
export interface SaveOptions extends ActionOptions, TableOptions {
  /** Default: the database's default branch. */
  branch?: BranchPlan | undefined
  /** Refuse (CONFLICT) instead of merging when the branch has moved. Default: false */
  noMerge?: boolean | undefined
  /**
   * What a repeat of the `id` with other rows is: `refuse` (ID_TAKEN), or `first`: the first action, as with the same rows, for a
   * durable engine whose retry may compute other rows. Default: `refuse`
   */
  onRepeat?: 'refuse' | 'first' | undefined
  /**
   * Build on the branch's head also if the file was loaded from an earlier one: rows that others added since are removed.
   * Default: false
   */
  onHead?: boolean | undefined
  /** What decides cells that two sides changed. Default: `fail` */
  onConflict?: ConflictPolicy | undefined
  /** The commit's message. Default: what was saved. */
  message?: string | undefined
  /**
   * What must hold of the table as it will be, for this save alone: queries that must give no rows, or functions that give the reason if
   * it doesn't. Else CHECK_FAILED, and the work is kept. Default: the database's checks alone
   */
  check?: string | CheckFunction | readonly (string | CheckFunction)[] | undefined
  /** More sinks for this action. */
  meta?: Sink | readonly Sink[] | undefined
  /** Pulled before and pushed after: a URL or a saved name. */
  remote?: string | undefined
  /** Tell what would change; change nothing. Default: false */
  dryRun?: boolean | undefined
  /** Stops the save (ABORTED) as long as nothing is published; the branch is as it was. */
  signal?: AbortSignal | undefined
  /** Called while the source is read. */
  onProgress?: ((progress: Progress) => void) | undefined
}

/** Options of a save of several tables. */
export interface SaveAllOptions extends SaveOptions {
  /** Options of single tables, which come before those for all. */
  tables?: Record<string, TableOptions> | undefined
}
