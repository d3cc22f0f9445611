import type { Session } from '../../engines/engine.ts'
import { recover } from '../../publishing/recover.ts'
import { createScratch, dropScratch } from '../../publishing/scratch.ts'
import { pause } from '../../publishing/wait-for-id.ts'
import { throwIfAborted } from '../../system/abort.ts'
import { hex, parseScratch, type Scratch } from '../../system/scratch-name.ts'
import type { Hash } from '../../types.ts'
import type { StepOptions } from './step-options.ts'

/** The longest pause between two looks, in ms. */
const LONGEST_PAUSE = 500

/**
 * Claims an execution: of two processes that begin it at once, one gets it; the other waits, however long that takes.
 * A process that died frees its claim.
 * @param done looks whether the result is there meanwhile
 * @returns the claim; or what `done` found
 */
export async function claimStep<T>(
  session: Session,
  base: Hash,
  id: string,
  done: () => Promise<T | undefined>,
  { signal, onProgress }: Pick<StepOptions, 'signal' | 'onProgress'>,
): Promise<{ claim: Scratch } | { found: T }> {
  for (let looks = 0; ; looks++) {
    throwIfAborted(signal)
    const claim = await createScratch(session, base, id)
    let mine = false
    try {
      const others = await othersWith(session, id, claim)
      const found = await done()
      if (found !== undefined) return { found }
      mine = others.length === 0
      if (mine) return { claim }
      onProgress?.({ rows: 0, bytes: 0, waitsFor: `process ${others[0]!.owner.pid}, which runs the same step` })
    } finally {
      if (!mine) await dropScratch(session, claim)
    }
    // Two that see each other both step back.
    await pause(Math.min(LONGEST_PAUSE, 20 * 2 ** Math.min(looks, 10)))
    await recover(session)
  }
}

async function othersWith(session: Session, id: string, { name }: Scratch): Promise<Scratch[]> {
  const idHex = hex(id)
  return (await session.branches()).flatMap((branch) => {
    const scratch = parseScratch(branch.name)
    return scratch?.idHex === idHex && scratch.name !== name ? [scratch] : []
  })
}
