import type { Change, Session, Signature } from '../engines/engine.ts'
import { ConflictError } from '../errors.ts'
import { readRecords } from '../history/records.ts'
import type { Action } from '../model/action.ts'
import { actionMessage } from '../model/trailers.ts'
import { emit } from '../sinks/sink.ts'
import type { Sink } from '../sinks/sink.ts'
import { tableSink } from '../sinks/table.ts'
import { failpoint } from '../system/failpoint.ts'
import type { ConflictPolicy, DiffCounts, Hash, Schema } from '../types.ts'
import { claimScratch, requireSameCall } from './claim-id.ts'
import { isSchemaConflict, keptTables } from './conflict-branch.ts'
import { createHere, publish, type Publication, type Published } from './publish.ts'
import { settle } from './recover.ts'
import { conformingStage } from './restage.ts'
import { createScratch, dropScratch, type Scratch } from './scratch.ts'

/** How often a save is built again to fit into shapes that others give its tables meanwhile. */
const TRIES = 20

/** A change of one table, or a revert, and its record. */
export interface TableChange {
  action: Action
  change: Change
  /** Columns whose types the caller pinned. Default: none */
  pinned?: readonly string[]
}

/** Changes on their way from a scratch branch to their target, as one commit. */
export interface ChangePlan {
  changes: readonly TableChange[]
  /** Of the same save, but known to change nothing. */
  unchanged?: readonly Action[]
  /** The action whose id the commit has; it is recorded last, so that its record tells that all are there. */
  main: Action
  message: string
  base: Hash
  target: string
  create: boolean
  policy: ConflictPolicy
  noMerge: boolean
  sinks: readonly Sink[]
  /** Whether the main action's id is the caller's own, so that others may have begun it, too. */
  claim?: boolean
}

/**
 * Builds changes on a scratch branch, publishes them in one step, and records them. The actions are filled in.
 * The scratch branch stays until the records are written: should this process be killed, the next command
 * finds there what it must record.
 */
export async function makeChange(session: Session, plan: ChangePlan): Promise<void> {
  const { main, base } = plan
  const claimed = plan.claim
    ? await claimScratch(session, base, main.id)
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
  } finally {
    for (const each of scratches) {
      if (settled) await dropScratch(session, each)
      else await settle(session, each).catch(() => {})
    }
  }
}

/** The actions beside the main one. */
function others({ main, changes, unchanged: known = [] }: ChangePlan): Action[] {
  return [...changes.map(({ action }) => action), ...known].filter((action) => action !== main)
}

/** Another process has done it: its actions are these. */
async function takeOver(session: Session, plan: ChangePlan, first: Action): Promise<void> {
  requireSameCall(first, plan.main, plan.target)
  Object.assign(plan.main, first)
  for (const action of others(plan)) Object.assign(action, (await readRecords(session, { id: action.id }))[0])
}

