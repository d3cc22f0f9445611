import { targetBranch, withSession, withWritingSession, type Context } from '../../context.ts'
import type { Action } from '../../model/action.ts'
import { RUN_PREFIX } from '../../model/names.ts'
import { pullBefore, pushAfter } from '../../remotes/around-save.ts'
import { readRuns, type RunInfo } from '../../runs/run-states.ts'
import { mergeBranch, type MergeOptions } from '../merge.ts'
import { settle } from './publish.ts'
import { tellOfRun } from './tell.ts'
import { unreadByOthers } from './unread-by-others.ts'

/**
 * Merges a branch. That of a run which failed or was interrupted publishes the run, if it goes where the run was to go: so it is known as
 * published, its steps' results count, and its branch goes.
 * @throws as `mergeBranch`
 */
export async function mergeOrPublish(context: Context, branch: string, options: MergeOptions = {}): Promise<Action> {
  const run = await endedRun(context, branch, targetBranch(context, options.into))
  if (!run) return mergeBranch(context, branch, options)
  const { id, author } = run
  const before = await withWritingSession(context, async (session) => ({
    pulled: await pullBefore(session, context.remote, { author }),
    mayPublish: await unreadByOthers(session, run),
  }))
  const message = options.message || `run ${id}`
  const settings = { ...options, noFastForward: true, message, run: id }
  const action = await mergeBranch(context, branch, settings, before.mayPublish)
  const commit = action.toCommit!
  await withWritingSession(context, async (session) => {
    await settle(session, run, { commit, changed: action.changed })
    await pushAfter(session, before.pulled, action)
  })
  await tellOfRun(context, run, 'published', { commit })
  return action
}

/** The run that has ended without being published, by its branch. */
async function endedRun(context: Context, branch: string, into: string): Promise<RunInfo | undefined> {
  if (!branch.startsWith(RUN_PREFIX)) return undefined
  const runs = await withSession(context, readRuns)
  return runs.find(
    (run) => run.branch === branch && run.into === into && (run.status === 'failed' || run.status === 'interrupted'),
  )
}
