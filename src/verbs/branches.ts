import { at, withSession, withWritingSession, type Context } from '../context.ts'
import { NotFoundError, RefusedError, UsageError } from '../errors.ts'
import { refuseSimilar } from '../history/new-branch.ts'
import { headOf } from '../history/ref.ts'
import { checkRefName, isReservedBranch } from '../model/names.ts'
import { requireHeld } from '../publishing/require-held.ts'
import { noteDeleted } from '../remotes/pull.ts'
import type { Branch, Tag } from '../types.ts'

/** Branches by name; with `all`, doltflow's own, too. */
export function listBranches(context: Context, options: { all?: boolean } = {}): Promise<Branch[]> {
  return withSession(context, async (session) =>
    (await session.branches()).filter(({ name }) => options.all || !isReservedBranch(name)),
  )
}

/** Makes a branch at a ref. @throws {RefusedError} BRANCH_EXISTS, CHECK_FAILED @throws {UsageError} NAME_RESERVED, NAME_REFUSED */
export async function createBranch(context: Context, name: string, from?: string): Promise<Branch> {
  checkRefName(name)
  return withWritingSession(context, async (session) => {
    await refuseSimilar(session, name)
    const hash = await at(session, context, from)
    await requireHeld(session, name, hash)
    await session.createBranch(name, hash)
    await session.acknowledge?.(name, hash)
    return { name, hash }
  })
}

/**
 * Deletes a branch; commits that no other branch or tag leads to go with the next gc. A remote that has it keeps it, and
 * a pull does not bring it back.
 * @throws {NotFoundError} BRANCH_NOT_FOUND @throws {UsageError} NAME_RESERVED @throws {RefusedError} BRANCH_DIRTY
 */
export async function deleteBranch(context: Context, name: string): Promise<void> {
  checkRefName(name)
  return withWritingSession(context, async (session) => {
    await headOf(session, name)
    if (name === context.branch)
      throw new UsageError('USAGE', `${name} is the default branch and can't be deleted.`, { data: { branch: name } })
    const tables = await session.dirtyTables(name)
    if (tables.length > 0)
      throw new RefusedError(
        'BRANCH_DIRTY',
        `Branch ${name} has uncommitted changes in ${tables.join(', ')}. Commit or reset them first.`,
        { data: { branch: name } },
      )
    await noteDeleted(session, name)
    await session.acknowledge?.(name, undefined)
    await session.deleteBranch(name)
  })
}

export function listTags(context: Context): Promise<Tag[]> {
  return withSession(context, (session) => session.tags())
}

/** Names a commit. @throws {RefusedError} TAG_EXISTS @throws {UsageError} NAME_REFUSED, NAME_RESERVED */
export async function createTag(context: Context, name: string, ref?: string): Promise<Tag> {
  checkRefName(name, 'tag')
  return withWritingSession(context, async (session) => {
    if ((await session.head(name)) !== undefined)
      throw new RefusedError(
        'BRANCH_EXISTS',
        `There is a branch ${name}; a tag of that name could not be told from it. Choose another name.`,
        { data: { tag: name } },
      )
    if ((await session.tags()).some((tag) => tag.name === name))
      throw new RefusedError('TAG_EXISTS', `There is a tag ${name} already; a tag does not move.`, {
        data: { tag: name },
      })
    const hash = await at(session, context, ref)
    await session.createTag(name, hash)
    return { name, hash }
  })
}

/** @throws {NotFoundError} REF_NOT_FOUND */
export function deleteTag(context: Context, name: string): Promise<void> {
  return withWritingSession(context, async (session) => {
    if (!(await session.tags()).some((tag) => tag.name === name))
      throw new NotFoundError('REF_NOT_FOUND', `There is no tag ${name}.`, { data: { tag: name } })
    await session.deleteTag(name)
  })
}
