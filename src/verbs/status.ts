import { withSession, type Context } from '../context.ts'
import { isKeptConflict } from '../history/new-branch.ts'
import { isReservedBranch } from '../model/names.ts'
import { followedRemotes } from '../remotes/find.ts'
import { unpushed } from '../remotes/push.ts'

/** What a person should know of a database. */
export interface Status {
  /** Where it is, without a password. */
  location: string
  /** Which engine it is of. */
  engine: string
  /** What `HEAD` means. */
  defaultBranch: string
  /** Why nothing can be saved; null if it can. */
  readOnly: string | null
  /** How many branches it has. */
  branches: number
  /** Tables with uncommitted changes, which another program left, by branch. */
  dirty: { branch: string; tables: string[] }[]
  /** Branches that keep conflicting work. */
  conflicts: string[]
  /** Branches that a remote doesn't have as they are, as far as was last seen. */
  notPushed: { remote: string; branches: string[] }[]
  /** Bytes on disk; null if a server doesn't tell. */
  size: number | null
}

export function readStatus(context: Context): Promise<Status> {
  return withSession(context, async (session) => {
    const branches = (await session.branches()).filter(({ name }) => !isReservedBranch(name))
    const dirty: Status['dirty'] = []
    for (const { name } of branches) {
      const tables = await session.dirtyTables(name)
      if (tables.length > 0) dirty.push({ branch: name, tables })
    }
    const notPushed: Status['notPushed'] = []
    for (const { name, shown } of await followedRemotes(session, context.remote)) {
      const behind = await unpushed(session, name)
      if (behind.length > 0) notPushed.push({ remote: shown, branches: behind })
    }
    return {
      location: context.engine.location,
      engine: context.engine.name,
      defaultBranch: context.branch,
      readOnly: context.engine.capabilities.readOnly ?? null,
      branches: branches.length,
      dirty,
      conflicts: branches.map(({ name }) => name).filter(isKeptConflict),
      notPushed,
      size: (await session.size?.()) ?? null,
    }
  })
}
