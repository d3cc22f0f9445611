import { at, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { UsageError } from '../../errors.ts'
import { refuseSimilar } from '../../history/new-branch.ts'
import { headOf } from '../../history/ref.ts'
import { checkRefName } from '../../model/names.ts'
import { either } from '../../spelling.ts'
import type { Hash } from '../../types.ts'

/**
 * Where a save goes: appended to a branch (its name); merged into one, built on an older commit
 * (`{ from, mergeTo }`); or to a new branch from a ref (`{ new, from }`; by default from the default branch).
 */
export type BranchPlan =
  | string
  | { from?: string | undefined; mergeTo: string }
  | { new: string; from?: string | undefined }

export interface Placement {
  target: string
  base: Hash
  /** Whether the target is still to be made. */
  create: boolean
  /** Whether the caller named no commit to build on. */
  floats: boolean
}

/** The branch that a plan publishes to. */
export function targetOf(plan: BranchPlan): string {
  return typeof plan === 'string' ? plan : 'new' in plan ? plan.new : plan.mergeTo
}

/**
 * Finds the commit to build on and the branch to publish to.
 * @param table whose commit `run:<id>` means
 * @throws {UsageError} NAME_RESERVED, NAME_REFUSED, OPTION_INVALID
 * @throws {NotFoundError} BRANCH_NOT_FOUND, REF_NOT_FOUND
 */
export async function placeSave(
  session: Session,
  context: Context,
  plan: BranchPlan,
  table: string | undefined,
): Promise<Placement> {
  const floats = typeof plan === 'string' || plan.from === undefined
  if (typeof plan === 'string') return { target: plan, base: await existing(session, plan), create: false, floats }
  if ('mergeTo' in plan) {
    const head = await existing(session, plan.mergeTo)
    const base = plan.from === undefined ? head : await at(session, context, plan.from, { table })
    return { target: plan.mergeTo, base, create: false, floats }
  }
  checkRefName(plan.new)
  const from = plan.from === undefined ? undefined : await at(session, context, plan.from, { table })
  let head = await session.head(plan.new)
  if (head === undefined) {
    // Another save may have made this very branch by now: then it is appended to.
    const refused = await refuseSimilar(session, plan.new).catch((error: unknown) => ({ error }))
    head = await session.head(plan.new)
    if (refused && head === undefined) throw refused.error
  }
  if (head === undefined)
    return { target: plan.new, base: from ?? (await headOf(session, context.branch)), create: true, floats }
  if (from !== undefined && !(await session.isAncestor(from, head)))
    throw new UsageError(
      'OPTION_INVALID',
      `Branch ${plan.new} is there already and does not come from ${plan.from}. Leave ${either('from', '--from')} out to append to it, or choose another name.`,
      { data: { branch: plan.new, from: plan.from } },
    )
  return { target: plan.new, base: head, create: false, floats }
}

async function existing(session: Session, branch: string): Promise<Hash> {
  checkRefName(branch)
  return headOf(session, branch)
}
