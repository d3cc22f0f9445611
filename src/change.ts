import { actionMessage } from './message.ts'
import type { Action } from './action.ts'
import type { Change, Session } from './engines/engine.ts'
import { conformingStage } from './conform.ts'
import { DoltflowError } from './errors.ts'
import { publish, type Publication, type Published } from './publish.ts'
import { claimId } from './retry.ts'
import { createScratch } from './scratch.ts'
import { emit } from './sinks/sink.ts'
import { tableSink } from './sinks/table.ts'
import type { ConflictPolicy, DiffCounts, Hash } from './types.ts'
import type { Sink } from './sinks/sink.ts'

/** A change of one table (or a revert) on its way from a scratch branch to its target. */
export interface ChangePlan {
  action: Action
  change: Change
  message: string
  base: Hash
  target: string
  create: boolean
  policy: ConflictPolicy
  noMerge: boolean
  sinks: readonly Sink[]
  /** Whether the action's id is the caller's own, so that others may have begun it, too. */
  claim?: boolean
  signal?: AbortSignal | undefined
}

/**
 * Builds a change on a scratch branch, publishes it in one step, and records it. The action is filled in.
 * The scratch branch stays until the record is written: should this process be killed, the next command
 * finds there what it must record.
 */
export async function makeChange(session: Session, plan: ChangePlan): Promise<void> {
  const { action, base } = plan
  const scratch = await createScratch(session, base, action.id)
  const first = plan.claim ? await claimId(session, scratch, action.id) : undefined
  if (first) return void Object.assign(action, first)
  let kept = false
  try {
    const signature = { message: actionMessage(plan.message, action), author: action.author! }
    const { commit } = await session.build(scratch.name, plan.change, signature)
    if (commit === undefined) {
      await unchanged(session, plan)
    } else {
      await measure(session, action, base, commit)
      const publication: Publication = { ...plan, work: { branch: scratch.name, commit }, signature }
      const published = await publishConforming(session, plan, publication)
      await fillIn(session, action, publication.work.commit, published)
    }
    await record(session, action, plan.sinks)
  } catch (error) {
    kept = (await session.branch(scratch.name).catch(() => undefined)) === undefined
    throw error
  } finally {
    if (!kept) await session.deleteBranch(scratch.name)
  }
}

/** A merge may come to what the branch has already: then it has not moved, and the work's own commit is dropped. */
async function fillIn(session: Session, action: Action, work: Hash, { commit, merged }: Published): Promise<void> {
  const changed = merged || commit === work
  Object.assign(action, { changed, merged, toCommit: commit, fileCommit: work })
  if (action.table === null || commit === work) return
  const hash = (await session.tableHash(commit, action.table)) ?? null
  if (!changed) action.fileCommit = hash === action.tableHash ? commit : null
  else action.tableHash = hash
}

/**
 * Publishes. A first save of a table is built anew where the engine can't merge it: on the target's head, which has
 * no such table, or in the shape that another process gave the table meanwhile.
 */
async function publishConforming(session: Session, plan: ChangePlan, publication: Publication): Promise<Published> {
  const { change, target, base, action } = plan
  try {
    return await publish(session, publication)
  } catch (error) {
    if (!(error instanceof DoltflowError) || error.code !== 'SCHEMA_CONFLICT' || change.kind !== 'stage') throw error
    const ours = (await session.branch(target))!.hash
    const isNew = !(await session.schema(base, change.table)) && !(await session.schema(ours, change.table))
    const conforming = isNew
      ? {}
      : await conformingStage(session, change.table, { base, ours, theirs: publication.work.commit })
    if (!conforming) throw error
    const from = isNew ? ours : base
    const scratch = await createScratch(session, from, action.id)
    try {
      const again: Change = { ...change, ...conforming, mode: 'replace' }
      const { commit } = await session.build(scratch.name, again, publication.signature)
      Object.assign(publication, { base: from, work: { branch: scratch.name, commit: commit! } })
      return await publish(session, publication)
    } finally {
      if (await session.branch(scratch.name)) await session.deleteBranch(scratch.name)
    }
  }
}

/** What a change would do, without doing it. */
export async function tryChange(session: Session, plan: ChangePlan): Promise<void> {
  const scratch = await createScratch(session, plan.base, plan.action.id)
  try {
    const { commit } = await session.build(scratch.name, plan.change, { message: plan.message, author: plan.action.author! })
    if (commit === undefined) return await unchanged(session, plan)
    plan.action.changed = true
    await measure(session, plan.action, plan.base, commit)
  } finally {
    await session.deleteBranch(scratch.name)
  }
}

async function unchanged(session: Session, { action, base, target, create }: ChangePlan): Promise<void> {
  if (create && !(await session.branch(target))) {
    await session.createBranch(target, base)
    await session.acknowledge(target, base)
  }
  const head = (await session.branch(target))?.hash ?? base
  action.fileCommit = base
  action.toCommit = head
  if (action.table !== null) action.tableHash = (await session.tableHash(base, action.table)) ?? null
  Object.assign(action, { changed: false, added: 0, modified: 0, removed: 0 })
}

async function measure(session: Session, action: Action, base: Hash, commit: Hash): Promise<void> {
  const counts = action.table === null ? await sumOfTables(session, base, commit) : await session.countDiff(base, commit, action.table)
  Object.assign(action, counts)
  if (action.table !== null) action.tableHash = (await session.tableHash(commit, action.table)) ?? null
}

async function sumOfTables(session: Session, from: Hash, to: Hash): Promise<DiffCounts> {
  const sum = { added: 0, modified: 0, removed: 0 }
  for (const { added, modified, removed } of await session.changedTables(from, to)) {
    sum.added += added
    sum.modified += modified
    sum.removed += removed
  }
  return sum
}

/** Tells every sink; what fails there is noted on the action, which stands. */
export async function record(session: Session, action: Action, sinks: readonly Sink[]): Promise<void> {
  action.durationMs = Date.now() - Date.parse(action.startedAt)
  for (const failure of await emit(action, [tableSink(session), ...sinks]))
    action.notices.push({ code: 'SINK_FAILED', message: `The ${action.kind} was done, but a sink failed: ${failure}` })
}

