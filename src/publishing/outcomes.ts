import type { Session } from '../engines/engine.ts'
import type { Intent, Notice, Outcome } from '../model/action.ts'
import { failureText, type CheckFailure } from '../model/check.ts'
import type { DiffCounts, Hash } from '../types.ts'
import { findingsOf, type ChangePlan } from './change-plan.ts'
import { createHere, type Published } from './publish.ts'
import { requireHeld } from './require-held.ts'

/** What came of each action of a plan, beside what staging found. */
export type Outcomes = ReadonlyMap<Intent, Outcome>

/** What is so of a plan that changes nothing: a branch that is to be made is made, unless this is a dry run. */
export async function fillUnchanged(session: Session, plan: ChangePlan, dryRun = false): Promise<Outcomes> {
  const { base, target, create } = plan
  let head = await session.head(target)
  if (create && head === undefined && !dryRun) {
    await requireHeld(session, target, base)
    await createHere(session, target, base)
    head = await session.head(target)
  }
  const outcomes = new Map<Intent, Outcome>()
  for (const { intent } of findingsOf(plan))
    outcomes.set(intent, {
      fromCommit: base,
      fileCommit: base,
      toCommit: head ?? base,
      tableHash: await tableHashOf(session, base, intent),
      ...NOTHING,
    })
  return outcomes
}

const NOTHING = { changed: false, added: 0, modified: 0, removed: 0 }

/** Counts what each change did, and says of each whether it did something. */
export async function measureAll(session: Session, { changes, base }: ChangePlan, commit: Hash): Promise<Outcomes> {
  const outcomes = new Map<Intent, Outcome>()
  for (const { intent } of changes) {
    const counts =
      intent.table === null
        ? await sumOfTables(session, base, commit)
        : await session.countDiff(base, commit, intent.table)
    const tableHash = await tableHashOf(session, commit, intent)
    const changed =
      changes.length === 1 || intent.table === null || (await tableHashOf(session, base, intent)) !== tableHash
    outcomes.set(intent, { ...counts, fromCommit: base, tableHash, changed })
  }
  return outcomes
}

/** What is so after work was published. A merge may come to what the branch has already: then it has not moved, and the work's own commit is dropped. */
export async function landed(
  session: Session,
  plan: ChangePlan,
  measured: Outcomes,
  work: Hash,
  { commit, merged, told = [] }: Published,
): Promise<Outcomes> {
  const hasMoved = merged || commit === work
  const outcomes = new Map<Intent, Outcome>()
  for (const { intent, found } of findingsOf(plan)) {
    const { changed = false, ...own } = measured.get(intent) ?? {}
    const notices = [...(found.notices ?? []), ...noticesOf(told, intent)]
    const outcome = { ...own, notices, changed: changed && hasMoved, merged, toCommit: commit, fileCommit: work }
    outcomes.set(intent, outcome)
    if (intent.table === null || commit === work) continue
    const tableHash = await tableHashOf(session, commit, intent)
    const isAsSaved = tableHash === (own.tableHash ?? found.tableHash ?? null)
    outcomes.set(intent, hasMoved ? { ...outcome, tableHash } : { ...outcome, fileCommit: isAsSaved ? commit : null })
  }
  return outcomes
}

/** What checks told, on the action of the table; of tables that no action is of, on each. */
export function noticesOf(told: readonly CheckFailure[], { table }: Pick<Intent, 'table'>): Notice[] {
  return told
    .filter((failure) => table === null || failure.table === table)
    .map((failure) => ({ code: 'CHECK_WARNED', message: `${failureText(failure)}. It was published all the same.` }))
}

/** The hash of an action's table at a commit; null if there is no such table, or the action is of none. */
async function tableHashOf(session: Session, commit: Hash, { table }: Intent): Promise<Hash | null> {
  return table === null ? null : ((await session.tableHash(commit, table)) ?? null)
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
