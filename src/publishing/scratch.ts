import type { Session } from '../engines/engine.ts'
import { failpoint } from '../system/failpoint.ts'
import { isGone } from '../system/owner.ts'
import { parseScratch, scratchName, type Scratch } from '../system/scratch-name.ts'
import type { Hash } from '../types.ts'

/** Scratch branches that this process is done with. Should one not be gone, the next command cleans it up. */
const done = new Set<string>()

export async function createScratch(session: Session, base: Hash, id: string): Promise<Scratch> {
  await session.appear?.()
  const name = scratchName(id)
  try {
    await session.createBranch(name, base)
  } catch (error) {
    // Whose answer was lost may be made yet.
    done.add(name)
    throw error
  }
  failpoint('scratch-created')
  return parseScratch(name)!
}

/**
 * Gives a scratch branch up and deletes it. Never throws: the work is published or given up already, and a branch
 * that could not be deleted (a full disk, a dead worker) goes with the next command.
 */
export async function dropScratch(session: Session, { name }: Pick<Scratch, 'name'>): Promise<void> {
  done.add(name)
  await session
    .shield(() => session.deleteBranch(name))
    .then(
      () => done.delete(name),
      () => {},
    )
  failpoint('scratch-deleted')
}

/** Gives a scratch branch up and leaves it to the next command. */
export function abandonScratch({ name }: Scratch): void {
  done.add(name)
}

/** Whether nobody works on a scratch branch any more: its owner is surely gone, or silent for longer than any save takes. */
export async function isAbandoned(session: Session, { name, owner, since }: Scratch): Promise<boolean> {
  if (done.has(name)) return true
  const alive = await session.isAlive?.(owner)
  return alive === undefined ? isGone(owner, since) : !alive
}
