import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '../system/id.ts'
import { currentOwner, isGone, ownerText, parseOwner } from '../system/owner.ts'
import { stateFolder } from '../system/state-folder.ts'
import { waitUnheld } from '../system/wait.ts'
import { DeliveryError } from './http.ts'

/*
 * What a receiver elsewhere is to be told lies in a file of its own until it has been taken, so that a receiver that is down, and a
 * process that ends, lose nothing. A file is claimed by its new name: of two processes one sends it. An answer that was lost is
 * followed by the same message again, under the same id.
 */

/** What is sent: one request after the other, all or again. */
export interface OutboxMessage {
  /** Tells a receiver what it has already. */
  id: string
  /** JSON documents, with the path of each at the receiver. */
  requests: { path: string; body: string }[]
}

/** How long, in ms, an action waits until it has been told. */
export const DEADLINE_MS = 1000
/** How long, in ms, after a failure no action waits: the message goes to those that wait. */
const DOWN_MS = 30_000

/** The messages for one receiver, of all processes of this user. */
export class Outbox {
  readonly #folder: string
  readonly #send: (message: OutboxMessage) => Promise<void>
  #turn: Promise<unknown> = Promise.resolve()
  #failed: { at: number; reason: string } | undefined
  #refused: string | undefined

  /** @param receiver names it, without secrets @param send @throws {DeliveryError} */
  constructor(receiver: string, send: (message: OutboxMessage) => Promise<void>) {
    this.#folder = join(stateFolder(), 'outbox', createHash('sha256').update(receiver).digest('hex').slice(0, 16))
    this.#send = send
  }

  /**
   * Keeps a message, and sends it, with what waits before it. After a second it goes on in the background.
   * @throws {Error} if it waits, or if the receiver refuses it for good: it is kept then, in the folder `refused`
   */
  async put(message: OutboxMessage): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const place = join(this.#folder, newId())
    await writeFile(`${place}.new`, JSON.stringify(message), { mode: 0o600 })
    await rename(`${place}.new`, `${place}.json`)
    const isDown = this.#failed !== undefined && Date.now() - this.#failed.at < DOWN_MS
    const sent = this.flush().then(() => 'done' as const)
    const end = isDown ? 'late' : await Promise.race([sent, waitUnheld(DEADLINE_MS).then(() => 'late' as const)])
    const refused = this.#refused
    this.#refused = undefined
    if (refused !== undefined)
      throw new Error(`the receiver refused it: ${refused}. It is kept in ${join(this.#folder, 'refused')}`)
    if (this.#failed)
      throw new Error(`${this.#failed.reason}. It waits in the outbox, and goes with the next action after that`)
    if (end === 'late') throw new Error(`no answer after ${DEADLINE_MS} ms. It waits in the outbox if none comes`)
  }

  /** Sends all that waits, the oldest first; ends at the first that isn't taken. Never throws. */
  flush(): Promise<void> {
    const turn = this.#turn.then(() => this.#flush()).catch((error: unknown) => this.#fail(error))
    this.#turn = turn
    return turn
  }

  async #flush(): Promise<void> {
    for (const name of await this.#waiting()) {
      const claimed = await this.#claim(name)
      if (claimed === undefined) continue
      try {
        await this.#send(JSON.parse(await readFile(claimed, 'utf8')) as OutboxMessage)
        await rm(claimed, { force: true })
        this.#failed = undefined
      } catch (error) {
        if (error instanceof DeliveryError && !error.forGood) {
          await rename(claimed, join(this.#folder, name))
          throw error
        }
        await this.#refuse(claimed, name, error)
      }
    }
  }

  #fail(error: unknown): void {
    this.#failed = { at: Date.now(), reason: error instanceof Error ? error.message : String(error) }
  }

  /** What no receiver takes doesn't hold up the others. */
  async #refuse(claimed: string, name: string, error: unknown): Promise<void> {
    this.#refused = error instanceof Error ? error.message : String(error)
    await mkdir(join(this.#folder, 'refused'), { recursive: true, mode: 0o700 })
    await rename(claimed, join(this.#folder, 'refused', name))
  }

  /** The files that wait, in their order; those that a process had claimed which is gone, too. */
  async #waiting(): Promise<string[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    const waiting = names.filter((name) => name.endsWith('.json'))
    for (const name of names) {
      const [, id, owner] = /^(.+)\.sending-(.+)$/.exec(name) ?? []
      const claimer = owner === undefined ? undefined : parseOwner(owner)
      if (!claimer) continue
      const path = join(this.#folder, name)
      const since = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity,
      )
      if (!isGone(claimer, since)) continue
      // Another process may do this, too: one of us finds it.
      await rename(path, join(this.#folder, `${id}.json`)).catch(() => {})
      waiting.push(`${id}.json`)
    }
    return waiting.toSorted()
  }

  /** Takes a file for this process; undefined if another has it, or has sent it. */
  async #claim(name: string): Promise<string | undefined> {
    const claimed = join(this.#folder, `${name.slice(0, -'.json'.length)}.sending-${ownerText(currentOwner())}`)
    return rename(join(this.#folder, name), claimed).then(
      () => claimed,
      () => undefined,
    )
  }
}
