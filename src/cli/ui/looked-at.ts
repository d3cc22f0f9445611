import { contextOf, Database } from '../../database.ts'

/** The same database, whose calls a signal stops. Looking at a table is no load: it has no run, and tells no sink. */
export function lookedAt(db: Database, signal: AbortSignal): Database {
  const context = contextOf(db)
  return new Database({ ...context, run: null, step: null, sinks: [] }, AbortSignal.any([context.stop, signal]))
}
