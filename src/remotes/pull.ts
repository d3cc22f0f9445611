import { checkMove } from '../checks/check-move.ts'
import { readChecks } from '../checks/definitions.ts'
import type { Session } from '../engines/engine.ts'
import { ConflictError, DoltflowError, RefusedError } from '../errors.ts'
import { schemasOf } from '../history/schemas-at.ts'
import { blank, call, oneOf } from '../model/advice.ts'
import { DELETED_PREFIX, isShared, RECORDS_BRANCH } from '../model/names.ts'
import { TRAILERS } from '../model/trailers.ts'
import { isSchemaConflict, tablesApart } from '../publishing/conflict-branch.ts'
import { mergeBy } from '../publishing/deciding/merge.ts'
import { createHere } from '../publishing/publish.ts'
import { settle } from '../publishing/recover.ts'
import { whatFailed } from '../publishing/rejected-branch.ts'
import { createScratch, dropScratch } from '../publishing/scratch.ts'
import { newId } from '../system/id.ts'
import type { Scratch } from '../system/scratch-name.ts'
import type { Branch, ConflictPolicy, Hash } from '../types.ts'
import type { KnownRemote } from './find.ts'

/** How often a push that lost the race pulls and tries again. */
export const TRIES = 60

/**
 * Notes that a branch is about to be deleted here, if a remote was seen to have it. The note is a branch at a commit that
 * is kept anyway, as that remote's; it says nothing while there is a branch of that name.
 */
export async function noteDeleted(session: Session, name: string): Promise<void> {
  const note = `${DELETED_PREFIX}${name}`
  if ((await session.head(note)) !== undefined) return
  for (const remote of await session.remotes()) {
    const seen = (await session.tracked(remote.name)).find((branch) => branch.name === name)
    if (seen) return session.createBranch(note, seen.hash)
  }
}

/** What a pull did with a remote's branches. */
export interface PulledBranches {
  /** What moved here. */
  branches: { name: string; commit: Hash }[]
  /** Branches that the remote has and that were deleted here: they stay so. */
  left: { name: string; commit: Hash }[]
}

/**
 * Brings a remote's branches here: made, moved forward, or merged. A conflict moves nothing at all.
 * @throws {ConflictError} PULL_CONFLICT
 * @throws {RefusedError} SCHEMA_CONFLICT, CHECK_FAILED
 */
export async function pullBranches(
  session: Session,
  remote: KnownRemote,
  author: string,
  policy?: ConflictPolicy,
): Promise<PulledBranches> {
  const theirs = (await session.fetch(remote.name)).filter(({ name }) => isShared(name))
  const branches: PulledBranches['branches'] = []
  const left: PulledBranches['left'] = []
  const merges: Merge[] = []
  try {
    for (const branch of theirs) {
      if (await isDeleted(session, branch.name)) {
        left.push({ name: branch.name, commit: branch.hash })
        continue
      }
      const merge = await tryMerge(session, remote.shown, branch, author, policy)
      if (merge) merges.push(merge)
    }
    await requireChecked(session, remote.shown, merges)
    for (const { branch, from, to } of merges) {
      const here =
        from === undefined ? await createHere(session, branch, to) : await session.fastForward(branch, from, to)
      if (!here) return await pullBranches(session, remote, author, policy)
      await session.shield(async () => session.acknowledge?.(branch, to))
      branches.push({ name: branch, commit: to })
    }
    return { branches, left }
  } finally {
    // If a branch was moved half-way, this moves it wholly.
    for (const { scratch } of merges) if (scratch) await settle(session, scratch).catch(() => {})
  }
}

/**
 * What is pulled keeps the checks of both sides, or nothing is pulled. What others changed is not measured as one change.
 * @throws {RefusedError} CHECK_FAILED
 */
async function requireChecked(session: Session, remote: string, merges: readonly Merge[]): Promise<void> {
  const records = merges.find(({ branch }) => branch === RECORDS_BRANCH)
  const checks = await withRecords(session, records, (branch) => readChecks(session, branch))
  if (checks.length === 0) return
  for (const { branch, from, to } of merges) {
    const { refused } = await checkMove(
      session,
      branch,
      { from, to },
      { checks, except: ['max-changed', 'max-removed'] },
    )
    if (refused.length === 0) continue
    const { table } = refused[0]!
    throw new RefusedError(
      'CHECK_FAILED',
      `${whatFailed(refused)} Nothing was pulled from ${remote}: ${branch} would be ${to}. Look at it: ${call('load', [table, blank('FILE')], { at: to })}. ` +
        `Mend it there and pull again; or remove the check here and at ${remote}: ${call('removeCheck', [refused[0]!.check])}`,
      { data: { branch, remote, commit: to, failures: refused } },
    )
  }
}

