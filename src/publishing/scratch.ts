import { createHash, randomBytes } from 'node:crypto'
import type { Session } from '../engines/engine.ts'
import { SCRATCH_PREFIX } from '../model/names.ts'
import { failpoint } from '../system/failpoint.ts'
import { currentOwner, isGone, ownerText, parseOwner, type Owner } from '../system/owner.ts'
import type { Hash } from '../types.ts'

/** A scratch branch's name tells who works on it since when, and for which action. */
export interface Scratch {
  name: string
  owner: Owner
  /** ms since 1970. */
  since: number
  /** The action's id, as hexadecimal UTF-8, or its hash where it is long. */
  idHex: string
}

/** Scratch branches that this process is done with. Should one not be gone, the next command cleans it up. */
const done = new Set<string>()

export async function createScratch(session: Session, base: Hash, id: string): Promise<Scratch> {
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

/** A new name for a scratch branch of this process. */
export function scratchName(id: string): string {
  return `${SCRATCH_PREFIX}${ownerText(currentOwner())}/${Date.now()}-${randomBytes(4).toString('hex')}/${hex(id)}`
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

/** Whether nobody works on a scratch branch any more. */
export function isAbandoned({ name, owner, since }: Scratch): boolean {
  return done.has(name) || isGone(owner, since)
}

/** What a branch's name tells; undefined where it is no scratch branch. */
export function parseScratch(name: string): Scratch | undefined {
  if (!name.startsWith(SCRATCH_PREFIX)) return undefined
  const [ownerPart, sincePart, idHex] = name.slice(SCRATCH_PREFIX.length).split('/')
  const owner = parseOwner(ownerPart ?? '')
  const since = Number(sincePart?.split('-')[0])
  return owner && idHex !== undefined ? { name, owner, since, idHex } : undefined
}

export function hex(id: string): string {
  const bytes = Buffer.from(id)
  return bytes.length <= 60 ? bytes.toString('hex') : createHash('sha256').update(bytes).digest('hex')
}
