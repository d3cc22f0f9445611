import { checkMove, isChecked } from '../checks/check-move.ts'
import type { Session } from '../engines/engine.ts'
import { RefusedError } from '../errors.ts'
import { isOfPeople } from '../model/names.ts'
import type { Hash } from '../types.ts'
import { whatFailed } from './rejected-branch.ts'

/**
 * Refuses a new branch at a commit that checks refuse. One that a branch of people has, or had, was published once, and may be looked at.
 * @throws {RefusedError} CHECK_FAILED
 */
export async function requireHeld(session: Session, branch: string, commit: Hash): Promise<void> {
  if (!(await isChecked(session, branch))) return
  for (const { name, hash } of await session.branches())
    if (isOfPeople(name) && (hash === commit || (await session.isAncestor(commit, hash)))) return
  const { refused } = await checkMove(session, branch, { from: undefined, to: commit })
  if (refused.length === 0) return
  throw new RefusedError('CHECK_FAILED', `${whatFailed(refused)} The branch ${branch} was not made.`, {
    data: { branch, failures: refused },
  })
}
