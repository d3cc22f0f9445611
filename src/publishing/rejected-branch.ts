import { randomBytes } from 'node:crypto'
import type { Session } from '../engines/engine.ts'
import { RefusedError } from '../errors.ts'
import { call } from '../model/advice.ts'
import { failureText, type CheckFailure } from '../model/check.ts'
import { isKept, REJECTED_PREFIX, SCRATCH_PREFIX } from '../model/names.ts'
import { failpoint } from '../system/failpoint.ts'
import type { Hash } from '../types.ts'
import type { Work } from './conflict-branch.ts'

/** Keeps work that checks refuse on a branch with a name for people; the error says how to look at it, and how to publish it all the same. */
export async function keepRejected(
  session: Session,
  { target, work }: Work,
  refused: Hash,
  failures: readonly CheckFailure[],
): Promise<RefusedError> {
  const branch = work.branch.startsWith(SCRATCH_PREFIX)
    ? `${REJECTED_PREFIX}${randomBytes(4).toString('hex')}`
    : work.branch
  if (branch !== work.branch) {
    await session.createBranch(branch, refused)
    await session.acknowledge?.(branch, refused)
  }
  failpoint('rejected-kept')
  const names = failures.map(({ check }) => check)
  const [first] = failures as [CheckFailure]
  const override = call('merge', [branch], { into: target, override: names, reason: '…' })
  const giveUp = isKept(branch) ? `, or give it up: ${call('deleteBranch', [branch])}` : ''
  return new RefusedError(
    'CHECK_FAILED',
    `${whatFailed(failures)} ${target} is as it was; the work is on branch ${branch}. ` +
      `Look at it: ${call('diff', [first.table, target, branch])}. Publish it all the same: ${override}${giveUp}`,
    { data: { branch, target, failures } },
  )
}

/** What checks found, in words, with the first rows. */
export function whatFailed(failures: readonly CheckFailure[]): string {
  return failures.map((failure) => `${failureText(failure)}.`).join(' ')
}
