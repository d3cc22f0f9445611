import { at, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { NotFoundError } from '../../errors.ts'
import { readRecords } from '../../history/records.ts'
import { walk } from '../../history/walk.ts'
import type { Action } from '../../model/action.ts'
import { refRange } from '../../model/ref-range.ts'
import type { Hash } from '../../types.ts'
import { undo, type UndoOptions, type UndoPlan } from './undo.ts'

/** How many subjects of reverted commits a message lists. */
const LISTED = 3

/**
 * Takes back what commits changed, the newest first, as one commit.
 * @param what a ref; a range `A..B`: what came after A up to B; `run:<id>`: every commit of a run; or several of these
 * @throws {NotFoundError} REF_NOT_FOUND, RUN_NOT_FOUND @throws {RefusedError} MERGE_REFUSED: nothing is taken back then
 */
export async function revert(
  context: Context,
  what: string | readonly string[],
  options: UndoOptions = {},
): Promise<Action> {
  const refs = typeof what === 'string' ? [what] : what
  const [action] = await undo(context, 'revert', options, async (session, base) => {
    const commits: Hash[] = []
    for (const ref of refs)
      for (const commit of await commitsOf(session, context, ref, base, options.branch)) commits.push(commit)
    return planOf(session, await newestFirst(session, base, commits))
  })
  return action!
}

async function planOf(session: Session, commits: readonly Hash[]): Promise<UndoPlan> {
  const subjects: string[] = []
  for (const hash of commits.slice(0, LISTED))
    subjects.push(JSON.stringify((await session.commit(hash))!.message.split('\n')[0]))
  const more = commits.length > LISTED ? `, and ${commits.length - LISTED} more` : ''
  return {
    changes: commits.map((commit) => ({ kind: 'revert', table: null, change: { kind: 'revert', commit } })),
    message: `revert ${subjects.join(', ')}${more}`,
  }
}

async function commitsOf(
  session: Session,
  context: Context,
  ref: string,
  head: Hash,
  branch: string | undefined,
): Promise<Hash[]> {
  const range = refRange(ref)
  if (range) {
    const from = await at(session, context, range.from, { branch })
    return firstParents(session, from, await at(session, context, range.to, { branch }), ref)
  }
  if (!ref.startsWith('run:')) return [await at(session, context, ref, { branch })]
  return (await commitsOfRun(session, ref, head)) ?? [await at(session, context, ref, { branch })]
}

/** What a branch took in after one commit up to another: a merge counts with all that it brought. */
async function firstParents(session: Session, from: Hash, to: Hash, ref: string): Promise<Hash[]> {
  const commits: Hash[] = []
  for (let hash: Hash | undefined = to; hash !== from; hash = (await session.commit(hash))!.parents[0]) {
    if (hash === undefined)
      throw new NotFoundError(
        'REF_NOT_FOUND',
        `The range ${ref} is none: its beginning is not in the history of its end.`,
        { data: { ref } },
      )
    commits.push(hash)
  }
  return commits
}

/** The commits of a run that a head has; undefined if the run made none. */
async function commitsOfRun(session: Session, ref: string, head: Hash): Promise<Hash[] | undefined> {
  const actions = await readRecords(session, { run: ref.slice('run:'.length) })
  const made = actions.filter(({ kind, changed }) => kind !== 'load' && changed)
  const commits = new Set(made.map(({ fileCommit, toCommit }) => fileCommit ?? toCommit!))
  const there: Hash[] = []
  for (const commit of commits) if (await session.isAncestor(commit, head)) there.push(commit)
  return there.length === 0 ? undefined : there
}

/** Each once, as the history has them: what came last is taken back first. */
async function newestFirst(session: Session, head: Hash, commits: readonly Hash[]): Promise<Hash[]> {
  const left = new Set(commits)
  const ordered: Hash[] = []
  if (left.size > 1)
    for await (const { hash } of walk(session, head)) {
      if (left.delete(hash)) ordered.push(hash)
      if (left.size === 0) break
    }
  return [...ordered, ...left]
}
