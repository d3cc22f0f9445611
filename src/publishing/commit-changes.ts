import type { Session } from '../engines/engine.ts'
import { ConflictError, RefusedError, SourceError } from '../errors.ts'
import { readRecords } from '../history/records.ts'
import type { Action } from '../model/action.ts'
import { actionMessage } from '../model/trailers.ts'
import { record } from '../sinks/record.ts'
import { failpoint } from '../system/failpoint.ts'
import type { DiffCounts, Hash } from '../types.ts'
import { buildAll, others, type ChangePlan } from './change-plan.ts'
import { claimScratch, firstOfLost, requireClaim, requireSameCall } from './claim-id.ts'
import { createHere, type Publication, type Published } from './publish.ts'
import { publishFitting } from './rebuild.ts'
import { settle } from './recover.ts'
import { createScratch, dropScratch } from './scratch.ts'

/**
 * Builds changes on a scratch branch, publishes them in one step, and records them. The actions are filled in.
 * The scratch branch stays until the records are written: should this process be killed, the next command
 * finds there what it must record.
 */
export async function makeChange(session: Session, plan: ChangePlan): Promise<void> {
  const { main, base } = plan
  const claimed = plan.claim
    ? await claimScratch(session, plan)
    : { scratch: await createScratch(session, base, main.id) }
  if ('first' in claimed) return await takeOver(session, plan, claimed.first)
  const { scratch } = claimed
  const scratches = [scratch]
  let settled = false
  try {
    const message = actionMessage(plan.message, main, others(plan))
    const signature = { message, author: main.author! }
    const commit = await buildAll(session, scratch.name, base, plan.changes, signature)
    failpoint('built')
    if (commit === undefined) {
      await unchanged(session, plan)
    } else {
      const touched = await measureAll(session, plan, commit)
      const publication: Publication = { ...plan, work: { branch: scratch.name, commit }, signature }
      if (plan.claim) publication.mayPublish = () => requireClaim(session, main.id, scratch, plan.target)
      const published = await publishFitting(session, plan, publication, scratches)
      failpoint('published')
      await session.shield(async () => {
        for (const action of [main, ...others(plan)])
          await fillIn(session, action, touched.has(action), publication.work.commit, published)
      })
    }
    await session.shield(async () => {
      settled = (await recordAll(session, plan)) || commit === undefined
    })
    failpoint('recorded')
  } catch (error) {
    const first = plan.claim && isLoss(error) ? await firstOfLost(session, plan, scratch).catch(() => {}) : undefined
    if (!first) throw error
    await takeOver(session, plan, first)
  } finally {
    for (const each of scratches) {
      if (settled) await dropScratch(session, each)
      else await settle(session, each).catch(() => {})
    }
  }
}

/** Whether work may have failed since another process took its scratch branch away. */
function isLoss(error: unknown): boolean {
  return !(error instanceof ConflictError || error instanceof RefusedError || error instanceof SourceError)
}

/** Another process has done it: its actions are these. */
async function takeOver(session: Session, plan: ChangePlan, first: Action): Promise<void> {
  requireSameCall(first, plan.main, plan.target)
  Object.assign(plan.main, first)
  for (const action of others(plan)) Object.assign(action, (await readRecords(session, { id: action.id }))[0])
}

/** A merge may come to what the branch has already: then it has not moved, and the work's own commit is dropped. */
async function fillIn(
  session: Session,
  action: Action,
  touched: boolean,
  work: Hash,
  { commit, merged }: Published,
): Promise<void> {
  const landed = merged || commit === work
  Object.assign(action, { changed: touched && landed, merged, toCommit: commit, fileCommit: work })
  if (action.table === null || commit === work) return
  const hash = (await session.tableHash(commit, action.table)) ?? null
  if (!landed) action.fileCommit = hash === action.tableHash ? commit : null
  else action.tableHash = hash
}

/** What changes would do, without doing it. */
export async function tryChange(session: Session, plan: ChangePlan): Promise<void> {
  const { main, base, message, changes } = plan
  const scratch = await createScratch(session, base, main.id)
  try {
    const commit = await buildAll(session, scratch.name, base, changes, { message, author: main.author! })
    if (commit === undefined) return await unchanged(session, plan, true)
    for (const action of await measureAll(session, plan, commit)) action.changed = true
  } finally {
    await dropScratch(session, scratch)
  }
}

async function unchanged(session: Session, plan: ChangePlan, dryRun = false): Promise<void> {
  const { base, target, create } = plan
  let head = await session.head(target)
  if (create && head === undefined && !dryRun) {
    await createHere(session, target, base)
    head = await session.head(target)
  }
  for (const action of [plan.main, ...others(plan)]) {
    action.fileCommit = base
    action.toCommit = head ?? base
    if (action.table !== null) action.tableHash = (await session.tableHash(base, action.table)) ?? null
    Object.assign(action, { changed: false, added: 0, modified: 0, removed: 0 })
  }
}

/** Counts what each change did; gives the actions of those that did something. */
async function measureAll(session: Session, { changes, base }: ChangePlan, commit: Hash): Promise<Set<Action>> {
  const touched = new Set<Action>()
  for (const { action } of changes) {
    await measure(session, action, base, commit)
    const isOnly = changes.length === 1
    if (
      isOnly ||
      action.table === null ||
      (await session.tableHash(base, action.table)) !== (action.tableHash ?? undefined)
    )
      touched.add(action)
  }
  return touched
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

/** Records every action of a plan. Gives whether all are in the table. */
async function recordAll(session: Session, plan: ChangePlan): Promise<boolean> {
  let all = true
  for (const action of [...others(plan), plan.main]) all = (await record(session, action, plan.sinks)) && all
  return all
}
