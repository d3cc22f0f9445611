import { actionMessage } from './message.ts'
import type { Action } from './action.ts'
import type { Change, Session } from './engines/engine.ts'
import { conformingStage } from './conform.ts'
import { ConflictError, DoltflowError } from './errors.ts'
import { failpoint } from './failpoint.ts'
import { createHere, publish, type Publication, type Published } from './publish.ts'
import { settle } from './recover.ts'
import { claimScratch } from './retry.ts'
import { createScratch, dropScratch, type Scratch } from './scratch.ts'
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
}

/**
 * Builds a change on a scratch branch, publishes it in one step, and records it. The action is filled in.
 * The scratch branch stays until the record is written: should this process be killed, the next command
 * finds there what it must record.
 */
export async function makeChange(session: Session, plan: ChangePlan): Promise<void> {
  const { action, base } = plan
  const claimed = plan.claim
    ? await claimScratch(session, base, action.id)
    : { scratch: await createScratch(session, base, action.id) }
  if ('first' in claimed) return void Object.assign(action, claimed.first)
  const { scratch } = claimed
  const scratches = [scratch]
  let settled = false
  try {
    const signature = { message: actionMessage(plan.message, action), author: action.author! }
    const { commit } = await session.build(scratch.name, plan.change, signature)
    failpoint('built')
    if (commit === undefined) {
      await unchanged(session, plan)
    } else {
      await measure(session, action, base, commit)
      const publication: Publication = { ...plan, work: { branch: scratch.name, commit }, signature }
      const published = await publishFitting(session, plan, publication, scratches)
      failpoint('published')
      await session.shield(() => fillIn(session, action, publication.work.commit, published))
    }
    await session.shield(async () => {
      settled = (await record(session, action, plan.sinks)) || !action.changed
    })
    failpoint('recorded')
  } finally {
    for (const each of scratches) {
      if (settled) await dropScratch(session, each)
      else await settle(session, each).catch(() => {})
    }
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

/** Publishes; a first save of a table that can't be merged with what others saved meanwhile is built again to fit. */
async function publishFitting(
  session: Session,
  plan: ChangePlan,
  publication: Publication,
  scratches: Scratch[],
): Promise<Published> {
  try {
    return await (appendsToMultiset(plan)
      ? publishOnHead(session, plan, publication, scratches)
      : publish(session, publication))
  } catch (error) {
    if (!(error instanceof DoltflowError) || error.code !== 'SCHEMA_CONFLICT') throw error
    const fitting = await fittingChange(session, plan, publication.work.commit)
    if (!fitting) throw error
    const scratch = await createScratch(session, fitting.base, plan.action.id)
    scratches.push(scratch)
    const { commit } = await session.build(scratch.name, fitting.change, publication.signature)
    publication.base = fitting.base
    publication.work = { branch: scratch.name, commit: commit! }
    return publish(session, publication)
  }
}

/** Whether rows are appended to a table without a key: none is another one's, and a merge would take equal ones for the same. */
function appendsToMultiset({ change, create, noMerge }: ChangePlan): boolean {
  return change.kind === 'stage' && change.mode === 'append' && change.schema.key.length === 0 && !noMerge && !create
}

/** Where the branch moves meanwhile, the rows are appended to what it has then, as long as the table's schema is the same. */
async function publishOnHead(
  session: Session,
  plan: ChangePlan,
  publication: Publication,
  scratches: Scratch[],
): Promise<Published> {
  const { change, target } = plan
  if (change.kind !== 'stage') return publish(session, publication)
  const schema = JSON.stringify(await session.schema(publication.base, change.table))
  for (;;) {
    try {
      return await publish(session, { ...publication, noMerge: true })
    } catch (error) {
      if (!(error instanceof ConflictError) || !error.retryable) throw error
    }
    const head = (await session.head(target))!
    if (JSON.stringify(await session.schema(head, change.table)) !== schema) return publish(session, publication)
    const scratch = await createScratch(session, head, plan.action.id)
    scratches.push(scratch)
    const { commit } = await session.build(scratch.name, change, publication.signature)
    publication.base = head
    publication.work = { branch: scratch.name, commit: commit! }
  }
}

/** The first save of a table on the head, where nobody else made it (an engine may not merge from an empty base); else in the shape that it has there. */
async function fittingChange(
  session: Session,
  { change, target, base }: ChangePlan,
  theirs: Hash,
): Promise<{ base: Hash; change: Change } | undefined> {
  if (change.kind !== 'stage') return undefined
  const ours = (await session.head(target))!
  if (!(await session.schema(base, change.table)) && !(await session.schema(ours, change.table)))
    return { base: ours, change }
  const conforming = await conformingStage(session, change.table, { base, ours, theirs })
  return conforming && { base, change: { ...change, ...conforming, mode: 'replace' } }
}

/** What a change would do, without doing it. */
export async function tryChange(session: Session, plan: ChangePlan): Promise<void> {
  const scratch = await createScratch(session, plan.base, plan.action.id)
  try {
    const { commit } = await session.build(scratch.name, plan.change, {
      message: plan.message,
      author: plan.action.author!,
    })
    if (commit === undefined) return await unchanged(session, plan, true)
    plan.action.changed = true
    await measure(session, plan.action, plan.base, commit)
  } finally {
    await dropScratch(session, scratch)
  }
}

async function unchanged(
  session: Session,
  { action, base, target, create }: ChangePlan,
  dryRun = false,
): Promise<void> {
  let head = await session.head(target)
  if (create && head === undefined && !dryRun) {
    await createHere(session, target, base)
    head = await session.head(target)
  }
  action.fileCommit = base
  action.toCommit = head ?? base
  if (action.table !== null) action.tableHash = (await session.tableHash(base, action.table)) ?? null
  Object.assign(action, { changed: false, added: 0, modified: 0, removed: 0 })
}

async function measure(session: Session, action: Action, base: Hash, commit: Hash): Promise<void> {
  const counts =
    action.table === null
      ? await sumOfTables(session, base, commit)
      : await session.countDiff(base, commit, action.table)
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

/** Tells every sink; what fails there is noted on the action, which stands. Gives whether it is in the table. */
export async function record(session: Session, action: Action, sinks: readonly Sink[]): Promise<boolean> {
  action.durationMs = Date.now() - Date.parse(action.startedAt)
  const unrecorded = await emit(action, [tableSink(session)])
  for (const failure of [...unrecorded, ...(await emit(action, sinks))])
    action.notices.push({ code: 'SINK_FAILED', message: `The ${action.kind} was done, but a sink failed: ${failure}` })
  return unrecorded.length === 0
}
