import { randomBytes } from 'node:crypto'
import { leaseName, RENEWED } from '../../../system/lease.ts'
import type { Connection } from '../connection/connection.ts'

/** How long the removal of a lease may take, in ms. */
const PATIENCE = 2000

/**
 * What shows others at a server that this process lives, while it works: a branch with a new name every few seconds, made by a
 * connection of its own, since a session's may be busy for minutes. Work that is done sooner makes none.
 */
export class Lease {
  readonly #connect: () => Promise<Connection>
  readonly #token: string = randomBytes(4).toString('hex')
  #holders = 0
  #timer: NodeJS.Timeout | undefined
  #connection: Connection | undefined
  #renewing: Promise<void> | undefined
  /** The branch that is there. */
  #name: string | undefined

  constructor(connect: () => Promise<Connection>) {
    this.#connect = connect
  }

  hold(): void {
    if (this.#holders++ > 0) return
    this.#timer = setInterval(() => this.#renew(), RENEWED)
    this.#timer.unref()
  }

  /** Ends it with the last that holds it. Never throws: a branch that stays goes when its process has. */
  async letGo(): Promise<void> {
    if (--this.#holders > 0) return
    clearInterval(this.#timer)
    await this.#renewing
    if (this.#holders > 0) return
    const [connection, name] = [this.#connection, this.#name]
    this.#connection = this.#name = undefined
    if (!connection) return
    // A close does not wait for a server that says nothing.
    const timer = setTimeout(() => connection.destroy(), PATIENCE)
    if (name !== undefined) await remove(connection, name)
    clearTimeout(timer)
    connection.destroy()
  }

  /** One that a server does not answer is given up with its connection, and done again. */
  #renew(): void {
    if (this.#renewing) return this.#connection?.destroy()
    this.#renewing = this.#renewed()
      .catch(() => {})
      .finally(() => (this.#renewing = undefined))
  }

  async #renewed(): Promise<void> {
    if (!this.#connection || this.#connection.lost) this.#connection = await this.#connect()
    const name = leaseName(this.#token)
    await this.#connection.useDefault()
    await this.#connection.rows('CALL dolt_branch(?)', [name])
    const before = this.#name
    this.#name = name
    if (before !== undefined) await remove(this.#connection, before)
  }
}

async function remove(connection: Connection, name: string): Promise<void> {
  await connection.rows("CALL dolt_branch('-D', '-f', ?)", [name]).catch(() => {})
}
