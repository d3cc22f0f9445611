import { contextOf, Database } from '../database.ts'
import { RefusedError, UsageError } from '../errors.ts'
import { call } from '../model/advice.ts'
import { isDoltflowError } from '../model/error-data.ts'
import type { TableHandle } from '../model/handle.ts'
import type { RunInfo } from '../runs/run-states.ts'
import { handleOf } from '../verbs/handles.ts'
import type { PublishOptions } from '../verbs/runs/publish.ts'
import { joinRun } from '../verbs/runs/run.ts'
import type { TransactionOptions } from './table-step.ts'

/** A workflow's tables, on a branch of its own until they are published. Its steps may run in any processes. */
export class Transaction {
  /** The database as the workflow sees it: on its branch, until that is published or dropped. */
  db: Database
  readonly #shared: Database
  #info: RunInfo

  private constructor(shared: Database, info: RunInfo) {
    this.#shared = shared
    this.#info = info
    const { status, branch, id: run, into } = info
    // What was published is on the target.
    const isOver = status === 'published' || status === 'dropped'
    this.db = isOver ? shared : new Database({ ...contextOf(shared), branch, run, into, remote: null })
  }

  /** Begins a workflow's transaction, or goes on in it. @throws {UsageError} OPTION_INVALID */
  static async join(
    shared: Database,
    run: string | undefined,
    options: true | TransactionOptions,
  ): Promise<Transaction> {
    if (run === undefined)
      throw new UsageError('OPTION_INVALID', "A transaction is one workflow's: give its execution as the option run.", {
        data: { option: 'run' },
      })
    const { into } = options === true ? {} : options
    const join = async (): Promise<Transaction> =>
      new Transaction(shared, await joinRun(contextOf(shared), { id: run, into }))
    return join().catch(async (error: unknown) => {
      if (!isDoltflowError(error, 'DATABASE_NOT_FOUND')) throw error
      // As a save does, the first step makes the database.
      await shared.init()
      return join()
    })
  }

  /** The transaction that a step is in. @throws {UsageError} OPTION_INVALID */
  static of(own: Transaction | undefined): Transaction {
    if (own) return own
    throw new UsageError('OPTION_INVALID', 'The step is in no transaction. Give the option transaction.', {
      data: { option: 'transaction' },
    })
  }

  /**
   * What a save of this id made before the transaction was over; undefined while it is open.
   * @throws {RefusedError} RUN_EXISTS if it is over, and there was no such save
   */
  async savedBefore(action: string): Promise<TableHandle | undefined> {
    const { id, status, into } = this.#info
    if (this.db !== this.#shared) return undefined
    const done = status === 'dropped' ? [] : await this.#shared.actions({ run: id })
    const first = done.find((one) => one.id === action)
    if (first) {
      const handle = await handleOf(contextOf(this.#shared), first)
      if (handle) return handle
    }
    throw new RefusedError(
      'RUN_EXISTS',
      `The run ${id} was ${status === 'dropped' ? 'dropped' : `published to ${into}`}; nothing more can be saved in it. See: ${call('showRun', [id])}`,
      { data: { run: id, status } },
    )
  }

  async publish(options: PublishOptions = {}): Promise<RunInfo> {
    this.#info = await this.#shared.endRun(this.#info.id, options)
    this.db = this.#shared
    return this.#info
  }

  async drop(): Promise<void> {
    this.#info = await this.#shared.dropRun(this.#info.id).catch((error: unknown) => {
      if (isDoltflowError(error, 'RUN_EXISTS') && error.data.status === 'dropped') return this.#info
      throw error
    })
    this.db = this.#shared
  }
}
