import { createHash, randomUUID } from 'node:crypto'
import { DoltflowError } from '../../../errors.ts'
import { foundationMessage } from '../../../model/trailers.ts'
import type { Hash } from '../../../types.ts'
import type { Signature } from '../../engine.ts'
import type { MemoryTable } from '../tables/table.ts'

export type Tables = ReadonlyMap<string, MemoryTable>

export interface MemoryCommit {
  hash: Hash
  parents: Hash[]
  author: string
  date: string
  /** With its trailers. */
  message: string
  tables: Tables
  /** Which commit of this process it is: what orders those of one second. */
  number: number
}

const AUTHOR = 'doltflow <doltflow@localhost>'

let commits = 0

/** A database: commits, and the branches and tags that name them. Each change of it is done at once. */
export class MemoryDatabase {
  readonly commits: Map<Hash, MemoryCommit> = new Map()
  readonly branches: Map<string, Hash> = new Map()
  readonly tags: Map<string, Hash> = new Map()
  /** URLs, by name. */
  readonly remotes: Map<string, string> = new Map()
  /** What was last seen of a remote's branches, by the remote's name. */
  readonly tracked: Map<string, Map<string, Hash>> = new Map()

  /** A database with its foundation: a commit of its own, by which two of them are told apart. */
  static founded(): MemoryDatabase {
    const database = new MemoryDatabase()
    const message = foundationMessage(randomUUID())
    const first = database.commit([], new Map(), { message: 'begin', author: AUTHOR })
    database.branches.set('main', database.commit([first], new Map(), { message, author: AUTHOR }))
    return database
  }

  /** @throws {DoltflowError} ENGINE_FAILED */
  at(hash: Hash): MemoryCommit {
    const commit = this.commits.get(hash)
    if (!commit) throw failed(`there is no commit ${hash}`)
    return commit
  }

  /** @throws {DoltflowError} ENGINE_FAILED */
  headOf(branch: string): MemoryCommit {
    const head = this.branches.get(branch)
    if (head === undefined) throw failed(`there is no branch ${branch}`)
    return this.at(head)
  }

  /** Keeps a commit; no branch leads to it yet. */
  commit(parents: Hash[], tables: Tables, { message, author, date }: Signature): Hash {
    const instant = `${(date ?? new Date().toISOString()).slice(0, 19)}Z`
    const hashes = [...tables].map(([table, { hash }]) => [table, hash]).toSorted(([a], [b]) => (a! < b! ? -1 : 1))
    const text = JSON.stringify([parents, author, instant, message, hashes])
    const hash = createHash('sha1').update(text).digest('hex')
    if (!this.commits.has(hash))
      this.commits.set(hash, { hash, parents, author, date: instant, message, tables, number: ++commits })
    return hash
  }

  /** Commits on a branch. */
  commitOn(branch: string, tables: Tables, signature: Signature, parents: Hash[] = [this.headOf(branch).hash]): Hash {
    const hash = this.commit(parents, tables, signature)
    this.branches.set(branch, hash)
    return hash
  }

  /** A history, newest first, each commit after all its children. */
  log(from: Hash, limit: number): MemoryCommit[] {
    const children = new Map<Hash, number>()
    for (const { parents } of this.reachable([from]))
      for (const parent of parents) children.set(parent, (children.get(parent) ?? 0) + 1)
    const ready = [this.at(from)]
    const history: MemoryCommit[] = []
    while (ready.length > 0 && history.length !== limit) {
      ready.sort((a, b) => (a.date === b.date ? a.number - b.number : a.date < b.date ? -1 : 1))
      const commit = ready.pop()!
      history.push(commit)
      for (const parent of commit.parents) {
        children.set(parent, children.get(parent)! - 1)
        if (children.get(parent) === 0) ready.push(this.at(parent))
      }
    }
    return history
  }

  mergeBase(a: Hash, b: Hash): Hash | undefined {
    const theirs = new Set(this.reachable([b]).map(({ hash }) => hash))
    return this.log(a, -1).find(({ hash }) => theirs.has(hash))?.hash
  }

  /** Commits, and all that these come from. */
  reachable(from: readonly Hash[]): MemoryCommit[] {
    const found = new Map<Hash, MemoryCommit>()
    const left = [...from]
    for (let hash = left.pop(); hash !== undefined; hash = left.pop()) {
      if (found.has(hash)) continue
      const commit = this.at(hash)
      found.set(hash, commit)
      left.push(...commit.parents)
    }
    return [...found.values()]
  }

  /** Drops the commits that no branch or tag leads to. */
  collect(): void {
    const tracked = [...this.tracked.values()].flatMap((branches) => [...branches.values()])
    const kept = new Set(this.reachable([...this.branches.values(), ...this.tags.values(), ...tracked]))
    for (const commit of this.commits.values()) if (!kept.has(commit)) this.commits.delete(commit.hash)
  }
}

/** Whether two commits' tables have the same data. */
export function hasSameTables(a: Tables, b: Tables): boolean {
  return a.size === b.size && [...a].every(([table, { hash }]) => b.get(table)?.hash === hash)
}

export function failed(reason: string): DoltflowError {
  return new DoltflowError('ENGINE_FAILED', `The engine refused: ${reason}`, { data: { reason } })
}
