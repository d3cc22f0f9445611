import { withSession, withWritingSession, type Context } from '../context.ts'
import { cloneDatabase } from '../engines/index.ts'
import { NotFoundError, RefusedError } from '../errors.ts'
import { call } from '../model/advice.ts'
import { checkRemoteName, isShared, RECORDS_BRANCH } from '../model/names.ts'
import { findRemote, namedRemotes } from '../remotes/find.ts'
import { pullBranches, type PulledBranches } from '../remotes/pull.ts'
import { pushBranches } from '../remotes/push.ts'
import type { ConflictPolicy } from '../types.ts'
import { checkArguments } from './arguments/check.ts'

/** A remote that was given a name. */
export interface Remote {
  /** What it was called. */
  name: string
  /** Without a password. */
  url: string
}

/** The remotes that were given a name. */
export function listRemotes(context: Context): Promise<Remote[]> {
  return withSession(context, namedRemotes)
}

/** @throws {RefusedError} REMOTE_EXISTS @throws {UsageError} URL_INVALID */
export async function addRemote(context: Context, name: string, given: string): Promise<Remote> {
  checkRemoteName(name)
  return withWritingSession(context, async (session) => {
    const url = await session.remoteUrl(given)
    const known = (await session.remotes()).find((remote) => remote.name === name)
    if (known)
      throw new RefusedError(
        'REMOTE_EXISTS',
        `There is a remote ${name} already: ${known.url}. Remove it first: ${call('removeRemote', [name])}`,
        { data: { remote: name } },
      )
    await session.addRemote(name, url)
    return { name, url }
  })
}

/** @throws {NotFoundError} REMOTE_NOT_FOUND */
export function removeRemote(context: Context, name: string): Promise<void> {
  return withWritingSession(context, async (session) => {
    if (!(await namedRemotes(session)).some((remote) => remote.name === name))
      throw new NotFoundError('REMOTE_NOT_FOUND', `There is no remote ${name}.`, { data: { remote: name } })
    await session.removeRemote(name)
  })
}

/**
 * Brings what a remote has: all branches but those that were deleted here, or nothing if one conflicts.
 * @throws {ConflictError} PULL_CONFLICT
 */
export async function pull(
  context: Context,
  remote?: string,
  options: { onConflict?: ConflictPolicy } = {},
): Promise<{ remote: string } & PulledBranches> {
  return withWritingSession(context, async (session) => {
    const known = await findRemote(session, remote ?? context.remote ?? undefined)
    return { remote: known.shown, ...(await pullBranches(session, known, context.author, options.onConflict)) }
  })
}

/** What a push sent. */
export interface Pushed {
  /** The remote's name, or its URL if it has none. */
  remote: string
  /** Branches that the remote didn't have as they are. */
  branches: string[]
  /** All tags; the remote has them now. */
  tags: string[]
}

/**
 * Sends every branch and tag, doltflow's records with them; merges first what the remote has.
 * @throws {RefusedError} TAG_EXISTS if the remote has a tag of one's name at another commit
 */
export function push(context: Context, remote?: string): Promise<Pushed> {
  return withWritingSession(context, async (session) => {
    const known = await findRemote(session, remote ?? context.remote ?? undefined)
    const names = (await session.branches()).map((branch) => branch.name).filter(isShared)
    // The first one that a new remote gets is its default.
    const branches = names.toSorted((a, b) => Number(b === context.branch) - Number(a === context.branch))
    const sent = await pushBranches(session, known, branches, context.author)
    return {
      remote: known.shown,
      branches: sent.filter((branch) => branch !== RECORDS_BRANCH),
      tags: await session.pushTags(known.name),
    }
  })
}

/**
 * Copies a remote's whole database into a new one; its remote is saved as `origin`.
 * @param remote its URL
 * @param target the new database's URL
 * @throws {RefusedError} DATABASE_EXISTS, REMOTE_REFUSED
 * @throws {UsageError} URL_INVALID
 * @throws {DoltflowError} REMOTE_UNREACHABLE
 * @example
 * const { branches } = await clone('file:///backup/pipeline.db', 'pipeline.db')
 */
export async function clone(remote: string, target: string): Promise<{ location: string; branches: string[] }> {
  checkArguments('clone', [remote, target])
  const { location, branches } = await cloneDatabase(remote, target)
  return { location, branches: branches.filter(isShared) }
}
