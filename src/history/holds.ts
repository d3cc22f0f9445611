import { createHash } from 'node:crypto'
import type { Session } from '../engines/engine.ts'
import { HELD_PREFIX, PINNED_PREFIX } from '../model/names.ts'
import type { Hash } from '../types.ts'
import { readRecords } from './records.ts'

/*
 * Commits that handles name stay for 30 days from their last use, also if no branch leads to them any more; those of pins
 * stay for good. A save writes nothing for it: the records of actions say which commits there are handles of, and a collection
 * puts a hidden branch on those that would go. A handle that is used renews it.
 */

const DAY_MS = 24 * 3600 * 1000
/** How many days after its last use a handle's commit may go. */
const HELD_DAYS = 30

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)
const heldName = (commit: Hash, day: string): string => `${HELD_PREFIX}${day}/${commit}`

/** Puts hidden branches on the commits that handles still name and nothing else leads to; takes those away that are past. */
export async function holdNamedCommits(session: Session, now: number = Date.now()): Promise<void> {
  const oldest = dayOf(now - HELD_DAYS * DAY_MS)
  // Read before the branches: what is recorded is published, so that each of these commits is on a branch that is seen after.
  const records = await readRecords(session, {})
  const branches = await session.branches()
  const held = new Map<Hash, string>()
  for (const { name, hash } of branches.filter((branch) => branch.name.startsWith(HELD_PREFIX))) {
    const day = name.slice(HELD_PREFIX.length).split('/')[0]!
    // Another process may collect, too.
    if (day < oldest || held.has(hash)) await session.deleteBranch(name).catch(() => {})
    else held.set(hash, day)
  }
  const wanted = new Map<Hash, string>()
  for (const { kind, startedAt, toCommit, fromCommit } of records) {
    const commit = kind === 'load' ? fromCommit : toCommit
    const day = startedAt.slice(0, 10)
    if (commit !== null && day >= oldest && !held.has(commit)) wanted.set(commit, day)
  }
  const heads = branches.filter(({ name }) => !name.startsWith(HELD_PREFIX))
  for (const { hash } of [...heads, ...(await session.tags())]) await forgetReachable(session, hash, wanted)
  for (const [commit, day] of wanted) {
    const name = heldName(commit, day)
    if (!(await session.commit(commit))) continue
    await session.createBranch(name, commit).catch(async (error: unknown) => {
      if ((await session.head(name)) === undefined) throw error
    })
  }
}

/** Takes out what a head leads to: it needs no hold. */
async function forgetReachable(session: Session, head: Hash, wanted: Map<Hash, string>): Promise<void> {
  if (wanted.size === 0) return
  for (const { hash } of await session.log(head, Number.MAX_SAFE_INTEGER)) wanted.delete(hash)
}

/** Notes that a handle's commit was used today, if no branch leads to it. Nothing is written for a commit of today. */
export async function renewHold(session: Session, commit: Hash, now: number = Date.now()): Promise<void> {
  const made = await session.commit(commit)
  if (!made || Date.parse(made.date) > now - DAY_MS) return
  const branches = await session.branches()
  const name = heldName(commit, dayOf(now))
  if (branches.some((branch) => branch.name === name)) return
  for (const { name: other, hash } of branches)
    if (!other.startsWith(HELD_PREFIX) && (await session.isAncestor(commit, hash))) return
  await session.createBranch(name, commit)
  for (const { name: old, hash } of branches)
    if (old.startsWith(HELD_PREFIX) && hash === commit) await session.deleteBranch(old)
}

const pinName = (table: string, commit: Hash): string =>
  `${PINNED_PREFIX}${createHash('sha256').update(table).digest('hex').slice(0, 12)}/${commit}`

/** Keeps a commit for good, for a pin of a table. */
export async function holdForGood(session: Session, table: string, commit: Hash): Promise<void> {
  const name = pinName(table, commit)
  if ((await session.head(name)) === undefined) await session.createBranch(name, commit)
}

/** Ends that. @returns whether there was such a pin */
export async function releaseHold(session: Session, table: string, commit: Hash): Promise<boolean> {
  const name = pinName(table, commit)
  if ((await session.head(name)) === undefined) return false
  await session.deleteBranch(name)
  return true
}
