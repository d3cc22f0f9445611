import { DoltflowError } from '../../errors.ts'
import { UNNAMED_PREFIX } from '../../model/names.ts'
import type { Branch, Hash } from '../../types.ts'
import { tagElsewhere } from '../refusals.ts'
import { plainRemoteUrl } from '../remote-url.ts'
import { failed, MemoryDatabase } from './branches/database.ts'

/** The databases of this process, by their URLs. */
export const databases: Map<string, MemoryDatabase> = new Map()

/** @throws {UsageError} URL_INVALID */
export function memoryRemoteUrl(given: string): string {
  return plainRemoteUrl(given, ['memory'], 'no place here: these remotes are databases of the same process')
}

/** Remotes are other databases in memory: `memory:NAME`. */
export function remotes(database: MemoryDatabase) {
  const urlOf = (remote: string): string => {
    const url = database.remotes.get(remote)
    if (url === undefined) throw failed(`there is no remote ${remote}`)
    return url
  }
  const tracked = (remote: string): Branch[] =>
    [...(database.tracked.get(remote) ?? [])]
      .map(([name, hash]) => ({ name, hash }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return {
    remotes: (): { name: string; url: string }[] =>
      [...database.remotes].map(([name, url]) => ({ name, url })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    remoteUrl: (given: string): string => memoryRemoteUrl(given),
    addRemote(name: string, url: string): void {
      if (database.remotes.has(name)) throw failed(`there is a remote ${name} already`)
      database.remotes.set(name, url)
    },
    removeRemote(name: string): void {
      database.remotes.delete(name)
      database.tracked.delete(name)
    },
    fetch(remote: string): Branch[] {
      const theirs = databases.get(urlOf(remote))
      if (!theirs) return []
      copyCommits(theirs, database, [...theirs.branches.values(), ...theirs.tags.values()])
      for (const [name, hash] of theirs.tags) if (!database.tags.has(name)) database.tags.set(name, hash)
      database.tracked.set(remote, new Map(theirs.branches))
      return tracked(remote)
    },
    tracked: (remote: string): Branch[] => tracked(remote),
    push(remote: string, branch: string): boolean {
      const theirs = remoteAt(urlOf(remote))
      const { hash } = database.headOf(branch)
      const there = theirs.branches.get(branch)
      if (there !== undefined && !database.reachable([hash]).some((commit) => commit.hash === there)) return false
      copyCommits(database, theirs, [hash])
      theirs.branches.set(branch, hash)
      const seen = database.tracked.get(remote) ?? new Map<string, Hash>()
      database.tracked.set(remote, seen.set(branch, hash))
      return true
    },
    deleteRemoteBranch(remote: string, branch: string): void {
      remoteAt(urlOf(remote)).branches.delete(branch)
      database.tracked.get(remote)?.delete(branch)
    },
    pushTags(remote: string): string[] {
      const url = urlOf(remote)
      const theirs = remoteAt(url)
      for (const [tag, hash] of database.tags)
        if ((theirs.tags.get(tag) ?? hash) !== hash)
          throw tagElsewhere(remote.startsWith(UNNAMED_PREFIX) ? url : `${remote} (${url})`, tag)
      copyCommits(database, theirs, [...database.tags.values()])
      for (const [tag, hash] of database.tags) theirs.tags.set(tag, hash)
      return [...database.tags.keys()].toSorted()
    },
  }
}

/** A copy of a remote's database. @throws {DoltflowError} REMOTE_UNREACHABLE */
export function copyOf(remote: string): MemoryDatabase {
  const theirs = databases.get(remote)
  if (!theirs)
    throw new DoltflowError(
      'REMOTE_UNREACHABLE',
      `The remote ${remote} can't be reached: this process has no such database.`,
      { data: { remote } },
    )
  const copy = new MemoryDatabase()
  copyCommits(theirs, copy, [...theirs.branches.values(), ...theirs.tags.values()])
  for (const [name, hash] of theirs.branches) copy.branches.set(name, hash)
  for (const [name, hash] of theirs.tags) copy.tags.set(name, hash)
  copy.remotes.set('origin', remote)
  copy.tracked.set('origin', new Map(theirs.branches))
  return copy
}

/** A remote's database; the first push makes it. */
function remoteAt(url: string): MemoryDatabase {
  const there = databases.get(url) ?? new MemoryDatabase()
  databases.set(url, there)
  return there
}

/** Commits never change: both databases may have the same ones. */
function copyCommits(from: MemoryDatabase, to: MemoryDatabase, hashes: readonly Hash[]): void {
  for (const commit of from.reachable(hashes)) to.commits.set(commit.hash, commit)
}
