import type { Session } from '../engines/engine.ts'
import { composeAction, type Action, type Finding } from '../model/action.ts'
import { emit, type BoundSink } from './sink.ts'
import { tableSink } from './table.ts'

/** An action that was told to its sinks. */
export interface Recorded {
  action: Action
  /** Whether its record is in the table. */
  inTable: boolean
}

/**
 * Composes an action and tells every sink. What fails there is noted on the action, which stands.
 * @param inTable whether the record is kept in the table
 */
export async function record(
  session: Session,
  { intent, found }: Finding,
  sinks: readonly BoundSink[],
  { inTable = true }: { inTable?: boolean } = {},
): Promise<Recorded> {
  const action = composeAction(intent, found)
  const unrecorded = inTable ? await emit(session, action, [tableSink(session)]) : []
  const failures = [...unrecorded, ...(await emit(session, action, sinks))]
  const notices = failures.map((failure) => ({
    code: 'SINK_FAILED' as const,
    message: `The ${action.kind} was done, but a sink failed: ${failure}`,
  }))
  return {
    action: composeAction(action, { ...action, notices: [...action.notices, ...notices] }),
    inTable: inTable && unrecorded.length === 0,
  }
}
