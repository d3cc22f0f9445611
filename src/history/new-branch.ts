import type { Session } from '../engines/engine.ts'
import { UsageError, RefusedError } from '../errors.ts'
import { CONFLICT_PREFIX, isKept, REJECTED_PREFIX } from '../model/names.ts'

/**
 * Refuses the name of a new branch that is another branch's or a tag's. Names that differ in upper and lower case
 * alone are one to the engines' file systems.
 * @throws {RefusedError} BRANCH_EXISTS, TAG_EXISTS
 * @throws {UsageError} NAME_RESERVED
 */
export async function refuseSimilar(session: Session, name: string): Promise<void> {
  if (isKept(name))
    throw new UsageError(
      'NAME_RESERVED',
      `Branches that begin with ${CONFLICT_PREFIX} or ${REJECTED_PREFIX} keep work that was not published. Choose another name.`,
      { data: { name } },
    )
  if ((await session.tags()).some((tag) => tag.name === name))
    throw new RefusedError(
      'TAG_EXISTS',
      `There is a tag ${name}; a branch of that name could not be told from it. Choose another name.`,
      { data: { branch: name } },
    )
  const similar = (await session.branches())
    .map((branch) => branch.name)
    .find((other) => other.toLowerCase() === name.toLowerCase())
  if (!similar) return
  const why = similar === name ? ' already' : `, whose name differs from ${name} in upper and lower case alone`
  throw new RefusedError('BRANCH_EXISTS', `There is a branch ${similar}${why}. Choose another name.`, {
    data: { branch: name, similar: similar },
  })
}

export function isKeptConflict(name: string): boolean {
  return name.startsWith(CONFLICT_PREFIX)
}
