import { readChecks, requireCheck } from '../checks/definitions.ts'
import { targetBranch, withWritingSession, type Context } from '../context.ts'
import type { Session } from '../engines/engine.ts'
import { NotFoundError, UsageError } from '../errors.ts'
import { readDecisions } from '../files/decisions-file.ts'
import { headOf } from '../history/ref.ts'
import type { Action, Intent, Outcome } from '../model/action.ts'
import { option } from '../model/advice.ts'
import { checkRefName, isKept } from '../model/names.ts'
import { actionMessage } from '../model/trailers.ts'
import type { GivenDecision } from '../publishing/deciding/decisions.ts'
import { outOfTurn } from '../publishing/in-turn.ts'
import { noticesOf } from '../publishing/outcomes.ts'
import { publishOrKeep, type Published } from '../publishing/publish.ts'
import { queued, type QueuedCall } from '../publishing/queue.ts'
import { sinksOf } from '../sinks/bind.ts'
import { record } from '../sinks/record.ts'
import type { ConflictDecision, ConflictPolicy, Hash } from '../types.ts'
import { beginAction, type ActionOptions } from './begin-action.ts'

/** Options of a merge. */
export interface MergeOptions extends ActionOptions {
  /** The branch that gets the work. Default: the database's default branch */
  into?: string | undefined
  /** What decides cells that both sides changed. Default: `fail` */
  onConflict?: ConflictPolicy | undefined
  /**
   * Decisions of single conflicts, as `conflicts` lists them; or a file of such (CSV, or JSON Lines by its extension). What they
   * leave undecided `onConflict` decides, or it stays a conflict. Default: none
   */
  resolve?: string | readonly ConflictDecision[] | undefined
  /** Make a merge commit also if `into` has not moved, so that the whole merge can be reverted. Default: false */
  noFastForward?: boolean | undefined
  /** Checks that are overridden, by their names, on record: what they refuse is published all the same. Default: none */
  override?: string | readonly string[] | undefined
  /** Why they are overridden; needed with `override`. */
  reason?: string | undefined
  /** The commit's message. Default: which branch was merged into which */
  message?: string | undefined
}

/** Looks, right before a branch gets work, whether it may still have it. Throws if not. */
export type MayPublish = (session: Session) => Promise<void>

/**
 * Merges a branch into another; a branch that kept a conflict is finished by it, and goes.
 * @throws {NotFoundError} BRANCH_NOT_FOUND
 * @throws {ConflictError} CONFLICT
 * @throws {RefusedError} BRANCH_DIRTY, SCHEMA_CONFLICT
 */
export async function mergeBranch(
  context: Context,
  branch: string,
  options: MergeOptions = {},
  mayPublish?: MayPublish,
): Promise<Action> {
  checkRefName(branch)
  const into = targetBranch(context, options.into)
  checkRefName(into)
  const intent = { ...beginAction(context, 'merge', options), branch: into }
  const { resolve } = options
  const decisions = typeof resolve === 'string' ? await readDecisions(resolve) : resolve
  return queued(context.engine.location, into, [], (call) =>
    withWritingSession(context, (session) =>
      call.inTurn(undefined, (leave) =>
        mergeInTurn(context, session, { call, leave }, { intent, branch, into, mayPublish, decisions }, options),
      ),
    ),
  )
}

interface MergeGiven {
  branch: string
  into: string
  mayPublish: MayPublish | undefined
  decisions: readonly GivenDecision[] | undefined
}

async function mergeInTurn(
  context: Context,
  session: Session,
  turn: { call: QueuedCall; leave: () => void },
  { intent, ...given }: MergeGiven & { intent: Intent },
  options: MergeOptions,
): Promise<Action> {
  const { branch, into } = given
  const commit = await headOf(session, branch)
  const head = await headOf(session, into)
  const published = await mergeInto(session, intent, { ...given, commit, head }, options)
  const found: Outcome = {
    fromCommit: head,
    fileCommit: commit,
    toCommit: published?.commit ?? head,
    changed: published !== undefined && published.commit !== head,
    merged: published?.merged ?? false,
    notices: noticesOf(published?.told ?? [], { table: null }),
  }
  const { action } = await record(session, { intent, found }, outOfTurn(session, turn, head, sinksOf(context)))
  if (isKept(branch)) {
    await session.acknowledge?.(branch, undefined)
    await session.deleteBranch(branch)
  }
  return action
}

/** Publishes a branch's work on another; undefined if that has all of it. @throws {NotFoundError} REF_NOT_FOUND */
async function mergeInto(
  session: Session,
  intent: Intent,
  { branch, commit, into, head, mayPublish, decisions }: MergeGiven & { commit: Hash; head: Hash },
  { onConflict, noFastForward = false, message, override: given, reason }: MergeOptions,
): Promise<Published | undefined> {
  // What is ahead of another has it, and is not in its history: a look at the whole of that would take long.
  const ahead = commit !== head && (await session.isAncestor(head, commit))
  if (!ahead && (await session.isAncestor(commit, head))) return undefined
  if (!ahead && (await session.mergeBase(commit, head)) === undefined)
    throw new NotFoundError('REF_NOT_FOUND', `Branches ${branch} and ${into} have no commit in common.`, {
      data: { branch, into },
    })
  const override = await knownChecks(session, [given ?? []].flat(), reason)
  const why = override.length === 0 ? '' : `\n\noverride ${override.join(', ')}: ${reason}`
  const text = actionMessage(`${message || `merge ${branch} into ${into}`}${why}`, { intent, found: {} })
  return publishOrKeep(session, {
    target: into,
    work: { branch, commit },
    base: ahead ? head : commit,
    policy: onConflict,
    decisions,
    // What was overridden is on record in a commit of its own.
    noFastForward: noFastForward || override.length > 0,
    checks: { override },
    ...(mayPublish ? { mayPublish: () => mayPublish(session), exactly: true } : {}),
    // What `ours` decided is on record, too: else the same conflict would come back.
    signature: { message: text, author: intent.author!, always: true },
  })
}

/** The checks that are overridden. @throws {UsageError} OPTION_INVALID without a reason @throws {NotFoundError} CHECK_NOT_FOUND */
async function knownChecks(session: Session, names: readonly string[], reason: string | undefined): Promise<string[]> {
  if (names.length === 0) return []
  if (!reason)
    throw new UsageError(
      'OPTION_INVALID',
      `An override is on record, so it needs a reason. Give ${option('reason')}.`,
      { data: { option: 'reason' } },
    )
  const checks = await readChecks(session)
  for (const name of names) requireCheck(checks, name)
  return [...names]
}
