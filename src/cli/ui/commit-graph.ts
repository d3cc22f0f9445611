import type { Database } from '../../database.ts'
import type { Commit, Hash } from '../../types.ts'

/** So many branches' histories are drawn together. */
const BRANCHES = 50

/** A history of one or many branches. */
export interface CommitGraph {
  /** Newest first, each after all its children. */
  commits: Commit[]
  /** Whether there are more. */
  truncated: boolean
  /** The branches whose histories are left out. */
  branchesLeftOut: number
}

/** The newest commits of all branches, or of a ref; those that changed a table, if one is named. */
export async function commitGraph(
  db: Database,
  { at, table, limit }: { at: string | undefined; table: string | undefined; limit: number },
): Promise<CommitGraph> {
  const branches = at === undefined && table === undefined ? await db.branches() : []
  const heads = branches.length === 0 ? [at] : branches.slice(0, BRANCHES).map(({ hash }) => hash)
  const found = new Map<Hash, Commit>()
  for (const head of new Set(heads))
    // What a newer head leads to is there already.
    if (head === undefined || !found.has(head))
      for (const commit of await db.log({ at: head, table, limit: limit + 1 })) found.set(commit.hash, commit)
  // Commits of one second are put in order only if all of them are known.
  const last = [...found.values()]
    .map(({ date }) => date)
    .toSorted()
    .at(-limit - 1)
  if (last !== undefined && branches.length > 1)
    for (const head of new Set(heads))
      for (const commit of await logUntil(db, head!, last, limit + 1)) found.set(commit.hash, commit)
  const commits = newestFirst([...found.values()])
  return {
    commits: commits.slice(0, limit),
    truncated: commits.length > limit,
    branchesLeftOut: Math.max(0, branches.length - BRANCHES),
  }
}

/** A history's newest commits, down to one before a date. */
async function logUntil(db: Database, head: Hash, date: string, least: number): Promise<Commit[]> {
  for (let limit = least; ; limit *= 2) {
    const commits = await db.log({ at: head, limit })
    if (commits.length < limit || commits.at(-1)!.date < date) return commits
  }
}

/** By date, and by hash if that is the same, but each commit after all its children, whatever the clocks said. */
function newestFirst(commits: readonly Commit[]): Commit[] {
  const byHash = new Map(commits.map((commit) => [commit.hash, commit]))
  const children = new Map<Hash, number>()
  for (const { parents } of commits) for (const parent of parents) children.set(parent, (children.get(parent) ?? 0) + 1)
  const ready = commits.filter(({ hash }) => !children.has(hash))
  const sorted: Commit[] = []
  while (ready.length > 0) {
    const newest = ready.reduce((best, one, at) => (isNewer(one, ready[best]!) ? at : best), 0)
    const [commit] = ready.splice(newest, 1)
    sorted.push(commit!)
    for (const parent of commit!.parents) {
      const left = children.get(parent)! - 1
      children.set(parent, left)
      if (left === 0 && byHash.has(parent)) ready.push(byHash.get(parent)!)
    }
  }
  return sorted
}

function isNewer(one: Commit, other: Commit): boolean {
  return one.date === other.date ? one.hash > other.hash : one.date > other.date
}