/** Does something with the branch that the records are to be; ours, if the remote has none. */
async function withRecords<T>(
  session: Session,
  records: Merge | undefined,
  work: (branch: string) => Promise<T>,
): Promise<T> {
  if (!records) return work(RECORDS_BRANCH)
  if (records.scratch) return work(records.scratch.name)
  const scratch = await createScratch(session, records.to, newId())
  try {
    return await work(scratch.name)
  } finally {
    await dropScratch(session, scratch)
  }
}

async function isDeleted(session: Session, branch: string): Promise<boolean> {
  return (await session.head(branch)) === undefined && (await session.head(`${DELETED_PREFIX}${branch}`)) !== undefined
}

interface Merge {
  branch: string
  from: Hash | undefined
  to: Hash
  scratch: Scratch | undefined
}

/** What one branch must become; undefined if ours has all of theirs. */
async function tryMerge(
  session: Session,
  remote: string,
  theirs: Branch,
  author: string,
  policy: ConflictPolicy | undefined,
): Promise<Merge | undefined> {
  const branch = theirs.name
  const ours = await session.head(branch)
  if (ours === undefined) return { branch, from: undefined, to: theirs.hash, scratch: undefined }
  if (ours === theirs.hash || (await session.isAncestor(theirs.hash, ours))) return undefined
  if ((await isUnused(session, ours)) || (await session.isAncestor(ours, theirs.hash)))
    return { branch, from: ours, to: theirs.hash, scratch: await createScratch(session, theirs.hash, newId()) }
  const base = await session.mergeBase(ours, theirs.hash)
  if (base === undefined) throw unrelated(remote, branch)
  const scratch = await createScratch(session, ours, newId())
  const message = `merge ${remote}/${branch}`
  let result
  try {
    // Also a merge that changes nothing here: without it the remote's branch could never be moved on to ours.
    result = await mergeBy(session, scratch.name, theirs.hash, policy, { message, author, always: true })
  } catch (error) {
    await dropScratch(session, scratch)
    // The first commit of all databases is the same, and the engine can't merge two that began with other tables.
    if (!isSchemaConflict(error)) throw error
    const isUnrelated = (await session.ancestor(base, 1)) === undefined
    throw isUnrelated ? unrelated(remote, branch) : await tablesInTheWay(session, remote, theirs, ours, error)
  }
  if ('commit' in result) return { branch, from: ours, to: result.commit, scratch }
  await dropScratch(session, scratch)
  throw new ConflictError(
    'PULL_CONFLICT',
    `Branch ${branch} of ${remote} conflicts with ours in ${result.total} ${result.total === 1 ? 'row' : 'rows'} of ${result.tables.join(', ')}; nothing was moved. ` +
      `Decide with: ${call('pull', [remote], { onConflict: oneOf('ours', 'theirs') })}`,
    {
      data: {
        branch,
        remote,
        total: result.total,
        tables: result.tables,
        conflicts: result.conflicts,
        schemas: await schemasOf(session, theirs.hash, result.tables),
      },
    },
  )
}

/** The remote's side is to be taken over first; what was saved here stays in the history, to be saved again. */
async function tablesInTheWay(
  session: Session,
  remote: string,
  { name: branch, hash }: Branch,
  head: Hash,
  cause: DoltflowError,
): Promise<RefusedError> {
  const theirs = { name: `${remote}/${branch}`, commit: hash, ref: hash }
  const { what, steps, data } = await tablesApart(session, cause, { name: branch, commit: head }, theirs)
  return new RefusedError(
    'SCHEMA_CONFLICT',
    `${what} Nothing was moved. Finish with: ${steps} (as ${remote} has it), and: ${call('pull', [remote])}. Then save again what was here alone: it stays at ${head} (${call('load', [blank('TABLE'), blank('FILE')], { at: head })}).`,
    { data: { branch, remote, head, ...data }, cause },
  )
}

/** Whether a commit is one that a new database begins with: it holds nothing. */
async function isUnused(session: Session, hash: Hash): Promise<boolean> {
  const commit = await session.commit(hash)
  return commit === undefined || commit.parents.length === 0 || TRAILERS.database in commit.trailers
}

function unrelated(remote: string, branch: string): RefusedError {
  return new RefusedError(
    'REMOTE_REFUSED',
    `Branch ${branch} of ${remote} has no history in common with ours: they are two databases. Clone the remote into a new file and save there, or push to an empty remote.`,
    { data: { remote, branch } },
  )
}
