import type { Writable } from 'node:stream'
import type { Source } from '../../files/source.ts'
import type { Action } from '../../model/action.ts'
import type { TableHandle } from '../../model/handle.ts'
import type { LoadAllOptions } from '../load-all.ts'
import type { LoadOptions, LoadWhat } from '../load.ts'
import type { RowsOf, RowsOptions, RowsShape } from '../rows.ts'
import type { SaveAllOptions, SaveOptions } from '../save/save-options.ts'

/** Tables in and out. */
export interface TableVerbs {
  /**
   * Saves a source into a table as one commit on a branch; it happens wholly or not at all. If nothing would change, there
   * is no commit and the action says `changed: false`.
   * @param table made by its first save, which pins its key
   * @param source a path, several paths of one header, a stream of bytes, or `{ rows }`
   * @param options default: replace the table on the database's default branch, fail on a conflict
   * @returns the record of what was done
   * @throws {UsageError} USAGE, OPTION_INVALID, FORMAT_UNKNOWN, NAME_RESERVED, NAME_REFUSED, ID_TAKEN
   * @throws {NotFoundError} FILE_NOT_FOUND, SHEET_NOT_FOUND, BRANCH_NOT_FOUND, REF_NOT_FOUND
   * @throws {SourceError} CSV_ENCODING, CSV_NUL, CSV_QUOTE, CSV_RAGGED, CSV_EMPTY, FORMAT_INVALID, FORMAT_LIMIT,
   *   HEADER_DIFFERS, COLUMN_DUPLICATE, COLUMN_EMPTY, COLUMN_MISSING, KEY_NULL, KEY_DUPLICATE, KEY_EXISTS, KEY_TOO_LONG,
   *   TYPE_MISMATCH
   * @throws {RefusedError} KEY_REQUIRED, KEY_CHANGED, TYPE_CHANGED, TYPE_REFUSED, SCHEMA_STRICT, SCHEMA_CONFLICT,
   *   EMPTY_SOURCE, TOO_MANY_COLUMNS, BRANCH_DIRTY, BRANCH_EXISTS, TAG_EXISTS, DATABASE_READ_ONLY
   * @throws {ConflictError} CONFLICT: the work is kept on a branch; `data.conflicts` lists the rows
   * @throws {DoltflowError} REMOTE_UNREACHABLE, REMOTE_REFUSED, REMOTE_RACE: saved here, not delivered yet; `data.action`
   *   is the action
   * @example
   * const action = await db.save('bar', 'bar.csv', { key: 'c', branch: { from: 'c2', mergeTo: 'main' } })
   * console.log(action.changed, action.toCommit)
   */
  save(table: string, source: Source, options?: SaveOptions): Promise<Action>

  /**
   * Saves several sources, each into its table, as one commit: all of it happens, or nothing.
   * @param sources by table
   * @param options for all tables; those of one table go under `tables`
   * @returns an action for each table, in the order of the sources, all with the same commits
   * @throws as `save`
   * @example
   * await db.saveAll({ orders: 'o.csv', lines: 'l.parquet' }, { tables: { orders: { key: 'id' } } })
   */
  saveAll(sources: Readonly<Record<string, Source>>, options?: SaveAllOptions): Promise<Action[]>

  /**
   * Loads a table, or a query's rows, as it was at a ref, into a file or a stream. A file is replaced in one step; no
   * branch moves.
   * @param what a table's name, or a query that only reads, with its parameters
   * @param target a path or a writable stream
   * @param options default: the head of the database's default branch, in the format that the path's extension names
   * @returns the record of what was read; it is kept in the database if the load has a run
   * @throws {UsageError} USAGE, FORMAT_UNKNOWN, OPTION_INVALID
   * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @throws {SourceError} FORMAT_CANNOT_HOLD
   * @throws {RefusedError} TARGET_REFUSED
   * @throws {DoltflowError} SQL_FAILED, IO_FAILED, PACKAGE_MISSING
   * @example
   * await db.load('foo', 'foo.csv', { at: 'HEAD~2' })
   * await db.load({ sql: 'SELECT * FROM foo WHERE id = ?', parameters: [7] }, process.stdout)
   */
  load(what: LoadWhat, target: string | Writable, options?: LoadOptions): Promise<Action>

  /**
   * Loads every table of one commit into a folder, a file each. The files are put in their places when all are written.
   * @param folder made if it is not there; files of tables that are not in the commit stay
   * @param options default: the head of the database's default branch, as CSV
   * @returns the actions, in the order of the tables' names
   * @throws as `load`
   * @example
   * await db.loadAll('dump', { at: 'run:last-night', format: 'parquet' })
   */
  loadAll(folder: string, options?: LoadAllOptions): Promise<Action[]>

  /**
   * Reads a table, or a query's rows, as it was at a ref, in key order, each row as an object by column: as a save takes them. No file
   * is written. A reading that has a run is recorded when it ends, as a load is.
   * @param options default: the head of the database's default branch
   * @throws {UsageError} USAGE, OPTION_INVALID
   * @throws {NotFoundError} TABLE_NOT_FOUND, HANDLE_NOT_FOUND, REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @throws {DoltflowError} SQL_FAILED
   * @example
   * for await (const row of db.rows('foo')) console.log(row)
   * for await (const { columns, rows } of db.rows('foo', { as: 'batches' })) console.log(columns, rows.length)
   */
  rows<As extends RowsShape = 'objects'>(
    what: LoadWhat,
    options?: RowsOptions & { as?: As | undefined },
  ): AsyncGenerator<RowsOf<As>, void>

  /**
   * Gives the handle of a table at a ref, and keeps its commit for good: no `gc` takes it, also if its branch is deleted. A handle is
   * pinned by giving it.
   * @param ref any ref. Default: the head of the default branch
   * @throws {UsageError} USAGE, NAME_RESERVED, NAME_REFUSED
   * @throws {NotFoundError} TABLE_NOT_FOUND, HANDLE_NOT_FOUND, REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
   * @throws {RefusedError} DATABASE_READ_ONLY
   * @example
   * const handle = await db.pin('foo', 'v1')
   */
  pin(what: string | TableHandle, ref?: string): Promise<TableHandle>

  /**
   * Ends a pin: its commit stays as long as a branch leads to it, or a handle is used.
   * @returns whether it was pinned
   * @throws {UsageError} USAGE
   * @throws {RefusedError} DATABASE_READ_ONLY
   * @example
   * await db.unpin(await db.pin('foo'))
   */
  unpin(handle: TableHandle): Promise<boolean>
}
