import { createHash, randomBytes } from 'node:crypto'
import { SCRATCH_PREFIX } from '../model/names.ts'
import { currentOwner, ownerText, parseOwner, type Owner } from './owner.ts'

/** A scratch branch's name tells who works on it since when, and for which action. */
export interface Scratch {
  name: string
  owner: Owner
  /** ms since 1970. */
  since: number
  /** The action's id, as hexadecimal UTF-8, or its hash where it is long. */
  idHex: string
}

/** A new name for a scratch branch of this process. */
export function scratchName(id: string): string {
  return `${SCRATCH_PREFIX}${ownerText(currentOwner())}/${Date.now()}-${randomBytes(4).toString('hex')}/${hex(id)}`
}

/** What a branch's name tells; undefined if it is no scratch branch. */
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
