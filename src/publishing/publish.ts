import { checkMove, isChecked, type CheckPlan } from '../checks/check-move.ts'
import type { BranchMove } from '../checks/evaluate.ts'
import type { Merged, Session, Signature } from '../engines/engine.ts'
import { ConflictError, DoltflowError } from '../errors.ts'
import type { CheckFailure } from '../model/check.ts'
import { failpoint } from '../system/failpoint.ts'
import { newId } from '../system/id.ts'
import type { ConflictPolicy, ConflictWord, Hash } from '../types.ts'
import { isSchemaConflict, keepConflictingRows, keepConflictingTables } from './conflict-branch.ts'
import type { GivenDecision } from './deciding/decisions.ts'
import { decideAll, decidingOf, mergeDeciding, type Deciding } from './deciding/merge.ts'
import { keepRejected } from './rejected-branch.ts'
import { createScratch, dropScratch } from './scratch.ts'

/** How often a branch that moves meanwhile is tried again. */
const TRIES = 1000

export interface Publication {
  /** The branch that is to have the work. */
  target: string
  /** The branch that holds the work, and its head. */
  work: { branch: string; commit: Hash }
  /** The commit that the work was built on. */
  base: Hash
  /** Whether the target is to be made, at the work's commit. */
  create?: boolean
  /** What decides conflicts. Default: the tables' own rules, else nothing */
  policy: ConflictPolicy | undefined
  /** Decisions of single conflicts; each must be of one. */
  decisions?: readonly GivenDecision[] | undefined
  noMerge?: boolean
  /** Whether a merge is made also if the branch is still at the base. Default: false */
  noFastForward?: boolean
  /** `always`: a merge that changes nothing is a commit, too. */
  signature: Signature & { always?: boolean }
  /** Checks, if the target has moved, that the work may still be published. */
  mayPublish?: () => Promise<void>
  /** Whether the target must be, when it gets the work, where it was when `mayPublish` looked. Default: false */
  exactly?: boolean | undefined
  /** What this call adds to the database's checks, and what it overrides. */
  checks?: CheckPlan | undefined
}

export interface Published {
  /** The target's head. */
  commit: Hash
  /** Whether the work of others was merged in. */
  merged: boolean
  /** What checks say of it that did not refuse it. */
  told?: CheckFailure[]
}

/**
 * Puts work on its target branch in one step: moves the branch forward if it still is at the base, else merges.
 * @throws {ConflictError} CONFLICT: the work is kept on a branch of its own
 * @throws {RefusedError} BRANCH_DIRTY, SCHEMA_CONFLICT; CHECK_FAILED: the work is kept on a branch of its own
 */
export async function publish(session: Session, plan: Publication): Promise<Published> {
  const { target, work, base, signature } = plan
  let deciding: Deciding | undefined
  for (let tries = 0; tries < TRIES; tries++) {
    const head = await session.head(target)
    if (head === undefined) {
      if (!plan.create)
        throw new DoltflowError('BRANCH_NOT_FOUND', `Branch ${target} was deleted meanwhile.`, {
          data: { branch: target },
          retryable: true,
        })
      const told = await requireChecks(session, plan, { from: undefined, to: work.commit })
      if (await createHere(session, target, work.commit)) return { commit: work.commit, merged: false, told }
      continue
    }
    // What is merged without a conflict has nothing to decide.
    const says = plan.decisions?.length || typeof plan.policy === 'object'
    if (head !== base || says) deciding ??= await decidingOf(session, plan.policy, plan.decisions)
    if (head === base && says) await decideAll(session, [], { ours: head, theirs: work.commit }, deciding!)
    if (head === base && !plan.noFastForward) {
      const told = await requireChecks(session, plan, { from: base, to: work.commit })
      if (await session.fastForward(target, base, work.commit))
        return acknowledge(session, target, { commit: work.commit, merged: false, told })
      continue
    }
    if (plan.noMerge) throw moved(plan, head)
    await plan.mayPublish?.()
    const result =
      deciding || plan.exactly || (await isChecked(session, target, plan.checks))
        ? await mergeChecked(session, plan, head, deciding)
        : await session.merge(target, work.commit, wordOf(plan), signature)
    if (result === undefined) continue
    if ('commit' in result) return acknowledge(session, target, result)
    throw await session.shield(() => keepConflictingRows(session, plan, result))
  }
  throw new DoltflowError(
    'DATABASE_BUSY',
    `Branch ${target} moved ${TRIES} times while this save was published. Try again.`,
    { data: { branch: target }, retryable: true },
  )
}

function wordOf({ policy }: Publication): ConflictWord {
  return typeof policy === 'string' ? policy : 'fail'
}

/** A merge that is made on a branch of our own, checked there, and published as it was checked; undefined if the target moved meanwhile. */
async function mergeChecked(
  session: Session,
  plan: Publication,
  head: Hash,
  deciding: Deciding | undefined,
): Promise<Merged | Published | undefined> {
  const { target, work, signature } = plan
  const scratch = await createScratch(session, head, newId())
  try {
    const made = deciding
      ? await mergeDeciding(session, scratch.name, work.commit, deciding, signature)
      : await session.merge(scratch.name, work.commit, wordOf(plan), signature)
    if (!('commit' in made)) return made
    const told = await requireChecks(session, plan, { from: head, to: made.commit })
    if (made.commit !== head && !(await session.fastForward(target, head, made.commit))) return undefined
    return { ...made, told }
  } finally {
    await dropScratch(session, scratch)
  }
}

/**
 * Publishes; work whose tables can't be merged is kept on a branch of its own, too.
 * @throws {ConflictError} CONFLICT @throws {RefusedError} BRANCH_DIRTY, SCHEMA_CONFLICT
 */
export async function publishOrKeep(session: Session, plan: Publication): Promise<Published> {
  try {
    return await publish(session, plan)
  } catch (error) {
    throw isSchemaConflict(error) ? await session.shield(() => keepConflictingTables(session, plan, error)) : error
  }
}

/** Makes a branch; false if another process has made it meanwhile. */
export async function createHere(session: Session, name: string, at: Hash): Promise<boolean> {
  try {
    await session.createBranch(name, at)
  } catch (error) {
    if ((await session.head(name)) !== undefined) return false
    throw error
  }
  await acknowledge(session, name, { commit: at, merged: false })
  return true
}

/** What checks tell of a move. @throws {RefusedError} CHECK_FAILED: the work is kept */
async function requireChecks(session: Session, plan: Publication, move: BranchMove): Promise<CheckFailure[]> {
  const { refused, told } = await checkMove(session, plan.target, move, plan.checks)
  if (refused.length === 0) return told
  throw await session.shield(() => keepRejected(session, plan, move.to, refused))
}

async function acknowledge(session: Session, target: string, published: Published): Promise<Published> {
  failpoint('moved')
  await session.shield(async () => session.acknowledge?.(target, published.commit))
  failpoint('acknowledged')
  return published
}

function moved({ target, base }: Publication, head: Hash): ConflictError {
  return new ConflictError(
    'CONFLICT',
    `Branch ${target} has moved from ${base} to ${head}, and no merge was allowed. Save again to build on its head, or allow the merge.`,
    { data: { branch: target, base, head, conflicts: [] }, retryable: true },
  )
}
