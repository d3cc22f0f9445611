import type { Session } from '../engines/engine.ts'
import { DoltflowError } from '../errors.ts'
import { isShared } from '../model/names.ts'
import { waitAtRandom } from '../system/wait.ts'
import type { KnownRemote } from './find.ts'
import { TRIES, pullBranches } from './pull.ts'

/** The longest pause between two tries, in ms. */
const LONGEST_PAUSE = 2000

/**
 * Sends branches; if the remote has moved, it is pulled, merged and tried again.
 * @returns those that the remote had not as they are
 * @throws {DoltflowError} REMOTE_RACE after many tries
 */
export async function pushBranches(
  session: Session,
  remote: KnownRemote,
  names: readonly string[],
  author: string,
): Promise<string[]> {
  const sent = new Set<string>()
  for (let tries = 0; tries < TRIES; tries++) {
    if (await send(session, remote.name, names, sent)) return [...sent]
    // The more often it is lost, the more are racing.
    if (tries > 1) await waitAtRandom(Math.min(25 * 2 ** tries, LONGEST_PAUSE))
    await pullBranches(session, remote, author)
  }
  throw new DoltflowError(
    'REMOTE_RACE',
    `The remote ${remote.shown} moved ${TRIES} times while we pushed. What is saved here stays here; push again.`,
    { data: { remote: remote.shown }, retryable: true },
  )
}

/** @param sent is told what was sent @returns whether all was */
async function send(session: Session, remote: string, names: readonly string[], sent: Set<string>): Promise<boolean> {
  const seen = new Map((await session.tracked(remote)).map(({ name, hash }) => [name, hash]))
  for (const name of names) {
    const head = await session.head(name)
    if (head === undefined || seen.get(name) === head) continue
    if (!(await session.push(remote, name))) return false
    sent.add(name)
  }
  return true
}

/** Branches whose head a remote doesn't have, as far as was last seen. */
export async function unpushed(session: Session, remote: string): Promise<string[]> {
  const seen = new Map((await session.tracked(remote)).map(({ name, hash }) => [name, hash]))
  return (await session.branches())
    .filter(({ name, hash }) => isShared(name) && seen.get(name) !== hash)
    .map(({ name }) => name)
}
