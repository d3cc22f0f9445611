import type { Session } from '../engines/engine.ts'
import type { Action } from '../model/action.ts'
import type { BoundSink } from '../sinks/sink.ts'
import type { Hash } from '../types.ts'
import type { ChangePlan } from './change-plan.ts'
import { commitChanges } from './commit-changes.ts'
import { headToTry, keyFinder, noteMove } from './on-head.ts'
import type { QueuedCall } from './queue.ts'

/**
 * As `commitChanges`, when it is the call's turn: on the head that the calls before it made, if that comes to the same. The
 * caller's sinks are told out of turn, since they may save, too.
 * @param planned made in turn, if it needs the branch's head
 */
export function commitInTurn(
  session: Session,
  call: QueuedCall,
  signal: AbortSignal | undefined,
  planned: () => Promise<ChangePlan>,
): Promise<Action[]> {
  return call.inTurn(signal, async (leave) => {
    const given = await planned()
    // What the call was meant for: staging may have looked at a later head.
    const plan = given.floats && !given.create ? { ...given, base: call.base ?? given.base } : given
    const before = await session.head(plan.target)
    const keysOf = keyFinder(session)
    const done = async ({ toCommit: after }: Action): Promise<void> => {
      if (before !== undefined && after !== null && after !== before)
        await noteMove(plan, call, { before, after }, keysOf)
      leave()
      if (plan.sinks.length > 0) session.makeRoom?.()
    }
    const head = await headToTry(session, plan, call, before)
    return commitChanges(
      session,
      { ...plan, sinks: [{ name: 'turn', write: done }, ...plan.sinks] },
      head && { ...head, keysOf },
    )
  })
}

/** The sinks of work that was done in turn on a branch's head; what it changed there is not looked at. */
export function outOfTurn(
  session: Session,
  { call, leave }: { call: QueuedCall; leave: () => void },
  before: Hash,
  sinks: readonly BoundSink[],
): BoundSink[] {
  const done = ({ toCommit: after }: Action): void => {
    if (after !== null && after !== before) call.moved({ before, after })
    leave()
    if (sinks.length > 0) session.makeRoom?.()
  }
  return [{ name: 'turn', write: done }, ...sinks]
}
