import { checkMove } from '../checks/check-move.ts'
import type { Session } from '../engines/engine.ts'
import { ConflictError, RefusedError, SourceError } from '../errors.ts'
import { readRecords } from '../history/records.ts'
import { asRepeated, composeAction, type Action } from '../model/action.ts'
import { actionMessage } from '../model/trailers.ts'
import { record } from '../sinks/record.ts'
import { failpoint } from '../system/failpoint.ts'
import type { Hash } from '../types.ts'
import { buildAll, findingsOf, type ChangePlan } from './change-plan.ts'
import { claimScratch, firstOfLost, requireClaim, requireSameCall } from './claim-id.ts'
import { buildFirst, type First } from './on-head.ts'
import { landed, measureAll, fillUnchanged, type Outcomes } from './outcomes.ts'
import type { Publication } from './publish.ts'
import { publishFitting } from './rebuild.ts'
import { settle } from './recover.ts'
import { whatFailed } from './rejected-branch.ts'
import { createScratch, dropScratch } from './scratch.ts'

/**
 * Builds changes on a scratch branch, publishes them in one step, and records them.
 * The scratch branch stays until the records are written: should this process be killed, the next command
 * finds there what it must record.
 * @param first if they are built first
 * @returns the actions, the main one first
 */
export async function commitChanges(session: Session, given: ChangePlan, first?: First): Promise<Action[]> {
  const { main } = given
  let plan = { ...given, base: first?.commit ?? given.base }
  const claimed = plan.claim
    ? await claimScratch(session, plan)
    : { scratch: await createScratch(session, plan.base, main.id) }
  if ('first' in claimed) return takeOver(session, plan, claimed.first)
  const { scratch } = claimed
  const scratches = [scratch]
  let settled = false
  try {
    const [own, ...others] = findingsOf(plan)
    const signature = { message: actionMessage(plan.message, own, others), author: main.author! }
    let work = await buildFirst(session, given, first, scratch, signature)
    if (!work) {
      plan = given
      work = { scratch: await createScratch(session, plan.base, main.id), commit: undefined }
      scratches.push(work.scratch)
      work.commit = await buildAll(session, work.scratch.name, plan.base, plan.changes, signature)
    }
    const { commit } = work
    failpoint('built')
    let outcomes: Outcomes
    if (commit === undefined) {
      outcomes = await fillUnchanged(session, plan)
    } else {
      const measured = await measureAll(session, plan, commit)
      const publication: Publication = { ...plan, work: { branch: work.scratch.name, commit }, signature }
      if (plan.claim) publication.mayPublish = () => requireClaim(session, main.id, scratch, plan.target)
      const published = await publishFitting(session, plan, publication, scratches)
      failpoint('published')
      outcomes = await session.shield(() => landed(session, plan, measured, publication.work.commit, published))
    }
    const recorded = await session.shield(() => recordAll(session, plan, outcomes))
    settled = recorded.inTable || commit === undefined
    failpoint('recorded')
    return recorded.actions
  } catch (error) {
    const done = plan.claim && isLoss(error) ? await firstOfLost(session, plan, scratch).catch(() => {}) : undefined
    if (!done) throw error
    return await takeOver(session, plan, done)
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
async function takeOver(session: Session, plan: ChangePlan, first: Action): Promise<Action[]> {
  requireSameCall(first, plan.main)
  const [, ...others] = findingsOf(plan)
  const actions = [first]
  for (const { intent, found } of others) {
    const [there] = await readRecords(session, { id: intent.id })
    actions.push(there ?? composeAction(intent, found))
  }
  return actions.map(asRepeated)
}

/** What changes would do, without doing it. @returns the actions, the main one first */
export async function previewChanges(session: Session, plan: ChangePlan): Promise<Action[]> {
  const { main, base, message, changes } = plan
  const scratch = await createScratch(session, base, main.id)
  try {
    const commit = await buildAll(session, scratch.name, base, changes, { message, author: main.author! })
    const outcomes =
      commit === undefined ? await fillUnchanged(session, plan, true) : await measureAll(session, plan, commit)
    if (commit !== undefined) await requirePassed(session, plan, commit)
    return findingsOf(plan).map(({ intent, found }) => composeAction(intent, { ...found, ...outcomes.get(intent) }))
  } finally {
    await dropScratch(session, scratch)
  }
}

/** @throws {RefusedError} CHECK_FAILED of a dry run: nothing is kept */
async function requirePassed(session: Session, { target, base, checks }: ChangePlan, to: Hash): Promise<void> {
  const { refused } = await checkMove(session, target, { from: base, to }, checks)
  if (refused.length === 0) return
  throw new RefusedError('CHECK_FAILED', `${whatFailed(refused)} It would be refused.`, {
    data: { target, failures: refused },
  })
}

/** Records every action of a plan, the main one last. Gives whether all are in the table. */
async function recordAll(
  session: Session,
  plan: ChangePlan,
  outcomes: Outcomes,
): Promise<{ actions: Action[]; inTable: boolean }> {
  const [main, ...others] = findingsOf(plan)
  const actions: Action[] = []
  let all = true
  for (const { intent, found } of [...others, main]) {
    const finding = { intent, found: { ...found, ...outcomes.get(intent) } }
    const { action, inTable } = await record(session, finding, plan.sinks)
    actions.push(action)
    all &&= inTable
  }
  return { actions: [actions.at(-1)!, ...actions.slice(0, -1)], inTable: all }
}
