import { parseMessage } from '../../../model/trailers.ts'
import type { Branch, Commit, Hash, Tag } from '../../../types.ts'
import { failed, type MemoryCommit, type MemoryDatabase } from './database.ts'

/** Branches, tags and commits. */
export function refs(database: MemoryDatabase) {
  return {
    branches: (): Branch[] => named(database.branches),
    head: (branch: string): Hash | undefined => database.branches.get(branch),
    tags: (): Tag[] => named(database.tags),
    commit(hash: Hash): Commit | undefined {
      const found = database.commits.get(hash)
      return found && shown(found)
    },
    log: (from: Hash, limit: number): Commit[] => database.log(from, limit).map(shown),
    createBranch: (name: string, at: Hash): void => create(database, database.branches, name, at),
    deleteBranch: (name: string): void => remove(database.branches, name),
    createTag: (name: string, at: Hash): void => create(database, database.tags, name, at),
    deleteTag: (name: string): void => remove(database.tags, name),
    /** Moves a branch; false if it has moved meanwhile. */
    fastForward(branch: string, from: Hash, to: Hash): boolean {
      if (database.headOf(branch).hash !== from) return false
      database.branches.set(branch, database.at(to).hash)
      return true
    },
    gc: (): void => database.collect(),
  }
}

/** By their names. */
function named(hashes: ReadonlyMap<string, Hash>): { name: string; hash: Hash }[] {
  return [...hashes].map(([name, hash]) => ({ name, hash })).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function shown({ hash, parents, author, date, message }: MemoryCommit): Commit {
  return { hash, parents: [...parents], author, date, ...parseMessage(message) }
}

function create(database: MemoryDatabase, among: Map<string, Hash>, name: string, at: Hash): void {
  if (among.has(name)) throw failed(`${name} already exists`)
  among.set(name, database.at(at).hash)
}

function remove(among: Map<string, Hash>, name: string): void {
  if (!among.delete(name)) throw failed(`there is no ${name}`)
}
