import type { Writable } from 'node:stream'
import type { Database } from '../database.ts'
import type { DoltflowError } from '../errors.ts'
import type { Source } from '../files/source.ts'
import { isDoltflowError } from '../model/error-data.ts'
import { isTableHandle, type TableHandle } from '../model/handle.ts'
import type { RunInfo } from '../runs/run-states.ts'
import type { Progress } from '../types.ts'
import type { LoadOptions, LoadWhat } from '../verbs/load.ts'
import type { RowObject, RowsOptions } from '../verbs/rows.ts'
import type { PublishOptions } from '../verbs/runs/publish.ts'
import type { SaveOptions } from '../verbs/save/save-options.ts'
import { checkStep } from './check-step.ts'
import { databaseOf, forgetDatabase, sharedDatabase } from './databases.ts'
import { Transaction } from './transaction.ts'

/** Where a workflow's tables go until it publishes them. */
export interface TransactionOptions {
  /** The branch that they are published to. Default: the database's default branch */
  into?: string | undefined
}

/** What a workflow engine says of a step. */
export interface TableStepOptions {
  /** The same in each attempt of this step, and another in each execution of it. It must not hold the attempt's number. */
  id: string
  /** The workflow's execution. Default: none; with a transaction it is needed */
  run?: string | undefined
  /** The step's name. Default: none */
  name?: string | undefined
  /** Stops the step, as long as it has published nothing. */
  signal?: AbortSignal | undefined
  /** Is called while rows are read and saved, at least each second. */
  heartbeat?: ((progress: Progress) => void) | undefined
  /** The engine's own error for what will fail again, however often it is tried. Default: the error itself */
  permanent?: ((error: DoltflowError) => unknown) | undefined
  /** The engine's own error for what was stopped. Default: the error itself */
  cancelled?: ((error: DoltflowError) => unknown) | undefined
  /** Whether the step works on a branch of the workflow's own, `run/<run>`, until `publish`. Default: false */
  transaction?: boolean | TransactionOptions | undefined
}

/** What a step does with tables. All of it is recorded with the workflow's run and the step's name. */
export interface StepTables {
  /** The open database; in a transaction, as the workflow sees it. Its verbs know of no run and of no id. */
  db: Database
  /** Saves a table, once, however often the step is tried. @returns what names the table at its commit */
  save(table: string, source: Source, options?: SaveOptions): Promise<TableHandle>
  /** Loads a table into a file or a stream. @returns what names the table that was loaded; null for a query */
  load(what: LoadWhat, target: string | Writable, options?: LoadOptions): Promise<TableHandle | null>
  /** A table's rows. */
  rows(what: LoadWhat, options?: Omit<RowsOptions, 'as'>): AsyncGenerator<RowObject, void>
  /** Publishes what the workflow's steps saved in its transaction, as one commit; once, however often it is called. */
  publish(options?: PublishOptions): Promise<RunInfo>
  /** Drops what the workflow's steps saved in its transaction: its compensation. */
  drop(): Promise<void>
}

/**
 * Does a step of a durable workflow with tables: a save happens once, however often the step is tried, and whoever tries it.
 * @param database a URL, a name of `useDatabases`, or a handle, whose database is meant
 * @param work what it gives is the step's result: handles are plain data of a few hundred bytes
 * @throws what `permanent` and `cancelled` make of an error; other errors as they are
 * @throws {UsageError} OPTION_INVALID for an id that is missing, or a transaction without a run
 * @throws {NotFoundError} HANDLE_NOT_FOUND for a handle whose database this process doesn't know
 * @example
 * const made = await tableStep('pipeline.db', { id: 'night-1/clean', run: 'night-1', name: 'clean' }, ({ save }) =>
 *   save('clean', [{ id: 1 }], { key: 'id' }),
 * )
 */
export async function tableStep<T>(
  database: string | TableHandle,
  options: TableStepOptions,
  work: (tables: StepTables) => Promise<T>,
): Promise<T> {
  try {
    checkStep(database, options, work)
    const db = isTableHandle(database) ? await databaseOf(database) : await sharedDatabase(database)
    return await work(await tablesOf(db, options))
  } catch (error) {
    if (isDoltflowError(error, 'CLOSED')) forgetDatabase(isTableHandle(database) ? database.db : database)
    throw forEngine(error, Object(options) as TableStepOptions)
  }
}

async function tablesOf(shared: Database, options: TableStepOptions): Promise<StepTables> {
  const { id, run, name: step, signal, heartbeat: onProgress, transaction = false } = options
  const own = transaction === false ? undefined : await Transaction.join(shared, run, transaction)
  // Once a transaction is over, its tables are those of its target.
  const now = (): Database => own?.db ?? shared
  const common = { run, step, signal }
  const count = new Map<string, number>()
  return {
    get db() {
      return now()
    },
    async save(table, source, more = {}) {
      const times = (count.get(table) ?? 0) + 1
      count.set(table, times)
      // A retry may compute other rows: the first ones that were published count.
      const once = { id: times === 1 ? `${id}/${table}` : `${id}/${table}/${times}`, onRepeat: 'first' as const }
      const before = await own?.savedBefore(more.id ?? once.id)
      if (before) return before
      const { handle } = await now().save(table, source, { ...common, onProgress, ...once, ...more })
      return handle!
    },
    async load(what, target, more) {
      return (await now().load(what, target, { ...common, onProgress, ...more })).handle
    },
    rows: (what, more) => withHeartbeat(now().rows(what, { ...common, ...more, as: 'objects' }), onProgress),
    publish: (more) => Transaction.of(own).publish(more),
    drop: () => Transaction.of(own).drop(),
  }
}

/** Tells of rows that are read, each second at most. */
async function* withHeartbeat(
  rows: AsyncIterable<RowObject>,
  heartbeat: TableStepOptions['heartbeat'],
): AsyncGenerator<RowObject, void> {
  let count = 0
  let told = performance.now()
  for await (const row of rows) {
    count++
    if (heartbeat && performance.now() - told > 1000) {
      told = performance.now()
      heartbeat({ rows: count, bytes: 0 })
    }
    yield row
  }
}

/** By its shape: a workflow may have another copy of doltflow. */
function forEngine(error: unknown, { signal, permanent, cancelled }: TableStepOptions): unknown {
  if (!isDoltflowError(error)) return error
  if (error.code === 'ABORTED' && (signal?.aborted ?? true)) return cancelled?.(error) ?? error
  return error.retryable ? error : (permanent?.(error) ?? error)
}
