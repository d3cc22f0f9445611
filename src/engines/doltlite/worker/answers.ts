import { existsSync, statSync } from 'node:fs'
import { asIoError, toPlain } from '../../../errors.ts'
import { INTERNAL_PREFIX } from '../../../model/names.ts'
import { aborted } from '../../../system/abort.ts'
import type { Progress } from '../../../types.ts'
import { Connection } from '../connection/connection.ts'
import { createDatabase } from '../connection/create-database.ts'
import { acceptHeads, checkHeads, refuseLost, readHeads } from '../connection/heads.ts'
import { Presence } from '../connection/presence.ts'
import { WriteLock } from '../connection/write-lock.ts'
import { CALLS } from './calls.ts'
import { operations, type Operations } from './operations.ts'
import type { WorkerAnswer, WorkerCall, WorkerOptions } from './protocol.ts'

const REPORT_MS = 100

/** One connection, which is opened by its first call, and does one call at a time. The calls block. */
export class Answers {
  readonly #options: WorkerOptions
  readonly #tell: (progress: Progress) => void
  readonly #flag: Int32Array
  readonly #lock: WriteLock
  readonly #presence: Presence
  #connection: Connection | undefined
  #all: Operations | undefined
  #lastReport = 0
  #reporting = ''

  /** @param tell hears during a call how far it is */
  constructor(options: WorkerOptions, tell: (progress: Progress) => void) {
    this.#options = options
    this.#tell = tell
    this.#flag = new Int32Array(options.aborted)
    this.#lock = new WriteLock(options.path)
    this.#presence = new Presence(options.path)
  }

  answer(call: WorkerCall): WorkerAnswer {
    try {
      return { result: this.#do(call) }
    } catch (error) {
      return { error: toPlain(asIoError(error, this.#options.path)) }
    }
  }

  #do(call: WorkerCall): unknown {
    const { path } = this.#options
    const all = (this.#all ??=
      existsSync(path) && statSync(path).size > 0 ? this.#start() : this.#lock.hold(() => this.#begin()))
    if (call.name === 'accept')
      return acceptHeads(
        path,
        all.branches().filter(({ name }) => !name.startsWith(INTERNAL_PREFIX)),
      )
    // Work of another kind tells at once how far it is.
    if (call.name !== this.#reporting) this.#lastReport = 0
    this.#reporting = call.name
    const operation = all[call.name as keyof Operations] as (...args: unknown[]) => unknown
    const work = (): unknown => {
      if (call.name !== 'end') this.#connection!.followFile()
      return operation.apply(all, call.args)
    }
    if (call.name === 'end') {
      this.#lock.close()
      this.#presence.close()
    }
    return CALLS[call.name as keyof typeof CALLS] === 'write' ? this.#lock.hold(work) : work()
  }

  /** Makes the database first: what it is made of must not look like that of a process that is gone. */
  #begin(): Operations {
    this.#presence.show()
    return this.#start()
  }

  #start(): Operations {
    const { path, readOnly, bare, check } = this.#options
    const heads = check ? readHeads(path) : undefined
    if (heads) refuseLost(path, heads)
    if (!bare) createDatabase(path)
    this.#connection = new Connection(path, { readOnly })
    try {
      if (heads) checkHeads(heads, this.#connection)
    } catch (error) {
      this.#connection.close()
      throw error
    }
    return operations(this.#connection, this.#presence, (progress) => this.#report(progress))
  }

  #report(progress: Progress): void {
    if (Atomics.load(this.#flag, 0) === 1) throw aborted()
    if (Date.now() - this.#lastReport < REPORT_MS) return
    this.#lastReport = Date.now()
    this.#tell(progress)
  }
}
