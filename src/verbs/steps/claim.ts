import type { Session } from '../../engines/engine.ts'
import { createScratch, dropScratch } from '../../publishing/scratch.ts'
import { IdWait, type Waiting } from '../../publishing/wait-for-id.ts'
import { throwIfAborted } from '../../system/abort.ts'
import { hex, parseScratch, type Scratch } from '../../system/scratch-name.ts'
import type { Hash } from '../../types.ts'

/**
 * Claims an execution: of two processes that begin it at once, one gets it; the other waits, however long that takes.
 * A process that died frees its claim, and one on another host that was silent for a while.
 * @param doing what who has it does, in words
 * @param done looks whether the result is there meanwhile
 * @returns the claim; or what `done` found
 */
export async function claimExecution<T>(
  session: Session,
  { base, id, doing }: { base: Hash; id: string; doing: string },
  done: () => Promise<T | undefined>,
  waiting: Waiting,
): Promise<{ claim: Scratch } | { found: T }> {
  const wait = new IdWait(id, waiting, { doing, patient: true })
  for (;;) {
    throwIfAborted(waiting.signal)
    const claim = await createScratch(session, base, id)
    let others: Scratch[] = []
    let mine = false
    try {
      others = await othersWith(session, id, claim)
      const found = await done()
      if (found !== undefined) return { found }
      mine = others.length === 0
      if (mine) return { claim }
    } finally {
      if (!mine) await dropScratch(session, claim)
    }
    // Two that see each other both step back.
    await wait.look(session, others)
  }
}

async function othersWith(session: Session, id: string, { name }: Scratch): Promise<Scratch[]> {
  const idHex = hex(id)
  return (await session.branches()).flatMap((branch) => {
    const scratch = parseScratch(branch.name)
    return scratch?.idHex === idHex && scratch.name !== name ? [scratch] : []
  })
}
