import type { PulledBranches } from '../../remotes/pull.ts'
import type { ConflictPolicy } from '../../types.ts'
import type { Pushed, Remote } from '../remotes.ts'

/** Other databases that this one exchanges commits with. */
export interface RemoteVerbs {
  /**
   * Lists the remotes that were given a name.
   * @throws {NotFoundError} DATABASE_NOT_FOUND
   * @example
   * for (const { name, url } of await db.remotes()) console.log(name, url)
   */
  remotes(): Promise<Remote[]>

  /**
   * Gives a remote a name.
   * @param url as the engine speaks it, without a password
   * @returns the URL as the engine keeps it
   * @throws {UsageError} USAGE, URL_INVALID, NAME_REFUSED
   * @throws {RefusedError} REMOTE_EXISTS, DATABASE_READ_ONLY
   * @example
   * await db.addRemote('origin', 'file:///backup/pipeline.db')
   */
  addRemote(name: string, url: string): Promise<Remote>

  /**
   * Forgets a remote; nothing is deleted there.
   * @throws {UsageError} USAGE
   * @throws {NotFoundError} REMOTE_NOT_FOUND
   * @throws {RefusedError} DATABASE_READ_ONLY
   * @example
   * await db.removeRemote('origin')
   */
  removeRemote(name: string): Promise<void>

  /**
   * Brings a remote's branches and tags here: all branches but those that were deleted here, or nothing if one conflicts.
   * @param remote a name or URL. Default: the opened database's remote, else `origin`, else the only one
   * @param options.onConflict what decides cells that both sides changed. Default: `fail`
   * @throws {NotFoundError} REMOTE_NOT_FOUND
   * @throws {UsageError} USAGE, URL_INVALID, OPTION_INVALID
   * @throws {ConflictError} PULL_CONFLICT
   * @throws {RefusedError} SCHEMA_CONFLICT, BRANCH_DIRTY, REMOTE_REFUSED, DATABASE_READ_ONLY
   * @throws {DoltflowError} REMOTE_UNREACHABLE
   * @example
   * const { branches, left } = await db.pull('origin')
   */
  pull(
    remote?: string,
    options?: { onConflict?: ConflictPolicy | undefined },
  ): Promise<{ remote: string } & PulledBranches>

  /**
   * Sends every branch and tag, and doltflow's records; merges first what the remote has.
   * @param remote a name or URL. Default: the opened database's remote, else `origin`, else the only one
   * @throws {NotFoundError} REMOTE_NOT_FOUND
   * @throws {UsageError} USAGE, URL_INVALID
   * @throws {ConflictError} PULL_CONFLICT
   * @throws {RefusedError} TAG_EXISTS, SCHEMA_CONFLICT, BRANCH_DIRTY, REMOTE_REFUSED, DATABASE_READ_ONLY
   * @throws {DoltflowError} REMOTE_UNREACHABLE, REMOTE_RACE
   * @example
   * await db.push('file:///backup/pipeline.db')
   */
  push(remote?: string): Promise<Pushed>
}
