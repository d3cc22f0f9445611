import type { Engine, Session, SessionOptions } from './engines/engine.ts'
import { DoltflowError, RefusedError } from './errors.ts'
import { recover } from './publishing/recover.ts'
import type { Sink } from './sinks/sink.ts'

/** What every verb works with: an opened database and its defaults. */
export interface Context {
  engine: Engine
  /** What `HEAD` means, and where saves go that name no branch. */
  branch: string
  /** `Name <email>` */
  author: string
  /** Where every action goes, beside the table. */
  sinks: readonly Sink[]
  run: string | null
  step: string | null
  remote: string | null
}

/** Runs work with a session and gives it back, whatever happens. What killed processes left is cleaned up first. */
export async function withSession<T>(
  context: Context,
  work: (session: Session) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  const session = await context.engine.session(options)
  try {
    if (context.engine.capabilities.readOnly === undefined) await cleaned(session, options.write ?? false)
    return await work(session)
  } finally {
    await session.release()
  }
}

/** What killed processes have left goes first. Reading does not fail where that can't be done (a full disk). */
async function cleaned(session: Session, write: boolean): Promise<void> {
  try {
    await recover(session)
  } catch (error) {
    if (write || (error instanceof DoltflowError && error.code === 'ABORTED')) throw error
  }
}

/**
 * As `withSession`, for work that writes.
 * @throws {RefusedError} DATABASE_READ_ONLY
 */
export async function withWritingSession<T>(
  context: Context,
  work: (session: Session) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  refuseReadOnly(context)
  return withSession(context, work, { write: true, ...options })
}

/** @throws {RefusedError} DATABASE_READ_ONLY */
export function refuseReadOnly({ engine }: { engine: Engine }): void {
  const reason = engine.capabilities.readOnly
  if (reason !== undefined)
    throw new RefusedError(
      'DATABASE_READ_ONLY',
      `Nothing can be saved: ${reason}. Give write permission, or save into a clone.`,
      { data: { database: engine.location, reason } },
    )
}
