import type { Session } from '../engines/engine.ts'
import { DoltflowError } from '../errors.ts'
import type { Action } from '../model/action.ts'
import { RECORDS_BRANCH } from '../model/names.ts'
import { markedText } from '../spelling.ts'
import { findRemote, type KnownRemote } from './find.ts'
import { pullBranches } from './pull.ts'
import { pushBranches } from './push.ts'

/** A remote that a save pulls before and pushes after, or why the pull was not possible. */
export type Pulled = { remote: KnownRemote; failure?: undefined } | { failure: DoltflowError }

/** Pulls before a save. A remote that can't be reached, or refuses, does not stop it: it is saved here, and told after. */
export async function pullBefore(
  session: Session,
  remote: string | null,
  { author }: Pick<Action, 'author'>,
): Promise<Pulled | undefined> {
  if (remote === null) return undefined
  try {
    const known = await findRemote(session, remote)
    await pullBranches(session, known, author!)
    return { remote: known }
  } catch (error) {
    if (!(error instanceof DoltflowError) || !error.code.startsWith('REMOTE_') || error.code === 'REMOTE_NOT_FOUND')
      throw error
    return { failure: error }
  }
}

/** Pushes after a save. @throws {DoltflowError} with the finished action in its data */
export async function pushAfter(session: Session, pulled: Pulled | undefined, action: Action): Promise<void> {
  if (!pulled) return
  try {
    if (pulled.failure) throw pulled.failure
    await pushBranches(session, pulled.remote, [action.branch!, RECORDS_BRANCH], action.author!)
  } catch (error) {
    if (!(error instanceof DoltflowError)) throw error
    const done = action.changed ? `saved here as ${action.toCommit}` : 'nothing had changed here'
    const why =
      error.code === 'ABORTED' ? 'The call was aborted; the next save or push delivers it.' : markedText(error)
    throw new DoltflowError(error.code, `Not delivered (${done}). ${why}`, {
      data: { ...error.data, action },
      cause: error,
      retryable: error.retryable,
    })
  }
}