/** Builds changes one after the other on a branch of our own, and makes one commit of them; undefined where nothing changed. */
async function buildAll(
  session: Session,
  branch: string,
  base: Hash,
  changes: readonly TableChange[],
  signature: Signature,
): Promise<Hash | undefined> {
  if (changes.length === 1) return (await session.build(branch, changes[0]!.change, signature)).commit
  let built = false
  for (const [index, { change }] of changes.entries()) {
    // Each has a message of its own: an engine may know by it what it did, when it is asked again.
    const message = `part ${index + 1} of a save`
    const { commit } = await session.build(branch, change, { ...signature, message })
    built ||= commit !== undefined
    failpoint('part-built')
  }
  return built ? (await session.squash(branch, base, signature)).commit : undefined
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

/** Publishes; what can't be merged with the tables and columns that others made meanwhile is built again to fit, or kept. */
async function publishFitting(
  session: Session,
  plan: ChangePlan,
  publication: Publication,
  scratches: Scratch[],
): Promise<Published> {
  // Others may give the tables one more shape while this fits them into the last one.
  for (let tries = 0; ; tries++) {
    const head = await session.head(plan.target)
    try {
      return await (tries === 0 && appendsToMultiset(plan)
        ? publishOnHead(session, plan, publication, scratches)
        : publish(session, publication))
    } catch (error) {
      if (!isSchemaConflict(error)) throw error
      const fitting = tries < TRIES ? await fittingChanges(session, plan, publication.work.commit) : undefined
      if (fitting) await buildAgain(session, plan, publication, scratches, fitting)
      else if (tries >= TRIES || (await session.head(plan.target)) === head)
        throw await session.shield(() => keptTables(session, publication, error))
    }
  }
}

/** Builds changes once more, on another commit or in another shape. */
async function buildAgain(
  session: Session,
  { main }: ChangePlan,
  publication: Publication,
  scratches: Scratch[],
  { base, changes }: { base: Hash; changes: readonly TableChange[] },
): Promise<void> {
  const scratch = await createScratch(session, base, main.id)
  scratches.push(scratch)
  const commit = await buildAll(session, scratch.name, base, changes, publication.signature)
  publication.base = base
  publication.work = { branch: scratch.name, commit: commit! }
}

/** Whether rows are appended to tables without a key: none is another one's, and a merge would take equal ones for the same. */
function appendsToMultiset({ changes, noMerge }: ChangePlan): boolean {
  const appends = changes.every(
    ({ change }) => change.kind === 'stage' && change.mode === 'append' && change.schema.key.length === 0,
  )
  return appends && !noMerge
}

/** Where the branch moves meanwhile, the rows are appended to what it has then, as long as the tables' schemas allow it. */
async function publishOnHead(
  session: Session,
  plan: ChangePlan,
  publication: Publication,
  scratches: Scratch[],
): Promise<Published> {
  const { changes, target, base } = plan
  for (;;) {
    try {
      return await publish(session, { ...publication, noMerge: true })
    } catch (error) {
      if (!(error instanceof ConflictError) || !error.retryable) throw error
    }
    const head = (await session.head(target))!
    if (!(await fits(session, changes, base, head))) return publish(session, publication)
    await buildAgain(session, plan, publication, scratches, { base: head, changes })
  }
}

/** Whether changes made for one commit can be made on another: its tables are as they were, or as they are to be. */
async function fits(session: Session, changes: readonly TableChange[], base: Hash, head: Hash): Promise<boolean> {
  const text = (schema: Schema | undefined): string => JSON.stringify(schema ?? null)
  for (const { change } of changes) {
    if (change.kind !== 'stage') return false
    const there = text(await session.schema(head, change.table))
    if (there !== text(change.schema) && there !== text(await session.schema(base, change.table))) return false
  }
  return true
}

/** First saves of tables on the head, where nobody else made them (an engine may not merge from an empty base); else new tables and columns in the shapes that they have there. */
async function fittingChanges(
  session: Session,
  { changes, target, base }: ChangePlan,
  theirs: Hash,
): Promise<{ base: Hash; changes: TableChange[] } | undefined> {
  const ours = (await session.head(target))!
  const fitting: TableChange[] = []
  let areNew = true
  for (const { action, change, pinned = [] } of changes) {
    if (change.kind !== 'stage') return undefined
    const isNew = !(await session.schema(base, change.table)) && !(await session.schema(ours, change.table))
    areNew &&= isNew
    const misfit = { table: change.table, base, ours, theirs, pinned }
    const conforming = isNew ? undefined : await conformingStage(session, misfit)
    fitting.push({ action, pinned, change: conforming ? { ...change, ...conforming, mode: 'replace' } : change })
  }
  if (areNew) return { base: ours, changes: fitting }
  return fitting.some(({ change }, index) => change !== changes[index]!.change) ? { base, changes: fitting } : undefined
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

/** Tells every sink; what fails there is noted on the action, which stands. Gives whether it is in the table. */
export async function record(session: Session, action: Action, sinks: readonly Sink[]): Promise<boolean> {
  action.durationMs = Date.now() - Date.parse(action.startedAt)
  const unrecorded = await emit(action, [tableSink(session)])
  for (const failure of [...unrecorded, ...(await emit(action, sinks))])
    action.notices.push({ code: 'SINK_FAILED', message: `The ${action.kind} was done, but a sink failed: ${failure}` })
  return unrecorded.length === 0
}
