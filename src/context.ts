import type { Engine, Session, SessionOptions } from './engines/engine.ts'
import { AbortedError, DoltflowError, RefusedError } from './errors.ts'
import { resolveRef, type RefScope } from './history/ref.ts'
import { recover } from './publishing/recover.ts'
import type { Sink } from './sinks/sink.ts'
import type { Hash, Progress } from './types.ts'

/** What every verb works with: an opened database and its defaults. */
export interface Context {
  engine: Engine
  /** What handles call it. */
  name: string
  /** What `HEAD` means, and where saves go that name no branch. */
  branch: string
  /** `Name <email>` */
  author: string
  /** Where every action goes, beside the table. */
  sinks: readonly Sink[]
  run: string | null
  /** In a run: the branch that it is published to. Its name then means `branch`, and no other branch is saved to. */
  into?: string | undefined
  step: string | null
  remote: string | null
  /** Stops what runs when the database is closed in a hurry. */
  stop: AbortSignal
}

/** Runs work with a session and gives it back, whatever happens. What killed processes left is cleaned up first. */
export async function withSession<T>(
  context: Context,
  work: (session: Session) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  const session = await context.engine.session(guarded(context, options))
  try {
    if (context.engine.capabilities.readOnly === undefined) await recoverFirst(session, options.write ?? false)
    return await work(session)
  } finally {
    await session.release()
  }
}

/**
 * Gives one by one what work finds, with a session that is held until the last of it, or until the consumer stops.
 * Nothing is cleaned up first: the consumer waits for what it asked for.
 */
export async function* streaming<T>(
  context: Context,
  work: (session: Session) => Promise<AsyncIterable<T>>,
  options: SessionOptions = {},
): AsyncGenerator<T, void> {
  const session = await context.engine.session(guarded(context, options))
  try {
    yield* await work(session)
  } finally {
    await session.release()
  }
}

interface Callers {
  signal?: AbortSignal | undefined
  onProgress?: ((progress: Progress) => void) | undefined
}

/**
 * Options whose signal is also the database's own, which a close in a hurry gives; and whose callback, if it throws,
 * aborts the call with what it threw as the cause.
 */
export function guarded<T extends Callers>({ stop }: Context, options: T): T {
  const { signal, onProgress } = options
  return {
    ...options,
    signal: signal && signal !== stop ? AbortSignal.any([signal, stop]) : stop,
    ...(onProgress ? { onProgress: (progress: Progress) => callBack(onProgress, progress) } : {}),
  }
}

function callBack(onProgress: (progress: Progress) => void, progress: Progress): void {
  try {
    onProgress(progress)
  } catch (cause) {
    if (cause instanceof DoltflowError) throw cause
    throw new AbortedError('ABORTED', `onProgress threw ${String(cause)}; nothing was changed.`, { cause })
  }
}

/** Where a ref is looked up. */
export interface Scope {
  /** What `HEAD` and dates mean. Default: the opened database's branch */
  branch?: string | undefined
  /** Whose commit `run:<id>` means. Default: that of whichever table the run saved last */
  table?: string | undefined
}

/**
 * The commit that a caller's ref names.
 * @param ref default: `HEAD`
 * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND, RUN_NOT_FOUND
 */
export function at(
  session: Session,
  context: Context,
  ref: string | undefined,
  { branch, table }: Scope = {},
): Promise<Hash> {
  const scope: RefScope = { defaultBranch: readBranch(context, branch) ?? context.branch, table }
  return resolveRef(session, ref ?? 'HEAD', scope)
}

/**
 * The branch that a save, a merge or an undoing means: by default, and in a run by its target's name, `context.branch`.
 * @throws {RefusedError} RUN_BRANCH in a run, for another branch
 */
export function targetBranch(context: Context, name: string | undefined): string {
  const { branch, into, run } = context
  if (name === undefined || name === branch || name === into) return branch
  if (into === undefined) return name
  throw new RefusedError(
    'RUN_BRANCH',
    `In the run ${run} nothing is saved to ${name}: a run publishes to ${into} alone. Leave the branch out, or name ${into}; save to ${name} outside of the run.`,
    { data: { branch: name, into, run } },
  )
}

/** The branch that a reading verb means: in a run its target's name means the run's own. */
export function readBranch({ branch, into }: Context, name: string | undefined): string | undefined {
  return name !== undefined && name === into ? branch : name
}

/** What killed processes have left goes first. Reading does not fail if that can't be done (a full disk). */
async function recoverFirst(session: Session, write: boolean): Promise<void> {
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
