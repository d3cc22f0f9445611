import { createHash } from 'node:crypto'
import { ConflictError, DoltflowError, NotFoundError, RefusedError } from './errors.ts'
import type { Session } from './engines/engine.ts'
import { isSchemaConflict, tablesApart } from './kept.ts'
import { createHere } from './publish.ts'
import { settle } from './recover.ts'
import { TRAILERS } from './message.ts'
import { CONFLICT_PREFIX, SCRATCH_PREFIX } from './names.ts'
import { createScratch, dropScratch, type Scratch } from './scratch.ts'
import { schemasOf } from './schemas-of.ts'
import { newId } from './id.ts'
import type { Branch, ConflictPolicy, Hash } from './types.ts'

/** How often a push that lost the race pulls and tries again. */
const TRIES = 20

/**
 * The saved name of a remote given by name or URL; a URL that is new is saved under a name.
 * @throws {NotFoundError} REMOTE_NOT_FOUND
 * @throws {UsageError} URL_INVALID
 */
export async function namedRemote(session: Session, remote: string): Promise<string> {
  const saved = await session.remotes()
  // A saved remote's name has no slash.
  const url = remote.includes('/') ? await session.remoteUrl(remote) : undefined
  const known = saved.find((other) => other.name === remote || other.url === url)
  if (known) return known.name
  if (url === undefined)
    throw new NotFoundError(
      'REMOTE_NOT_FOUND',
      `There is no remote ${remote}. Add it: doltflow remote add ${remote} URL`,
      {
        data: { remote, remotes: saved.map(({ name }) => name) },
      },
    )
  const name = saved.some((other) => other.name === 'origin')
    ? `remote-${createHash('sha256').update(url).digest('hex').slice(0, 8)}`
    : 'origin'
  await session.addRemote(name, url)
  return name
}

/** Branches that travel: not scratch branches, not kept conflicts. */
export function isShared(name: string): boolean {
  return !name.startsWith(SCRATCH_PREFIX) && !name.startsWith(CONFLICT_PREFIX)
}

/**
 * Brings a remote's branches here: made, moved forward, or merged. A conflict moves nothing at all.
 * @throws {ConflictError} PULL_CONFLICT
 * @throws {RefusedError} SCHEMA_CONFLICT
 */
export async function pullBranches(
  session: Session,
  remote: string,
  author: string,
  policy: ConflictPolicy = 'fail',
): Promise<{ name: string; commit: Hash }[]> {
  const theirs = (await session.fetch(remote)).filter(({ name }) => isShared(name))
  const moved: { name: string; commit: Hash }[] = []
  const merges: Merge[] = []
  try {
    for (const branch of theirs) {
      const merge = await tryMerge(session, remote, branch, author, policy)
      if (merge) merges.push(merge)
    }
    for (const { branch, from, to } of merges) {
      const here =
        from === undefined ? await createHere(session, branch, to) : await session.fastForward(branch, from, to)
      if (!here) return await pullBranches(session, remote, author, policy)
      await session.shield(() => session.acknowledge(branch, to))
      moved.push({ name: branch, commit: to })
    }
    return moved
  } finally {
    // Where a branch was moved half-way, this moves it wholly.
    for (const { scratch } of merges) if (scratch) await settle(session, scratch).catch(() => {})
  }
}

interface Merge {
  branch: string
  from: Hash | undefined
  to: Hash
  scratch: Scratch | undefined
}

/** What one branch must become; undefined where ours has all of theirs. */
async function tryMerge(
  session: Session,
  remote: string,
  theirs: Branch,
  author: string,
  policy: ConflictPolicy,
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
    result = await session.merge(scratch.name, theirs.hash, policy, { message, author, always: true })
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
      `Decide with: doltflow pull ${remote} --on-conflict ours|theirs`,
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
    `${what} Nothing was moved. Finish with: ${steps} (as ${remote} has it), and: doltflow pull ${remote}. Then save again what was here alone: it stays at ${head} (doltflow load TABLE FILE --at ${head}).`,
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

/**
 * Sends branches; where the remote has moved, it is pulled, merged and tried again.
 * @returns those that the remote had not as they are
 * @throws {DoltflowError} REMOTE_RACE after many tries
 */
export async function pushBranches(
  session: Session,
  remote: string,
  names: readonly string[],
  author: string,
): Promise<string[]> {
  const sent = new Set<string>()
  for (let tries = 0; tries < TRIES; tries++) {
    if (await send(session, remote, names, sent)) return [...sent]
    await pullBranches(session, remote, author)
  }
  throw new DoltflowError(
    'REMOTE_RACE',
    `The remote ${remote} moved ${TRIES} times while we pushed. What is saved here stays here; push again.`,
    {
      data: { remote },
      retryable: true,
    },
  )
}

/** @param sent is told what was sent @returns whether all was */
async function send(session: Session, remote: string, names: readonly string[], sent: Set<string>): Promise<boolean> {
  const seen = new Map((await session.tracked(remote)).map(({ name, hash }) => [name, hash]))
  for (const name of names) {
    const head = await session.head(name)
    if (head === undefined || seen.get(name) === head) continue
    if (!(await session.push(remote, name))) return false
    sent.add(name)
  }
  return true
}

/** Branches whose head a remote has not, as far as was last seen. */
export async function unpushed(session: Session, remote: string): Promise<string[]> {
  const seen = new Map((await session.tracked(remote)).map(({ name, hash }) => [name, hash]))
  return (await session.branches())
    .filter(({ name, hash }) => isShared(name) && seen.get(name) !== hash)
    .map(({ name }) => name)
}
