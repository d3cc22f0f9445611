import type { Session } from '../engines/engine.ts'
import type { Action } from '../model/action.ts'
import { emit, type Sink } from './sink.ts'
import { tableSink } from './table.ts'

/** Tells every sink; what fails there is noted on the action, which stands. Gives whether it is in the table. */
export async function record(session: Session, action: Action, sinks: readonly Sink[]): Promise<boolean> {
  action.durationMs = Date.now() - Date.parse(action.startedAt)
  const unrecorded = await emit(action, [tableSink(session)])
  for (const failure of [...unrecorded, ...(await emit(action, sinks))])
    action.notices.push({ code: 'SINK_FAILED', message: `The ${action.kind} was done, but a sink failed: ${failure}` })
  return unrecorded.length === 0
}
