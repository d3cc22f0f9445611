import { randomBytes } from 'node:crypto'
import type { Session } from './engines/engine.ts'
import { SCRATCH_PREFIX } from './names.ts'
import { currentOwner, ownerText, parseOwner, type Owner } from './owner.ts'
import type { Hash } from './types.ts'

/** A scratch branch's name tells who works on it since when, and for which action. */
export interface Scratch {
  name: string
  owner: Owner
  /** ms since 1970. */
  since: number
  /** The action's id, as hexadecimal UTF-8. */
  idHex: string
}

export async function createScratch(session: Session, base: Hash, id: string): Promise<Scratch> {
  const owner = currentOwner()
  const since = Date.now()
  const idHex = hex(id)
  const nonce = randomBytes(4).toString('hex')
  const name = `${SCRATCH_PREFIX}${ownerText(owner)}/${since}-${nonce}/${idHex}`
  await session.createBranch(name, base)
  return { name, owner, since, idHex }
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
  return Buffer.from(id).toString('hex').slice(0, 120)
}
