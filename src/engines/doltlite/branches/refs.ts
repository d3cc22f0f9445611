import { DoltflowError } from '../../../errors.ts'
import { parseMessage } from '../../../model/trailers.ts'
import { block } from '../../../system/wait.ts'
import type { Branch, Commit, Hash, Row, Tag } from '../../../types.ts'
import { Connection } from '../connection/connection.ts'
import { mergeBase, nearest, parentsOf } from './near.ts'

/** From how many commits on one look at all parents is quicker than one look each. */
const MANY = 200
const HASH = /^[0-9a-f]{40}$/
const COMMIT_COLUMNS = 'commit_hash, committer, email, date, message'

/** How often a branch that seems to be changed is looked at, and how long after each other, in ms. */
const LOOKS = 4
const LOOK_PAUSE = 10

/** Branches, tags and commits. */
export function refs(connection: Connection) {
  const allParents = (): ((hash: Hash) => Hash[]) => {
    const parents = new Map<Hash, Hash[]>()
    for (const [hash, parent] of connection.all(
      'SELECT commit_hash, parent_hash FROM dolt_commit_ancestors ORDER BY parent_index',
    ) as Hash[][])
      if (parent) parents.set(hash!, [...(parents.get(hash!) ?? []), parent])
    return (hash) => parents.get(hash) ?? []
  }
  const withParents =
    (parents: (hash: Hash) => Hash[]) =>
    (row: Row): Commit => {
      const [hash, name, email, date, message] = row as string[]
      const author = email ? `${name} <${email}>` : name!
      return { hash: hash!, parents: parents(hash!), author, date: isoDate(date!), ...parseMessage(message!) }
    }
  const commitOf = withParents((hash) => parentsOf(connection, hash))

  return {
    branches(): Branch[] {
      return connection
        .all('SELECT name, hash FROM dolt_branches ORDER BY name')
        .map(([name, hash]) => ({ name: name as string, hash: hash as Hash }))
    },
    head(branch: string): Hash | undefined {
      return connection.cell('SELECT hash FROM dolt_branches WHERE name = ?', branch)
    },
    tags(): Tag[] {
      return connection
        .all('SELECT tag_name, tag_hash FROM dolt_tags ORDER BY tag_name')
        .map(([name, hash]) => ({ name: name as string, hash: hash as Hash }))
    },
    /** The `generations`-th first parent of a commit; undefined if there is none, or no such commit. */
    ancestor(commit: Hash, generations: number): Hash | undefined {
      try {
        return connection.cell('SELECT dolt_hashof(?)', generations === 0 ? commit : `${commit}~${generations}`)
      } catch (error) {
        if (isInvalidRef(error)) return undefined
        throw error
      }
    },
    findCommits(prefix: string): Hash[] {
      // What was fetched is in no branch's history yet.
      if (HASH.test(prefix)) return this.commit(prefix) ? [prefix] : []
      return connection
        .all(
          'SELECT DISTINCT commit_hash FROM dolt_commit_ancestors WHERE commit_hash >= ? AND commit_hash < ? LIMIT 2',
          prefix,
          `${prefix}g`,
        )
        .map(([hash]) => hash as Hash)
    },
    commit(hash: Hash): Commit | undefined {
      try {
        const row = connection.get(`SELECT ${COMMIT_COLUMNS} FROM dolt_log(?) LIMIT 1`, hash)
        return row && commitOf(row)
      } catch (error) {
        if (isInvalidRef(error)) return undefined
        throw error
      }
    },
    log(from: Hash, limit: number): Commit[] {
      const rows = connection.all(`SELECT ${COMMIT_COLUMNS} FROM dolt_log(?) LIMIT ?`, from, limit)
      return rows.map(rows.length > MANY ? withParents(allParents()) : commitOf)
    },
    nearCommits(from: Hash, limit: number): Commit[] {
      const commits: Commit[] = []
      for (const hash of nearest(connection, from)) {
        commits.push(this.commit(hash)!)
        if (commits.length === limit) break
      }
      return commits
    },
    /** The newest commit of `from`'s history with a date at or before `date` (ISO 8601, UTC). */
    commitBefore(from: Hash, date: string): Hash | undefined {
      return connection.cell(
        'SELECT commit_hash FROM dolt_log(?) WHERE date <= ? ORDER BY date DESC LIMIT 1',
        from,
        date.slice(0, 19).replace('T', ' '),
      )
    },
    mergeBase: (a: Hash, b: Hash): Hash | undefined => mergeBase(connection, a, b),
    createBranch(name: string, at: Hash): void {
      connection.get('SELECT dolt_branch(?, ?)', name, at)
    },
    deleteBranch(name: string): void {
      if (connection.cell('SELECT active_branch()') === name)
        connection.use(connection.cell<string>('SELECT dolt_default_branch()')!)
      connection.get("SELECT dolt_branch('-D', ?)", name)
    },
    createTag(name: string, at: Hash): void {
      connection.get('SELECT dolt_tag(?, ?)', name, at)
    },
    deleteTag(name: string): void {
      connection.get("SELECT dolt_tag('-d', ?)", name)
    },
    /** After a true merge the engine's own flag may stay set, though nothing is uncommitted: it only says where to look. */
    dirtyTables(branch: string): string[] {
      const flag = connection.cell('SELECT dirty FROM dolt_branches WHERE name = ?', branch)
      return flag === 1 ? dirtyTables(connection, branch) : []
    },
  }
}

/** A branch's tables with uncommitted changes. They must show in several looks: the engine moves a branch in several steps, and one look may fall between two. */
function dirtyTables(connection: Connection, branch: string): string[] {
  let tables: string[] = []
  for (let look = 0; look < LOOKS; look++) {
    if (look > 0) block(LOOK_PAUSE)
    const onBranch = new Connection(connection.path, { readOnly: true, revision: branch })
    try {
      tables = uncommitted(onBranch)
    } finally {
      onBranch.close()
    }
    if (tables.length === 0) break
  }
  return tables
}

/** Tables with uncommitted changes on the connection's own branch. */
export function uncommitted(connection: Connection): string[] {
  return connection.all('SELECT DISTINCT table_name FROM dolt_status').map(([table]) => table as string)
}

/** The engine's `2026-11-23 04:28:15` (UTC) as ISO 8601. */
function isoDate(text: string): string {
  return `${text.replace(' ', 'T')}Z`
}

function isInvalidRef(error: unknown): boolean {
  return (
    error instanceof DoltflowError &&
    /invalid (ref|ancestor|dolt_log revision)|not found/.test(String(error.data['reason']))
  )
}
