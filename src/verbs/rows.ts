import { streaming, type Context } from '../context.ts'
import type { Session, ReadTarget } from '../engines/engine.ts'
import { deadline } from '../system/deadline.ts'
import type { Batch } from '../types.ts'
import { commitToLoad, sourceOf, type LoadWhat } from './load.ts'
import { refuseMoreRows, type ReadLimits } from './read-limits.ts'

/** What is read, and in which portions. */
export interface RowsOptions extends ReadLimits {
  /** Default: the head of `branch` */
  at?: string
  /** Default: the database's default branch. */
  branch?: string
  /** Stops the reading (ABORTED). */
  signal?: AbortSignal
}

/**
 * Reads a table, or a query's rows, as it was at a ref, in batches of up to 5,000 rows, in key order; no file, no commit.
 * @throws {UsageError} OPTION_INVALID if a query's parameters do not fit its placeholders
 * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND
 * @throws {DoltflowError} SQL_FAILED, QUERY_TIMEOUT, QUERY_LIMIT
 */
export async function* rows(context: Context, what: LoadWhat, options: RowsOptions = {}): AsyncGenerator<Batch, void> {
  const source = sourceOf(what, options)
  const { signal, told } = deadline(options)
  try {
    yield* streaming(context, async (session) => batches(session, context, source, options), { signal })
  } catch (error) {
    throw told(error)
  }
}

async function* batches(
  session: Session,
  context: Context,
  source: ReadTarget,
  options: RowsOptions,
): AsyncGenerator<Batch, void> {
  const commit = await commitToLoad(session, context, source, options)
  const { id, columns } = await session.openRows(commit, source)
  let count = 0
  for (let page = await session.nextRows(id); page; page = await session.nextRows(id)) {
    count += page.length
    refuseMoreRows(count, options)
    yield { columns, rows: page }
  }
}
