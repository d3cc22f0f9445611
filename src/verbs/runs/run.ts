import { hostname } from 'node:os'
import { targetBranch, withSession, withWritingSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { RefusedError, UsageError } from '../../errors.ts'
import { headOf } from '../../history/ref.ts'
import { call, resumed } from '../../model/advice.ts'
import { createHere } from '../../publishing/publish.ts'
import { dropScratch } from '../../publishing/scratch.ts'
import { pullBefore } from '../../remotes/around-save.ts'
import { writeEvent, type RunEventKind } from '../../runs/events.ts'
import { readRun, type RunInfo } from '../../runs/run-states.ts'
import { checkedAuthor } from '../../system/author.ts'
import { failpoint } from '../../system/failpoint.ts'
import { gitState } from '../../system/git.ts'
import { newId } from '../../system/id.ts'
import { currentOwner, ownerText } from '../../system/owner.ts'
import type { Scratch } from '../../system/scratch-name.ts'
import { version } from '../../system/version.ts'
import type { ConflictPolicy, Hash } from '../../types.ts'
import { plainData } from '../check-options.ts'
import { claimExecution } from '../steps/claim.ts'
import { appear, disappear } from './appear.ts'
import { publish, publishRun, removeBranch, showRun, type PublishOptions } from './publish.ts'
import { tellOfRun } from './tell.ts'

/** Options of a run. */
export interface RunOptions {
  /** The workflow manager's name for it. Default: a UUIDv7 */
  id?: string | undefined
  /** The branch that it is published to. Default: the default branch; within another run that run's */
  into?: string | undefined
  /** Go on with a run of this id that failed or was interrupted. Default: false */
  resume?: boolean | undefined
  /** What decides cells that others changed meanwhile. Default: `fail` */
  onConflict?: ConflictPolicy | undefined
  /** The message of the commit that publishes it. Default: which run it is */
  message?: string | undefined
  /** Pulled when it begins and before it is published, and pushed to after. Default: the opened database's */
  remote?: string | undefined
  /** `Name <email>`. Default: the opened database's */
  author?: string | undefined
  /** What is run, for the record. Default: none */
  command?: readonly string[] | undefined
  /** The parameters of this execution, by name, for the record; plain data. Default: none */
  params?: Readonly<Record<string, unknown>> | undefined
  /** The caller's own; plain data, kept with the run. Default: none */
  data?: unknown
}

/** What came of a run. */
export interface RunResult<T> extends RunInfo {
  /** Whether a run of this id was published before, and nothing was done now. */
  repeated: boolean
  /** What the work gave; null if nothing was done. */
  result: T | null
}

/**
 * Does work on a branch of its own, and publishes it wholly when the work has ended, as one merge commit; if the work fails, nothing
 * is published, and the branch stays to be looked at.
 * @param work is given the context of the run
 */
export async function run<T>(
  context: Context,
  options: RunOptions,
  work: (inner: Context, info: RunInfo) => Promise<T>,
): Promise<RunResult<T>> {
  const begun = await begin(context, options)
  if (begun.status === 'published') return { ...begun, repeated: true, result: null }
  const inner: Context = { ...context, branch: begun.branch, run: begun.id, into: begun.into, remote: null }
  try {
    const result = await work(inner, begun)
    return { ...(await publish(context, begun, options)), repeated: false, result }
  } catch (error) {
    await fail(context, begun, error).catch(() => {})
    throw error
  } finally {
    await disappear(context, begun.id)
  }
}

/** Options of the end of a run. */
export interface EndRunOptions extends PublishOptions {
  /** What went wrong: then nothing is published. Default: nothing did */
  error?: string | undefined
}

/**
 * Begins a run for a caller who ends it by `endRun`, such as a program in another language.
 * @returns its record; one of an id that was published says so, and is not begun
 */
export function beginRun(context: Context, options: RunOptions = {}): Promise<RunInfo> {
  return begin(context, options)
}

/** Publishes a run that this process began; or, with an error, notes that it failed. */
export async function endRun(
  context: Context,
  id: string,
  { error, ...options }: EndRunOptions = {},
): Promise<RunInfo> {
  const info = await showRun(context, id)
  if (info.status !== 'running') return publishRun(context, id, options)
  try {
    if (error === undefined) return await publish(context, info, options)
    await fail(context, info, new Error(error))
    return await showRun(context, id)
  } catch (failure) {
    if (error === undefined) await fail(context, info, failure).catch(() => {})
    throw failure
  } finally {
    await disappear(context, id)
  }
}

/**
 * Begins a run that no process stands for, or goes on in it: a workflow's, whose steps run in any processes. One that was published or
 * dropped says so.
 * @throws {UsageError} OPTION_INVALID if it is published to another branch than `into`
 */
export async function joinRun(context: Context, options: RunOptions & { id: string }): Promise<RunInfo> {
  for (;;) {
    const { known, isPlaced } = await withSession(context, async (session) => {
      const info = await readRun(session, options.id)
      return { known: info, isPlaced: info?.status !== 'running' || (await session.head(info.branch)) !== undefined }
    })
    if (known && options.into !== undefined && options.into !== known.into)
      throw new UsageError(
        'OPTION_INVALID',
        `The run ${known.id} is published to ${known.into}, and this step says into: ${options.into}. All steps of a run name the same branch.`,
        { data: { option: 'into', run: known.id, value: options.into } },
      )
    if (known && !isPlaced) await placeAgain(context, known.id)
    if (known) return known
    try {
      return await begin(context, options, { isShown: false })
    } catch (error) {
      // Another step of the workflow has begun it meanwhile.
      if (!(error instanceof RefusedError) || !['RUN_RUNNING', 'RUN_EXISTS'].includes(error.code)) throw error
    }
  }
}

/** Makes the branch of a run whose process was killed before it did. */
async function placeAgain(context: Context, id: string): Promise<void> {
  await withWritingSession({ ...context, remote: null }, async (session) => {
    const info = await readRun(session, id)
    if (info?.status === 'running' && (await session.head(info.branch)) === undefined)
      await createHere(session, info.branch, info.fromCommit)
  })
}

async function begin(context: Context, options: RunOptions, { isShown = true } = {}): Promise<RunInfo> {
  const id = options.id ?? newId()
  const about = aboutRun(context, options, isShown)
  const author = checkedAuthor(options.author ?? context.author)
  const into = targetBranch(context, options.into)
  // It is asked while the database is opened.
  const git = gitState()
  return withWritingSession(context, async (session) => {
    const claim = options.id === undefined ? undefined : await claimRun(session, id, await headOf(session, into))
    let shown: ReturnType<typeof appear> | undefined
    try {
      const before = await readRun(session, id)
      if (before?.status === 'published') {
        await removeBranch(session, before)
        return before
      }
      requireFree(before, options.resume ?? false, id)
      if (isShown) shown = appear(context)
      await pullBefore(session, options.remote ?? context.remote, { author })
      const base = await headOf(session, into)
      const begun = before?.status === 'dropped' ? undefined : before
      await writeEvent(session, {
        run: id,
        event: 'begun',
        at: new Date().toISOString(),
        into: begun?.into ?? into,
        commit: begun?.fromCommit ?? base,
        author,
        data: { ...about, git: await git },
      })
      failpoint('run-begun')
      const info = (await readRun(session, id))!
      await placeBranch(session, info, begun?.branch, base)
      await shown?.asRun(id)
      failpoint('run-branch')
      await tellOfRun(context, info, 'begun', { commit: base })
      return info
    } catch (error) {
      await shown?.end()
      throw error
    } finally {
      if (claim) await dropScratch(session, claim)
    }
  })
}

/** Of two that begin the same run at once, the second sees what the first has begun. */
async function claimRun(session: Session, id: string, base: Hash): Promise<Scratch> {
  const claimed = await claimExecution(
    session,
    { base, id: `run ${id}`, doing: 'begins the same run' },
    async () => undefined,
    {},
  )
  return (claimed as { claim: Scratch }).claim
}

/** What is recorded of a run that begins, besides where its code comes from. */
function aboutRun(context: Context, options: RunOptions, isShown: boolean): Record<string, unknown> {
  return {
    owner: isShown ? ownerText(currentOwner()) : null,
    parent: context.into === undefined ? null : context.run,
    command: options.command ?? null,
    host: isShown ? hostname() : null,
    versions: { doltflow: version(), node: process.versions.node },
    params: plainData(options.params),
    data: plainData(options.data),
  }
}

/** Makes the run's branch; of one that is resumed, where the earlier one is, which goes. */
async function placeBranch(session: Session, info: RunInfo, earlier: string | undefined, base: Hash): Promise<void> {
  const work = earlier === undefined ? undefined : await session.head(earlier)
  await createHere(session, info.branch, work ?? base)
  if (work === undefined) return
  await session.acknowledge?.(earlier!, undefined)
  await session.deleteBranch(earlier!)
}

/** @throws {RefusedError} RUN_EXISTS, RUN_RUNNING */
function requireFree(before: RunInfo | undefined, resume: boolean, id: string): void {
  const data = { run: id }
  if (before?.status === 'running')
    throw new RefusedError(
      'RUN_RUNNING',
      `The run ${id} is running since ${before.startedAt}${before.host === null ? '' : ` on ${before.host}`}. Wait for its end, or give this one another id.`,
      { data, retryable: true },
    )
  if (before && before.status !== 'dropped' && !resume)
    throw new RefusedError(
      'RUN_EXISTS',
      `There is a run ${id} already, which ${before.status === 'failed' ? 'failed' : 'was interrupted'}. Go on with it: ${resumed(id)}. Or drop it: ${call('dropRun', [id])}`,
      { data: { ...data, status: before.status } },
    )
}

async function fail(context: Context, info: RunInfo, error: unknown): Promise<void> {
  const { message, data } = Object(error) as { message?: unknown; data?: { exitStatus?: unknown } }
  const exitStatus = typeof data?.exitStatus === 'number' ? data.exitStatus : null
  const reason = String(message ?? error).slice(0, 10_000)
  await note(context, info, 'failed', null, { error: reason, exitStatus })
  await tellOfRun(context, info, 'failed', { error: reason })
}

/** Notes what became of a run. */
async function note(
  context: Context,
  { id, into, author }: Pick<RunInfo, 'id' | 'into' | 'author'>,
  event: RunEventKind,
  commit: Hash | null,
  data: Record<string, unknown>,
): Promise<void> {
  await withWritingSession({ ...context, remote: null }, (session) =>
    session.shield(() =>
      writeEvent(session, { run: id, event, at: new Date().toISOString(), into, commit, author, data }),
    ),
  )
}
