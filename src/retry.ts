import type { Action } from './action.ts'
import { DoltflowError } from './errors.ts'
import type { Session } from './engines/engine.ts'
import { isGone } from './owner.ts'
import { readRecords } from './records.ts'
import { hex, parseScratch, type Scratch } from './scratch.ts'

const PAUSE = 50

/** The action that a caller's own id has already; waits for one that is under way in another process. */
export async function firstOfItsId(session: Session, id: string): Promise<Action | undefined> {
  for (;;) {
    const running = await sameId(session, hex(id))
    const [first] = await readRecords(session, { id })
    if (first || running.length === 0) return first
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

/**
 * Of several processes that began the same id at once, one goes on: the one whose scratch branch sorts first.
 * The others wait for it, and get its action.
 */
export async function claimId(session: Session, own: Scratch, id: string): Promise<Action | undefined> {
  const others = (await sameId(session, own.idHex)).filter(({ name }) => name !== own.name)
  if (!others.some(({ name }) => name < own.name)) return undefined
  await session.deleteBranch(own.name)
  const first = await firstOfItsId(session, id)
  if (first) return first
  throw new DoltflowError('ABORTED', `Another process began the save ${id} and did not finish it. Try again.`, {
    data: { id },
    retryable: true,
  })
}

async function sameId(session: Session, idHex: string): Promise<Scratch[]> {
  const scratches = (await session.branches()).map(({ name }) => parseScratch(name))
  return scratches.filter(
    (scratch): scratch is Scratch => scratch?.idHex === idHex && !isGone(scratch.owner, scratch.since),
  )
}
