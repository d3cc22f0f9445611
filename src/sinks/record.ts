import type { Session } from '../engines/engine.ts'
import { composeAction, type Action, type Finding } from '../model/action.ts'
import { emit, type Sink } from './sink.ts'
import { tableSink } from './table.ts'

/** An action that was told to its sinks. */
export interface Recorded {
  action: Action
  /** Whether its record is in the table. */
  inTable: boolean
}

/**
 * Composes an action and tells every sink. What fails there is noted on the action, which stands.
 * @param session writes the record into the table; undefined if the action isn't kept there
 */
export async function record(
  session: Session | undefined,
  { intent, found }: Finding,
  sinks: readonly Sink[],
): Promise<Recorded> {
  const action = composeAction(intent, found)
  const unrecorded = session ? await emit(action, [tableSink(session)]) : []
  const failures = [...unrecorded, ...(await emit(action, sinks))]
  const notices = failures.map((failure) => ({
    code: 'SINK_FAILED' as const,
    message: `The ${action.kind} was done, but a sink failed: ${failure}`,
  }))
  return {
    action: composeAction(action, { ...action, notices: [...action.notices, ...notices] }),
    inTable: session !== undefined && unrecorded.length === 0,
  }
}
