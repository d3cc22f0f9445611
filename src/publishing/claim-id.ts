import type { Session } from '../engines/engine.ts'
import { UsageError } from '../errors.ts'
import { readRecords } from '../history/records.ts'
import type { Action } from '../model/action.ts'
import { hex, parseScratch, type Scratch } from '../system/scratch-name.ts'
import type { Hash } from '../types.ts'
import { recover } from './recover.ts'
import { createScratch, dropScratch } from './scratch.ts'

/** How long to wait, at most, before looking again, in ms. */
const PAUSE = 50

/** The action that a caller's own id has already; waits for one that is under way in another process. */
export async function firstOfItsId(session: Session, id: string): Promise<Action | undefined> {
  for (;;) {
    const running = await sameId(session, id)
    const [first] = await readRecords(session, { id })
    if (first || running.length === 0) return first
    await pause()
    // The other may have been killed, before it published or after.
    await recover(session)
  }
}

/**
 * A retry names the same table and branch: what else has this id was never saved, and must not pass for it.
 * @throws {UsageError} ID_TAKEN
 */
export function requireSameCall(first: Action, { id, kind, table }: Action, branch: string): void {
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
  base: Hash,
  id: string,
): Promise<{ scratch: Scratch } | { first: Action }> {
  for (;;) {
    const scratch = await createScratch(session, base, id)
    try {
      const alone = (await sameId(session, id)).every(({ name }) => name === scratch.name)
      const [first] = await readRecords(session, { id })
      if (alone && !first) return { scratch }
    } catch (error) {
      await dropScratch(session, scratch)
      throw error
    }
    await dropScratch(session, scratch)
    await pause()
    const first = await firstOfItsId(session, id)
    if (first) return { first }
  }
}

async function sameId(session: Session, id: string): Promise<Scratch[]> {
  const idHex = hex(id)
  return (await session.branches()).flatMap(({ name }) => {
    const scratch = parseScratch(name)
    return scratch?.idHex === idHex ? [scratch] : []
  })
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE))
}
