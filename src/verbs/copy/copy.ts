import type { Session } from '../../engines/engine.ts'
import { openEngine } from '../../engines/index.ts'
import { RefusedError } from '../../errors.ts'
import { COPY_PREFIX, isReservedBranch, RECORDS_BRANCH } from '../../model/names.ts'
import { TRAILERS } from '../../model/trailers.ts'
import { createHere } from '../../publishing/publish.ts'
import { failpoint } from '../../system/failpoint.ts'
import type { Commit, Hash } from '../../types.ts'
import { checkArguments } from '../arguments/check.ts'
import { CommitCopier, type Copies } from './commit-copier.ts'
import { copyRecords, failedChecks, type BranchFailure } from './copy-records.ts'
import { checkCopy, checkHistory } from './verify.ts'

/** Options of `copy`. */
export interface CopyOptions {
  /** Stops the copy; called again, it goes on from there. */
  signal?: AbortSignal | undefined
  /** Called after each commit. */
  onProgress?: ((progress: { commits: number; totalCommits: number }) => void) | undefined
}

/** What a copy brought over. */
export interface Copied {
  /** Where the original is, without a password. */
  from: string
  /** Where the copy is, without a password. */
  to: string
  /** Their names. */
  branches: string[]
  /** Their names. */
  tags: string[]
  /** How many commits. */
  commits: number
  /** How many records of actions. */
  actions: number
  /** Merges whose copies have their first parent alone, since the other engine can't put the two together. */
  cut: Hash[]
  /** The checks that its branches do not keep, as those of the original don't. A copy is made all the same. */
  failures: BranchFailure[]
}

/**
 * Copies a database with its history into a new one, of any engine: branches, tags, and every commit with its author,
 * date, message, trailers and both parents of a merge, table by table. Each copied commit names the one that it is of
 * in the trailer `Doltflow-Copy`, and the hashes in the records of actions are the copies'. Branches appear when every
 * head was compared, cell by cell. A copy that was stopped goes on where it was.
 *
 * The commits that a database begins with, made by its engine, are not copied: the target has its own.
 * @param from a database's URL
 * @param to the URL of one that is empty or not there yet
 * @throws {NotFoundError} DATABASE_NOT_FOUND
 * @throws {RefusedError} DATABASE_EXISTS: `to` has tables that are not from `from`
 * @throws {RefusedError} COPY_DIFFERS, DATABASE_READ_ONLY
 * @example
 * const { commits, cut } = await copy('pipeline.db', 'mysql://user@host:3306/pipeline')
 */
export async function copy(from: string, to: string, options: CopyOptions = {}): Promise<Copied> {
  checkArguments('copy', [from, to, options])
  const source = await openEngine(from, {})
  const target = await openEngine(to, { create: true }).catch(async (error: unknown) => {
    await source.close()
    throw error
  })
  try {
    const { signal } = options
    const reading = await source.session({ signal })
    const writing = await target.session({ signal, write: true })
    const copied = await copyInto(reading, writing, target.location, options)
    await reading.release()
    await writing.release()
    return { from: source.location, to: target.location, ...copied }
  } finally {
    await source.close()
    await target.close()
  }
}

async function copyInto(
  source: Session,
  target: Session,
  location: string,
  { onProgress }: CopyOptions,
): Promise<Omit<Copied, 'from' | 'to'>> {
  const branches = (await source.branches()).filter(({ name }) => !isReservedBranch(name))
  const tags = await source.tags()
  const commits = new Map<Hash, Commit>()
  for (const { hash } of [...branches, ...tags])
    for (const commit of (await source.log(hash, -1)).toReversed()) commits.set(commit.hash, commit)
  const copies = await begun(target, location, commits)
  const copier = new CommitCopier(source, target, copies)
  for (const commit of commits.values()) {
    await copier.copy(commit)
    failpoint('commit-copied')
    onProgress?.({ commits: copies.of.size, totalCommits: commits.size })
  }
  for (const head of new Set([...branches, ...tags].map(({ hash }) => hash))) {
    const copied = copies.of.get(head)!
    await checkCopy(source, head, target, copied)
    checkHistory(commits, copies, await target.log(copied, -1))
  }
  for (const { name, hash } of branches) await place(target, name, copies.of.get(hash)!, location)
  const known = new Set((await target.tags()).map(({ name }) => name))
  for (const { name, hash } of tags) if (!known.has(name)) await target.createTag(name, copies.of.get(hash)!)
  failpoint('branches-placed')
  const actions = await copyRecords(source, target, copies.of)
  for (const { name } of await target.branches()) if (name.startsWith(COPY_PREFIX)) await target.deleteBranch(name)
  return {
    branches: branches.map(({ name }) => name),
    tags: tags.map(({ name }) => name),
    commits: commits.size,
    actions,
    cut: [...copies.cut],
    failures: await failedChecks(
      target,
      branches.map(({ name }) => name),
    ),
  }
}

/** What is copied already, by a copy that was stopped, and the empty commit that the target began with. */
async function begun(target: Session, location: string, originals: ReadonlyMap<Hash, Commit>): Promise<Copies> {
  const of = new Map<Hash, Hash>()
  const cut = new Set<Hash>()
  let root: Hash | undefined
  const branches = (await target.branches()).filter(({ name }) => name !== RECORDS_BRANCH)
  for (const { hash } of branches)
    for (const commit of await target.log(hash, -1)) {
      const original = commit.trailers[TRAILERS.copy]
      if (original === undefined) root ??= commit.hash
      else {
        if (!of.has(original)) of.set(original, commit.hash)
        if (commit.parents.length < (originals.get(original)?.parents.length ?? 0)) cut.add(original)
      }
    }
  if (root === undefined || (await target.tables(root)).length > 0) throw occupied(location)
  return { of, root, cut }
}

async function place(target: Session, name: string, hash: Hash, location: string): Promise<void> {
  const head = await target.head(name)
  if (head === undefined) {
    if (await createHere(target, name, hash)) return
  } else if (head === hash) return
  else if ((await target.isAncestor(head, hash)) && (await target.fastForward(name, head, hash)))
    return target.acknowledge?.(name, hash)
  throw occupied(location)
}

function occupied(location: string): RefusedError {
  return new RefusedError(
    'DATABASE_EXISTS',
    `${location} has work of its own. Copy into a database that is not there yet.`,
    { data: { database: location } },
  )
}
