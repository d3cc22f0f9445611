import { withSession, withWritingSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { NotFoundError, RefusedError } from '../../errors.ts'
import { headOf } from '../../history/ref.ts'
import { runFamily } from '../../history/run-family.ts'
import { composeAction, newIntent } from '../../model/action.ts'
import { call } from '../../model/advice.ts'
import { pullBefore, pushAfter } from '../../remotes/around-save.ts'
import { writeEvent } from '../../runs/events.ts'
import { readRun, readRuns, type RunInfo, type RunStatus } from '../../runs/run-states.ts'
import { failpoint } from '../../system/failpoint.ts'
import { newId } from '../../system/id.ts'
import type { ConflictPolicy, Hash } from '../../types.ts'
import { mergeBranch } from '../merge.ts'
import { tellOfRun } from './tell.ts'
import { unreadByOthers } from './unread-by-others.ts'

/** Options of publishing a run. */
export interface PublishOptions {
  /** What decides cells that others changed meanwhile. Default: `fail` */
  onConflict?: ConflictPolicy | undefined
  /** The commit's message. Default: which run it is */
  message?: string | undefined
  /** Pulled before, and pushed to after. Default: the opened database's */
  remote?: string | undefined
}

/** Which runs are listed. */
export interface RunFilter {
  /** Those that stand so. Default: all */
  status?: RunStatus | undefined
  /** At most so many. Default: all */
  limit?: number | undefined
}

/** Puts all that a run saved on its branch `into`, as one merge commit; none if it saved nothing. Then the run's own branch goes. */
export async function publish(context: Context, info: RunInfo, options: PublishOptions): Promise<RunInfo> {
  const { id, branch, into, author } = info
  const remote = options.remote ?? context.remote
  const pulled = await withWritingSession(context, (session) => pullBefore(session, remote, { author }))
  const heads = await withWritingSession(context, async (session) => ({
    work: await headOf(session, branch),
    into: await headOf(session, into),
    mayPublish: await unreadByOthers(session, info),
  }))
  let commit: Hash = heads.into
  let changed = false
  if (heads.work !== info.fromCommit) {
    const settings = {
      into,
      noFastForward: true,
      onConflict: options.onConflict,
      message: options.message || `run ${id}`,
    }
    const outside = { ...context, into: undefined }
    const action = await mergeBranch(outside, branch, { ...settings, run: id, author }, heads.mayPublish)
    commit = action.toCommit!
    changed = action.changed
    // One who was killed between the merge and its record: others may have gone on from there.
    const merged = changed
      ? undefined
      : await withSession(context, (session) => mergeOf(session, heads.work, heads.into))
    if (merged !== undefined) [commit, changed] = [merged, true]
  }
  failpoint('run-merged')
  await withWritingSession(context, async (session) => {
    await settle(session, info, { commit, changed })
    const intent = { ...newIntent('merge', newId(), new Date()), branch: into, author, run: id }
    await pushAfter(session, pulled, composeAction(intent, { toCommit: commit, changed }))
  })
  await tellOfRun(context, info, 'published', { commit })
  return { ...info, status: 'published', toCommit: commit, changed, endedAt: new Date().toISOString() }
}

/** How far back a merge is looked for that has no record. */
const DEPTH = 1000

/** The commit of a history that merged another; undefined if there is none. */
async function mergeOf(session: Session, merged: Hash, head: Hash): Promise<Hash | undefined> {
  return (await session.log(head, DEPTH)).find(({ parents }) => parents[1] === merged)?.hash
}

/** Notes that a run is published, and removes its branch. */
export function settle(
  session: Session,
  info: RunInfo,
  { commit, changed }: { commit: Hash; changed: boolean },
): Promise<void> {
  const { id, into, author } = info
  return session.shield(async () => {
    const at = new Date().toISOString()
    await writeEvent(session, { run: id, event: 'published', at, into, commit, author, data: { changed } })
    failpoint('run-published')
    await removeBranch(session, info)
  })
}

/** Removes a run's branch, if it is still there: a process that was killed may have left it. */
export async function removeBranch(session: Session, { branch }: RunInfo): Promise<void> {
  if ((await session.head(branch)) === undefined) return
  await session.acknowledge?.(branch, undefined)
  await session.deleteBranch(branch)
}

/** Publishes a run that failed or was interrupted. @throws {NotFoundError} RUN_NOT_FOUND @throws {RefusedError} RUN_EXISTS, RUN_RUNNING */
export async function publishRun(context: Context, id: string, options: PublishOptions = {}): Promise<RunInfo> {
  const info = await showRun(context, id)
  if (info.status === 'published') {
    await withWritingSession(context, (session) => removeBranch(session, info))
    return info
  }
  requireEnded(info)
  return publish(context, info, options)
}

/** Removes what a run saved; its record stays. @throws as `publishRun` */
export async function dropRun(context: Context, id: string): Promise<RunInfo> {
  const info = await showRun(context, id)
  if (info.status === 'dropped' && (await isLeft(context, info))) {
    await withWritingSession(context, (session) => removeBranch(session, info))
    return info
  }
  requireEnded(info)
  await withWritingSession(context, async (session) => {
    const { into, author } = info
    await session.shield(async () => {
      const drop = (run: string, from: string): Promise<void> =>
        writeEvent(session, {
          run,
          event: 'dropped',
          at: new Date().toISOString(),
          into: from,
          commit: null,
          author,
          data: {},
        })
      // What was published into it goes with it, and is to be done again.
      for (const inner of (await publishedWithin(session, id)).toReversed()) await drop(inner.id, inner.into)
      await drop(id, into)
      await removeBranch(session, info)
    })
  })
  await tellOfRun(context, info, 'dropped')
  return { ...info, status: 'dropped' }
}

/** The runs that were a part of another and are published into it, the outer ones first. */
async function publishedWithin(session: Session, run: string): Promise<RunInfo[]> {
  const inner = (await runFamily(session, run)).slice(1)
  const all = await Promise.all(inner.map((id) => readRun(session, id)))
  return all.filter((info) => info !== undefined).filter(({ status }) => status === 'published')
}

/** Whether a process was killed that dropped the run, before its branch went. */
function isLeft(context: Context, { branch }: RunInfo): Promise<boolean> {
  return withSession(context, async (session) => (await session.head(branch)) !== undefined)
}

/** All runs, the newest first. */
export function listRuns(context: Context, { status, limit = Infinity }: RunFilter = {}): Promise<RunInfo[]> {
  return withSession(context, async (session) =>
    (await readRuns(session)).filter((info) => status === undefined || info.status === status).slice(0, limit),
  )
}

/** One run. @throws {NotFoundError} RUN_NOT_FOUND */
export async function showRun(context: Context, id: string): Promise<RunInfo> {
  const info = await withSession(context, (session) => readRun(session, id))
  if (info) return info
  throw new NotFoundError('RUN_NOT_FOUND', `There is no run ${id}. See: ${call('runs')}`, { data: { run: id } })
}

function requireEnded({ id, status, startedAt, host }: RunInfo): void {
  const data = { run: id, status }
  // For a durable workflow no process stands.
  if (status === 'running' && host !== null)
    throw new RefusedError('RUN_RUNNING', `The run ${id} is running since ${startedAt}. Wait for its end.`, { data })
  if (status === 'published' || status === 'dropped')
    throw new RefusedError('RUN_EXISTS', `The run ${id} was ${status} already. See: ${call('showRun', [id])}`, { data })
}
