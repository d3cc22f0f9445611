import { withWritingSession, type Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { headOf } from '../history/ref.ts'
import type { Action } from '../model/action.ts'
import { checkRefName, CONFLICT_PREFIX } from '../model/names.ts'
import { actionMessage } from '../model/trailers.ts'
import { publishOrKeep } from '../publishing/publish.ts'
import { record } from '../sinks/record.ts'
import type { ConflictPolicy } from '../types.ts'
import { beginAction, type ActionOptions } from './begin-action.ts'

/** Options of a merge. */
export interface MergeOptions extends ActionOptions {
  /** The branch that gets the work. Default: the database's default branch */
  into?: string
  /** What decides cells that both sides changed. Default: `fail` */
  onConflict?: ConflictPolicy
  /** The commit's message. Default: which branch was merged into which */
  message?: string
}

/**
 * Merges a branch into another; a branch that kept a conflict is finished by it, and goes.
 * @throws {NotFoundError} BRANCH_NOT_FOUND
 * @throws {ConflictError} CONFLICT
 * @throws {RefusedError} BRANCH_DIRTY, SCHEMA_CONFLICT
 */
export async function mergeBranch(context: Context, branch: string, options: MergeOptions = {}): Promise<Action> {
  checkRefName(branch)
  const into = options.into ?? context.branch
  checkRefName(into)
  const action: Action = { ...beginAction(context, 'merge', options), branch: into }
  return withWritingSession(context, async (session) => {
    const commit = await headOf(session, branch)
    const head = await headOf(session, into)
    action.fromCommit = head
    action.fileCommit = commit
    action.toCommit = head
    if (!(await session.isAncestor(commit, head))) {
      if ((await session.mergeBase(commit, head)) === undefined)
        throw new NotFoundError('REF_NOT_FOUND', `Branches ${branch} and ${into} have no commit in common.`, {
          data: { branch, into },
        })
      const ahead = await session.isAncestor(head, commit)
      const published = await publishOrKeep(session, {
        target: into,
        work: { branch, commit },
        base: ahead ? head : commit,
        policy: options.onConflict ?? 'fail',
        signature: {
          message: actionMessage(options.message || `merge ${branch} into ${into}`, action),
          author: action.author!,
        },
      })
      Object.assign(action, {
        changed: published.commit !== head,
        toCommit: published.commit,
        merged: published.merged,
      })
    }
    await record(session, action, context.sinks)
    if (branch.startsWith(CONFLICT_PREFIX)) {
      await session.acknowledge?.(branch, undefined)
      await session.deleteBranch(branch)
    }
    return action
  })
}
