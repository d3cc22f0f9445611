import type { Session, Signature } from '../engines/engine.ts'
import { SourceError } from '../errors.ts'
import type { Scratch } from '../system/scratch-name.ts'
import type { Hash, Row } from '../types.ts'
import { buildAll, type ChangePlan } from './change-plan.ts'
import type { ChangedKeys, QueuedCall } from './queue.ts'
import { fits } from './rebuild.ts'

/*
 * Work that names no commit to build on is built on its branch's head, if others moved that since the call, and if what
 * they changed is apart from it: that comes to the same rows as a merge, and needs none.
 */

/** Up to how many rows are compared; beyond, a merge is made. */
const MOST = 10_000

/** Where a plan is built first. */
export interface Head {
  commit: Hash
  /** What was changed from the plan's own base to it, if this process alone did; else it is looked for. */
  changed?: ChangedKeys | undefined
}

/** Finds the keys of the rows that differ between two commits; undefined if they are too many. */
export type KeysOf = (from: Hash, to: Hash, table: string) => Promise<ReadonlySet<string> | undefined>

/** The head that others made, if it is to be tried first: no table that the plan changes has another schema there. */
export async function headToTry(
  session: Session,
  plan: ChangePlan,
  call: QueuedCall,
  head: Hash | undefined,
): Promise<Head | undefined> {
  const { base, changes, noMerge, floats } = plan
  if (!floats || noMerge || head === undefined || head === base) return undefined
  const changed = call.changedBetween(base, head)
  const isKnown = changes.every(({ change }) => {
    return change.kind === 'stage' && !(changed?.has(change.table) && !changed.get(change.table))
  })
  if (changed && isKnown) return { commit: head, changed }
  // What other processes made alone is merged, as ever.
  if (call.base === undefined) return undefined
  return (await session.isAncestor(base, head)) && (await fits(session, changes, base, head))
    ? { commit: head }
    : undefined
}

/** A head to try, and how keys are found to see whether it will do. */
export interface First extends Head {
  keysOf: KeysOf
}

/** Builds changes, on the head to try if there is one; undefined if they are to be built on the plan's own base after all. */
export async function buildFirst(
  session: Session,
  plan: ChangePlan,
  first: First | undefined,
  scratch: Scratch,
  signature: Signature,
): Promise<{ scratch: Scratch; commit: Hash | undefined } | undefined> {
  try {
    const commit = await buildAll(session, scratch.name, first?.commit ?? plan.base, plan.changes, signature)
    return !first || (await isApart(session, plan, first, commit)) ? { scratch, commit } : undefined
  } catch (error) {
    // A row that others have added: a merge tells what conflicts.
    if (!first || !(error instanceof SourceError)) throw error
    return undefined
  }
}

/** Whether what others changed up to the head is apart from what the plan's work changed on it. */
async function isApart(
  session: Session,
  { changes, base }: ChangePlan,
  { commit: head, changed, keysOf }: First,
  work: Hash | undefined,
): Promise<boolean> {
  for (const { change } of changes) {
    if (change.kind !== 'stage') return false
    const { table, schema, mode } = change
    if (changed ? !changed.has(table) : await isSame(session, base, head, table)) continue
    if (schema.key.length === 0 && mode === 'append') continue
    if (!changed && !(await hasSameSchema(session, base, head, table))) return false
    const others = changed ? changed.get(table) : await keysOf(base, head, table)
    const own = work === undefined ? new Set<string>() : await keysOf(head, work, table)
    if (!others || !own || [...own].some((key) => others.has(key))) return false
  }
  return true
}

/** Notes what a plan made of its branch, for the calls that wait. */
export async function noteMove(
  { changes }: ChangePlan,
  call: QueuedCall,
  { before, after }: { before: Hash; after: Hash },
  keysOf: KeysOf,
): Promise<void> {
  const keys = new Map<string, ReadonlySet<string> | undefined>()
  for (const { intent, reshapes } of changes)
    if (intent.table !== null) {
      const { table } = intent
      keys.set(table, reshapes || !call.isWanted(table) ? undefined : await keysOf(before, after, table))
    }
  call.moved(changes.some(({ intent }) => intent.table === null) ? { before, after } : { before, after, keys })
}

/** Remembers what it found. */
export function keyFinder(session: Session): KeysOf {
  const found = new Map<string, Promise<ReadonlySet<string> | undefined>>()
  return (from, to, table) => {
    const what = JSON.stringify([from, to, table])
    const keys =
      found.get(what) ?? session.changedKeys(from, to, table, MOST).then((rows) => rows && new Set(rows.map(textOf)))
    found.set(what, keys)
    return keys
  }
}

async function hasSameSchema(session: Session, base: Hash, head: Hash, table: string): Promise<boolean> {
  const before = await session.schema(base, table)
  return before !== undefined && JSON.stringify(before) === JSON.stringify(await session.schema(head, table))
}

async function isSame(session: Session, base: Hash, head: Hash, table: string): Promise<boolean> {
  return (await session.tableHash(base, table)) === (await session.tableHash(head, table))
}

function textOf(key: Row): string {
  return JSON.stringify(key.map((cell) => (typeof cell === 'bigint' ? `${cell}n` : cell)))
}
