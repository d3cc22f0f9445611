import { targetBranch, withWritingSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { NotFoundError, RefusedError } from '../../errors.ts'
import { headOf } from '../../history/ref.ts'
import { blank, call } from '../../model/advice.ts'
import { CONFLICT_PREFIX, checkRefName } from '../../model/names.ts'
import { cellsInConflict } from '../../publishing/deciding/cells.ts'
import { openConflicts } from '../../publishing/deciding/merge.ts'
import { createScratch, dropScratch } from '../../publishing/scratch.ts'
import { newId } from '../../system/id.ts'
import type { ConflictCell, ConflictPolicy, Hash, Schema } from '../../types.ts'

/** Options of a list of conflicts. */
export interface ConflictsOptions {
  /** The branch that is to get the work. Default: the database's default branch */
  into?: string | undefined
  /** What decides some of them already: these are left out. Default: the tables' own rules, else nothing */
  onConflict?: ConflictPolicy | undefined
}

/** What conflicts if a branch is merged into another. */
export interface ConflictList {
  /** The branch that would be merged. */
  branch: string
  /** The branch that would get it. */
  into: string
  /** The heads of both when they were looked at. */
  heads: { ours: Hash; theirs: Hash }
  /** How many rows are in conflict. */
  rows: number
  /** Each cell, or row, in conflict; fill in its decision and give it to `merge`. */
  conflicts: ConflictCell[]
  /** The schemas of these tables. */
  schemas: Record<string, Schema>
}

/**
 * Lists what conflicts if a branch is merged; nothing moves.
 * @param given default: the one branch that keeps a conflict
 * @throws {NotFoundError} BRANCH_NOT_FOUND @throws {RefusedError} SCHEMA_CONFLICT
 */
export async function list(
  context: Context,
  given?: string,
  { into: target, onConflict }: ConflictsOptions = {},
): Promise<ConflictList> {
  const into = targetBranch(context, target)
  if (given !== undefined) checkRefName(given)
  checkRefName(into)
  return withWritingSession(context, async (session) => {
    const branch = given ?? (await keptBranch(session))
    const heads = { ours: await headOf(session, into), theirs: await headOf(session, branch) }
    const isMerged = heads.ours === heads.theirs || (await session.isAncestor(heads.theirs, heads.ours))
    const isAhead = !isMerged && (await session.isAncestor(heads.ours, heads.theirs))
    if (!isMerged && !isAhead && (await session.mergeBase(heads.theirs, heads.ours)) === undefined)
      throw new NotFoundError('REF_NOT_FOUND', `Branches ${branch} and ${into} have no commit in common.`, {
        data: { branch, into },
      })
    const found = { branch, into, heads }
    if (isMerged || isAhead) return { ...found, rows: 0, conflicts: [], schemas: {} }
    const scratch = await createScratch(session, heads.ours, newId())
    try {
      const open = await openConflicts(session, scratch.name, heads.theirs, onConflict, context.author)
      const schemas = Object.fromEntries(
        open.map(({ row }) => [
          row.table,
          { columns: row.names.map((name, at) => ({ name, type: row.types[at]! })), key: row.key },
        ]),
      )
      return { ...found, rows: open.length, conflicts: open.flatMap(cellsInConflict), schemas }
    } finally {
      await dropScratch(session, scratch)
    }
  })
}

/** The branch that keeps a conflict, if there is only one. @throws {NotFoundError} BRANCH_NOT_FOUND @throws {RefusedError} … */
async function keptBranch(session: Session): Promise<string> {
  const kept = (await session.branches()).map(({ name }) => name).filter((name) => name.startsWith(CONFLICT_PREFIX))
  if (kept.length === 1) return kept[0]!
  if (kept.length === 0)
    throw new NotFoundError(
      'BRANCH_NOT_FOUND',
      `No branch keeps a conflict. Name the branch that you want to merge: ${call('conflicts', [blank('BRANCH')])}`,
      { data: {} },
    )
  throw new RefusedError(
    'REF_AMBIGUOUS',
    `${kept.length} branches keep a conflict: ${kept.join(', ')}. Name one: ${call('conflicts', [kept[0]!])}`,
    { data: { branches: kept } },
  )
}
