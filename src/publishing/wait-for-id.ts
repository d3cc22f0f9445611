import type { Session } from '../engines/engine.ts'
import { DoltflowError } from '../errors.ts'
import { throwIfAborted } from '../system/abort.ts'
import { parseLease, SILENT } from '../system/lease.ts'
import { currentOwner, ownerText, type Owner } from '../system/owner.ts'
import type { Scratch } from '../system/scratch-name.ts'
import { waitAtRandom } from '../system/wait.ts'
import type { Progress } from '../types.ts'
import { recover, settle } from './recover.ts'

/* A call whose id another process has waits for that one, and does its work if it is gone. */

/** How long it waits, at most, in ms: where locks tell who lives, and where leases do. */
const LIMIT = { locks: 15_000, leases: 60_000 }
/** The longest pause between two looks, and how long the first is, in ms. */
const LONGEST_PAUSE = 500
const PAUSE = 50
/** From when, and how often, the wait is told, in ms. */
const TOLD = 1000

/** What a caller who waits wants to hear, and what stops it. */
export interface Waiting {
  signal?: AbortSignal | undefined
  onProgress?: ((progress: Progress) => void) | undefined
}

/** Ids whose work was taken over from a process that was only silent: it may live, and publish yet. */
const uncertain = new Set<string>()

export function isUncertain(id: string): boolean {
  return uncertain.has(id)
}

/** What is waited for, if it is not a save. */
interface WaitKind {
  /** What the other does, in words. */
  doing?: string
  /** Whether it may take as long as it likes. Default: false */
  patient?: boolean
}

export class IdWait {
  readonly #id: string
  readonly #waiting: Waiting
  readonly #kind: WaitKind
  readonly #begun = performance.now()
  readonly #silences = new Map<string, Silence>()
  #looks = 0
  #told = 0

  constructor(id: string, waiting: Waiting, kind: WaitKind = {}) {
    this.#id = id
    this.#kind = kind
    this.#waiting = waiting
  }

  /**
   * Ends the work of those who are gone, and waits a while for the others.
   * @param running the scratch branches of this id
   * @throws {DoltflowError} DATABASE_BUSY after the limit
   */
  async look(session: Session, running: readonly Scratch[]): Promise<void> {
    throwIfAborted(this.#waiting.signal)
    await pause(Math.min(LONGEST_PAUSE, PAUSE * ++this.#looks))
    await recover(session)
    let limit = LIMIT.locks
    for (const scratch of running) {
      if ((await session.isAlive?.(scratch.owner)) !== undefined) continue
      limit = LIMIT.leases
      if (await this.#isSilent(session, scratch.owner)) await this.#takeOver(session, scratch)
    }
    const others = running.filter(({ owner }) => ownerText(owner) !== ownerText(currentOwner()))
    if (others.length > 0) this.#refuseOrTell(others[0]!, limit)
  }

  async #isSilent(session: Session, owner: Owner): Promise<boolean> {
    const name = ownerText(owner)
    const silence = this.#silences.get(name) ?? new Silence()
    this.#silences.set(name, silence)
    const asked = performance.now()
    const leases = await leasesOf(session, owner)
    return silence.lasts(leases.join(' '), asked) > SILENT
  }

  async #takeOver(session: Session, scratch: Scratch): Promise<void> {
    uncertain.add(this.#id)
    await settle(session, scratch)
    for (const lease of await leasesOf(session, scratch.owner)) await session.deleteBranch(lease).catch(() => {})
  }

  #refuseOrTell({ owner, since }: Scratch, limit: number): void {
    const waited = performance.now() - this.#begun
    const who = `process ${owner.pid} of ${owner.host === currentOwner().host ? 'this host' : 'another host or container'}`
    if (waited > limit && !this.#kind.patient)
      throw new DoltflowError(
        'DATABASE_BUSY',
        `The id ${this.#id} is in use: ${who} saves with it since ${new Date(since).toISOString()}, and did not end within ${limit / 1000} s. Try again later: a call that is done by then is not done again.`,
        { data: { id: this.#id, process: owner.pid, since: new Date(since).toISOString() }, retryable: true },
      )
    if (waited < (this.#told + 1) * TOLD) return
    this.#told = Math.floor(waited / TOLD)
    this.#waiting.onProgress?.({
      rows: 0,
      bytes: 0,
      waitsFor: `${who}, which ${this.#kind.doing ?? `saves with the id ${this.#id}`}`,
    })
  }
}

/** Waits for some random time, so that two which step back for each other don't meet again. */
export function pause(longest: number = PAUSE): Promise<void> {
  return waitAtRandom(longest)
}

/** How long an owner's leases were seen as they are, by this process's own clock. */
class Silence {
  #seen: string | undefined
  #last = 0
  #sum = 0

  /** @param asked when the leases were asked for: what changed after that was not seen */
  lasts(leases: string, asked: number): number {
    // A pause of this process or of the server says nothing of the owner: no gap counts for more than usual.
    const gap = Math.max(0, Math.min(asked - this.#last, 2 * LONGEST_PAUSE))
    this.#sum = leases === this.#seen ? this.#sum + gap : 0
    this.#seen = leases
    this.#last = performance.now()
    return this.#sum
  }
}

async function leasesOf(session: Session, owner: Owner): Promise<string[]> {
  const branches = await session.branches()
  return branches.flatMap(({ name }) => {
    const lease = parseLease(name)
    return lease && ownerText(lease.owner) === ownerText(owner) ? [name] : []
  })
}
