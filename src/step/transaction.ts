import { contextOf, Database } from '../database.ts'
import { RefusedError, UsageError } from '../errors.ts'
import { call } from '../model/advice.ts'
import type { RunInfo } from '../runs/run-states.ts'
import type { PublishOptions } from '../verbs/runs/publish.ts'
import { joinRun } from '../verbs/runs/run.ts'
import type { TransactionOptions } from './table-step.ts'

/** A workflow's tables, on a branch of its own until they are published. Its steps may run in any processes. */
export class Transaction {
  /** The database as the workflow sees it. */
  readonly db: Database
  readonly #shared: Database
  readonly #info: RunInfo

  private constructor(shared: Database, info: RunInfo) {
    this.#shared = shared
    this.#info = info
    const { status, branch, id: run, into } = info
    // What was published is on the target.
    this.db = status === 'published' ? shared : new Database({ ...contextOf(shared), branch, run, into, remote: null })
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
    return new Transaction(shared, await joinRun(contextOf(shared), { id: run, into }))
  }

  /** The transaction that a step is in. @throws {UsageError} OPTION_INVALID */
  static of(own: Transaction | undefined): Transaction {
    if (own) return own
    throw new UsageError('OPTION_INVALID', 'The step is in no transaction. Give the option transaction.', {
      data: { option: 'transaction' },
    })
  }

  /** @throws {RefusedError} RUN_EXISTS once it is published */
  requireOpen(): void {
    const { id, status } = this.#info
    if (status !== 'published') return
    throw new RefusedError(
      'RUN_EXISTS',
      `The run ${id} was published already; nothing more can be saved in it. See: ${call('showRun', [id])}`,
      { data: { run: id, status } },
    )
  }

  publish(options: PublishOptions = {}): Promise<RunInfo> {
    return this.#shared.endRun(this.#info.id, options)
  }

  async drop(): Promise<void> {
    const { id, status } = await this.#shared.showRun(this.#info.id)
    if (status !== 'dropped') await this.#shared.dropRun(id)
  }
}
