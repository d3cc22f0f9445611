import type { Session } from '../engines/engine.ts'
import { writeRecord } from '../history/records.ts'
import type { BoundSink } from './sink.ts'

/** The sink that every database has: the table `_doltflow_actions` on the branch `doltflow`. */
export function tableSink(session: Session): BoundSink {
  return { name: 'table', write: (action) => writeRecord(session, action) }
}
