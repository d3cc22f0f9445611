import type { Session } from '../engines/engine.ts'
import { DoltflowError, UsageError } from '../errors.ts'
import { readRecords } from '../history/records.ts'
import type { Action, Intent } from '../model/action.ts'
import { hex, parseScratch, type Scratch } from '../system/scratch-name.ts'
import type { ChangePlan } from './change-plan.ts'
import { recordLate } from './recover.ts'
import { createScratch, dropScratch } from './scratch.ts'
import { IdWait, isUncertain, pause, type Waiting } from './wait-for-id.ts'

/** The action that a caller's own id has already; waits for one that is under way in another process. */
export async function firstOfItsId(session: Session, id: string, waiting: Waiting): Promise<Action | undefined> {
  const wait = new IdWait(id, waiting)
  for (;;) {
    const running = await sameId(session, id)
    const [first] = await readRecords(session, { id })
    if (first || running.length === 0) return first
    // The other may have been killed, before it published or after.
    await wait.look(session, running)
  }
}

/**
 * A retry names the same table and branch. Any other call with this id is a mistake, not a retry.
 * @throws {UsageError} ID_TAKEN
 */
export function requireSameCall(first: Action, { id, kind, table, branch }: Intent): void {
  if (first.kind === kind && first.table === table && first.branch === branch) return
  throw new UsageError(
    'ID_TAKEN',
    `The id ${id} is that of another action: ${first.kind} ${first.table ?? ''} on ${first.branch ?? 'no branch'}, at ${first.startedAt}. An id names one call; give this one its own, such as ${id}-${table}.`,
    { data: { id, table, branch, first: { kind: first.kind, table: first.table, branch: first.branch } } },
  )
}

/**
 * Makes the scratch branch of a caller's own id: one process alone gets it, others get that one's action.
 * Branches are made one after the other, so who comes second sees the first; of two that see each other both
 * step back. (A rule by which one of them stays would let in a third that was not seen.)
 */
export async function claimScratch(
  session: Session,
  { base, target, main, waiting = {} }: ChangePlan,
): Promise<{ scratch: Scratch } | { first: Action }> {
  const { id } = main
  for (;;) {
    const scratch = await createScratch(session, base, id)
    let first: Action | undefined
    try {
      const alone = (await sameId(session, id)).every(({ name }) => name === scratch.name)
      first = await doneBefore(session, id, target)
      if (alone && !first) return { scratch }
    } catch (error) {
      await dropScratch(session, scratch)
      throw error
    }
    await dropScratch(session, scratch)
    if (!first) await pause()
    first ??= await firstOfItsId(session, id, waiting)
    if (first) return { first }
  }
}

/**
 * Checks before work is published on a head that has moved that its id is still this process's. Whoever was taken for
 * gone may live, and whoever took over may have published meanwhile: the branch's own history tells, whatever the clocks say.
 * @throws {DoltflowError} DATABASE_BUSY
 */
export async function requireClaim(session: Session, id: string, scratch: Scratch, target: string): Promise<void> {
  const isGone = (await session.head(scratch.name)) === undefined
  if (!isGone && !(await doneBefore(session, id, target))) return
  throw new DoltflowError(
    'DATABASE_BUSY',
    `Another process saves with the id ${id}: this one did not show for a while that it lives. Try again: what is done by then is not done again.`,
    { data: { id }, retryable: true },
  )
}

/** What another process made of the id that this one claimed: it was taken for gone, or took over from one that was. */
export async function firstOfLost(session: Session, plan: ChangePlan, scratch: Scratch): Promise<Action | undefined> {
  const { id } = plan.main
  if (!isUncertain(id) && (await session.head(scratch.name)) !== undefined) return undefined
  return (await doneBefore(session, id, plan.target)) ?? (await firstOfItsId(session, id, plan.waiting ?? {}))
}

/** The record of an id; one that a process which was only silent did not come to write is written from its commit. */
async function doneBefore(session: Session, id: string, target: string): Promise<Action | undefined> {
  const [first] = await readRecords(session, { id })
  if (first || !isUncertain(id)) return first
  await recordLate(session, id, target)
  return (await readRecords(session, { id }))[0]
}

async function sameId(session: Session, id: string): Promise<Scratch[]> {
  const idHex = hex(id)
  return (await session.branches()).flatMap(({ name }) => {
    const scratch = parseScratch(name)
    return scratch?.idHex === idHex ? [scratch] : []
  })
}
