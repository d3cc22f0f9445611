import type { Merged, MergeSignature, Session } from '../../engines/engine.ts'
import type { ConflictPolicy, Conflict, Hash } from '../../types.ts'
import { decideRow } from './decide-row.ts'
import { Decisions, type GivenDecision } from './decisions.ts'
import { keptPolicy } from './kept-rules.ts'
import { requireKnown } from './known-rules.ts'
import { putRows, type PutRow } from './put-rows.ts'
import { ConflictReader, type RowConflict } from './row-conflict.ts'

/** What decides a merge's conflicts: decisions of single ones, then policies, the first before the others. */
export interface Deciding {
  decisions: readonly GivenDecision[]
  policies: readonly ConflictPolicy[]
  /** Tables' own rules, after the policies. */
  kept?: ConflictPolicy | undefined
}

/** What conflicts, and what becomes of it. */
export interface Decided {
  /** Rows that all is decided of. */
  rows: PutRow[]
  open: OpenRow[]
}

/** A row in which something is undecided. */
export interface OpenRow {
  row: RowConflict
  /** The cells; none where it is the row as a whole. */
  places: number[]
}

/** What decides conflicts, if that is more than a word. A word decides all that has no decision, whatever tables keep. */
export async function decidingOf(
  session: Session,
  policy: ConflictPolicy | undefined,
  decisions: readonly GivenDecision[] = [],
): Promise<Deciding | undefined> {
  const policies = policy === undefined ? [] : [policy]
  const kept = typeof policy === 'string' ? undefined : await keptPolicy(session)
  return typeof policy === 'object' || decisions.length > 0 || kept ? { decisions, policies, kept } : undefined
}

/** Merges a commit into a branch of our own, by a word or by rules. @throws as `mergeDeciding` */
export async function mergeBy(
  session: Session,
  branch: string,
  theirs: Hash,
  policy: ConflictPolicy | undefined,
  signature: MergeSignature,
): Promise<Merged> {
  const deciding = await decidingOf(session, policy)
  if (deciding) return mergeDeciding(session, branch, theirs, deciding, signature)
  return session.merge(branch, theirs, typeof policy === 'string' ? policy : 'fail', signature)
}

/** The rows of a merge into a branch of our own in which something is undecided. */
export async function openConflicts(
  session: Session,
  branch: string,
  theirs: Hash,
  policy: ConflictPolicy | undefined,
  author: string,
): Promise<OpenRow[]> {
  const ours = (await session.head(branch))!
  const made = await session.merge(branch, theirs, 'fail', { message: 'list conflicts', author, listAll: true })
  const conflicts = 'commit' in made ? [] : made.conflicts
  const deciding = (await decidingOf(session, policy)) ?? { decisions: [], policies: policy ? [policy] : [] }
  return (await decideAll(session, conflicts, { ours, theirs }, deciding)).open
}

/**
 * Merges a commit into a branch of our own, and decides the rows that conflict. If something is undecided, nothing moves.
 * @throws {SourceError} DECISION_INVALID, DECISION_STALE @throws as `Session.merge`
 */
export async function mergeDeciding(
  session: Session,
  branch: string,
  theirs: Hash,
  deciding: Deciding,
  signature: MergeSignature,
): Promise<Merged> {
  const ours = (await session.head(branch))!
  const made = await session.merge(branch, theirs, 'fail', { ...signature, listAll: true })
  const conflicts = 'commit' in made ? [] : made.conflicts
  const { rows, open } = await decideAll(session, conflicts, { ours, theirs }, deciding)
  if ('commit' in made) return made
  if (open.length > 0) return undecided(open.map(({ row }) => row.conflict))
  const { author } = signature
  const merged = await session.merge(branch, theirs, 'ours', {
    message: 'merge, before its decisions',
    author,
    always: true,
  })
  if (!('commit' in merged)) throw new Error('a merge that ours decides has no conflicts')
  await putRows(session, branch, merged.commit, rows, { message: 'decide conflicts', author })
  const { listAll: _, ...signed } = signature
  const { commit } = await session.squash(branch, ours, { ...signed, merging: theirs })
  return { commit: commit!, merged: true }
}

/** Decides conflicts, as far as something decides them. @throws {SourceError} DECISION_INVALID, DECISION_STALE */
export async function decideAll(
  session: Session,
  conflicts: readonly Conflict[],
  sides: { ours: Hash; theirs: Hash },
  { decisions: given, policies, kept }: Deciding,
): Promise<Decided> {
  await requireKnown(session, policies, [sides.ours, sides.theirs])
  const decisions = await Decisions.of(session, given, sides)
  const reader = new ConflictReader(session, sides)
  const all = kept === undefined ? policies : [...policies, kept]
  const decided: Decided = { rows: [], open: [] }
  for (const conflict of conflicts) {
    const read = await reader.read(conflict)
    const { row, undecided: places, isOpen } = decideRow(read, decisions, all)
    if (isOpen || places.length > 0) decided.open.push({ row: read, places })
    else decided.rows.push({ conflict: read, row })
  }
  decisions.requireUsed()
  return decided
}

function undecided(conflicts: Conflict[]): Merged {
  return { conflicts, total: conflicts.length, tables: [...new Set(conflicts.map(({ table }) => table))] }
}
