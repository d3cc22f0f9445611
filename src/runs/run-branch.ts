import { createHash } from 'node:crypto'
import { RUN_PREFIX } from '../model/names.ts'

/** An id with more characters than this is cut, and told apart by its hash. */
const LONGEST = 120

/**
 * The branch that a run works on: its id, with what no branch may be called as `%XX`. A run that is resumed has another one: so what
 * its earlier processes still save finds no branch.
 * @param attempt from 1
 */
export function runBranch(id: string, attempt: number): string {
  return attempt <= 1 ? encoded(id) : `${encoded(id)}@${attempt}`
}

function encoded(id: string): string {
  const plain = Buffer.from(id, 'utf8').toString('latin1')
  const name = plain
    .replace(/[^A-Za-z0-9_.-]/g, (sign) => hexOf(sign))
    .replace(/^[.-]|\.(?=\.|$)|\.(?=lock$)/gi, (sign) => hexOf(sign))
  if (name.length <= LONGEST) return RUN_PREFIX + name
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 16)
  return `${RUN_PREFIX}${name.slice(0, LONGEST - 17).replace(/[.%-][^.%-]{0,2}$/, '')}-${hash}`
}

function hexOf(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
