import { at, withSession, withWritingSession, type Context } from '../context.ts'
import type { Session } from '../engines/engine.ts'
import { NotFoundError, RefusedError, UsageError } from '../errors.ts'
import { refuseSimilar } from '../history/new-branch.ts'
import {
  notedBranches,
  notedTags,
  readRefNotes,
  shownNote,
  writeRefNote,
  type StoredNote,
} from '../history/ref-notes.ts'
import { headOf } from '../history/ref.ts'
import { checkRefName, isReservedBranch } from '../model/names.ts'
import { requireHeld } from '../publishing/require-held.ts'
import { findRemote } from '../remotes/find.ts'
import { noteDeleted } from '../remotes/pull.ts'
import { newId } from '../system/id.ts'
import type { Branch, NotedBranch, NotedTag } from '../types.ts'

/** Branches by name; with `all`, doltflow's own, too. */
export function listBranches(context: Context, options: { all?: boolean } = {}): Promise<NotedBranch[]> {
  return withSession(context, async (session) => {
    const branches = (await session.branches()).filter(({ name }) => options.all || !isReservedBranch(name))
    return notedBranches(session, branches)
  })
}

/** Options of `createBranch` and `createTag`. */
export interface RefOptions {
  /** What it is for. Default: nothing */
  message?: string | undefined
}

/** Makes a branch at a ref. @throws {RefusedError} BRANCH_EXISTS, CHECK_FAILED @throws {UsageError} NAME_RESERVED, NAME_REFUSED */
export async function createBranch(
  context: Context,
  name: string,
  from?: string,
  { message }: RefOptions = {},
): Promise<NotedBranch> {
  checkRefName(name)
  return withWritingSession(context, async (session) => {
    await refuseSimilar(session, name)
    const hash = await at(session, context, from)
    await requireHeld(session, name, hash)
    await session.createBranch(name, hash)
    await session.acknowledge?.(name, hash)
    // A branch of that name may have been there before, with a note that is not this one's.
    const isNoted = message !== undefined || (await readRefNotes(session)).some((note) => note.name === name)
    const note = isNoted ? noteOf(context, 'branch', { name, hash }, message) : undefined
    if (note) await writeRefNote(session, note)
    return { name, hash, ...shownNote(note) }
  })
}

/** Options of `deleteBranch`. */
export interface DeleteBranchOptions {
  /** Delete it at this remote, and not here: a saved name, or a URL. Default: here */
  remote?: string | undefined
}

/**
 * Deletes a branch, here or at a remote; commits that no other branch or tag leads to go with a gc, 30 days after their last use. A remote that has it keeps it, and
 * a pull does not bring it back.
 * @throws {NotFoundError} BRANCH_NOT_FOUND @throws {UsageError} NAME_RESERVED @throws {RefusedError} BRANCH_DIRTY
 */
export async function deleteBranch(
  context: Context,
  name: string,
  { remote }: DeleteBranchOptions = {},
): Promise<void> {
  checkRefName(name)
  return withWritingSession(context, async (session) => {
    if (remote === undefined) await headOf(session, name)
    if (name === context.branch)
      throw new UsageError('USAGE', `${name} is the default branch and can't be deleted.`, { data: { branch: name } })
    if (remote !== undefined) return deleteAtRemote(session, name, remote)
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

async function deleteAtRemote(session: Session, name: string, given: string): Promise<void> {
  const remote = await findRemote(session, given)
  const there = await session.fetch(remote.name)
  if (!there.some((branch) => branch.name === name))
    throw new NotFoundError('BRANCH_NOT_FOUND', `The remote ${remote.shown} has no branch ${name}.`, {
      data: { branch: name, remote: remote.shown },
    })
  await session.deleteRemoteBranch(remote.name, name)
}

function noteOf(context: Context, kind: StoredNote['kind'], { name, hash }: Branch, message = ''): StoredNote {
  return {
    id: newId(),
    kind,
    name,
    hash,
    at: new Date().toISOString(),
    author: context.author,
    message: message || null,
  }
}

export function listTags(context: Context): Promise<NotedTag[]> {
  return withSession(context, async (session) => notedTags(session, await session.tags()))
}

/** Names a commit. @throws {RefusedError} TAG_EXISTS @throws {UsageError} NAME_REFUSED, NAME_RESERVED */
export async function createTag(
  context: Context,
  name: string,
  ref?: string,
  { message }: RefOptions = {},
): Promise<NotedTag> {
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
    const note = noteOf(context, 'tag', { name, hash }, message)
    await writeRefNote(session, note)
    return { name, hash, ...shownNote(note) }
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
