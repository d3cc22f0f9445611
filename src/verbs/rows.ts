import { guarded, streaming, type Context } from '../context.ts'
import type { Session, ReadTarget } from '../engines/engine.ts'
import type { Intent } from '../model/action.ts'
import type { Sink } from '../sinks/sink.ts'
import { deadline } from '../system/deadline.ts'
import type { Batch, Value } from '../types.ts'
import type { ActionOptions } from './begin-action.ts'
import { beginLoad, commitToLoad, sourceOf, tell, type LoadWhat } from './load.ts'
import { refuseMoreRows, type ReadLimits } from './read-limits.ts'

/** What is read, and in which shape. */
export interface RowsOptions extends ActionOptions, ReadLimits {
  /** Default: the head of `branch` */
  at?: string | undefined
  /** Default: the database's default branch. */
  branch?: string | undefined
  /** `objects`, by column, as a save takes them; or `batches` of arrays: faster, for many rows. Default: `objects` */
  as?: RowsShape | undefined
  /** More sinks for this action. */
  meta?: Sink | readonly Sink[] | undefined
  /** Stops the reading (ABORTED). */
  signal?: AbortSignal | undefined
}

/** The shape in which rows come. */
export type RowsShape = 'objects' | 'batches'

/** What comes in a shape: rows, or batches of them. */
export type RowsOf<As extends RowsShape> = As extends 'batches' ? Batch : RowObject

/** A row by column, as `rows` gives it and a save takes it. */
export type RowObject = Record<string, Value>

/**
 * Reads a table, or a query's rows, as it was at a ref, in key order; no file, no commit on data. A reading that has a run is recorded
 * when it ends, as a load is.
 * @throws {UsageError} OPTION_INVALID if a query's parameters do not fit its placeholders
 * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND, HANDLE_NOT_FOUND
 * @throws {DoltflowError} SQL_FAILED, QUERY_TIMEOUT, QUERY_LIMIT
 */
export async function* rows<As extends RowsShape>(
  context: Context,
  what: LoadWhat,
  options: RowsOptions = {},
): AsyncGenerator<RowsOf<As>, void> {
  const source = sourceOf(what, options)
  const intent = beginLoad(context, what, null, options)
  const { signal, told } = deadline(guarded(context, options))
  const reading = { ...options, signal }
  try {
    const found = streaming(context, async (session) => batches(session, context, what, source, intent, reading), {
      signal,
    })
    if (options.as === 'batches') yield* found as AsyncGenerator<RowsOf<As>, void>
    else for await (const batch of found) yield* objects(batch) as Generator<RowsOf<As>, void>
  } catch (error) {
    throw told(error)
  }
}

/** As `Object.fromEntries` does it: a column `__proto__` is a column. */
function* objects({ columns, rows: all }: Batch): Generator<RowObject, void> {
  for (const row of all) yield Object.fromEntries(columns.map((name, at) => [name, row[at]!]))
}

async function* batches(
  session: Session,
  context: Context,
  what: LoadWhat,
  source: ReadTarget,
  intent: Intent,
  options: RowsOptions,
): AsyncGenerator<Batch, void> {
  const commit = await commitToLoad(session, context, what, options)
  const { id, columns, tables = null } = await session.openRows(commit, source)
  let count = 0
  let failed = false
  try {
    for (let page = await session.nextRows(id); page; page = await session.nextRows(id)) {
      const room = (options.maxRows ?? Infinity) - count
      count += page.length
      // Those that it may give come first.
      if (page.length <= room) yield { columns, rows: page }
      else if (room > 0) yield { columns, rows: page.slice(0, room) }
      refuseMoreRows(count, options)
    }
  } catch (error) {
    failed = true
    throw error
  } finally {
    // Also if the consumer stops early: it has read this commit.
    if (!failed) {
      await session.close(id)
      await session.shield(async () => {
        const tableHash = 'table' in source ? await session.tableHash(commit, source.table) : undefined
        const found = { fromCommit: commit, tableHash: tableHash ?? null, tables, rows: count, changed: false }
        if (intent.run !== null || options.meta !== undefined || context.sinks.length > 0)
          await tell(context, session, { intent, found }, options)
      })
    }
  }
}
