import { reasonOf } from '../../../errors.ts'
import { parseMessage } from '../../../model/trailers.ts'
import type { Branch, Commit, Hash, Tag } from '../../../types.ts'
import { isHash, type Connection } from '../connection/connection.ts'
import type { ReconnectingConnection } from '../connection/reconnecting.ts'
import { literal } from '../connection/sql.ts'
import { isKept, tagsOf } from '../remotes/tags.ts'

const COMMIT_COLUMNS = 'commit_hash, committer, email, date, message'

/** Branches, tags and commits. */
export function refs(link: ReconnectingConnection) {
  const mergeBase = (a: Hash, b: Hash): Promise<Hash | undefined> =>
    orUndefined(/no common ancestor/i, async () => {
      // A connection that was left on a commit can't say.
      const [row] = await link.rowsOfDatabase('SELECT dolt_merge_base(?, ?)', [a, b])
      return (row?.[0] as Hash | null) ?? undefined
    })

  const commitOf = (hash: Hash): Promise<Commit | undefined> =>
    orUndefined(NOT_FOUND, async () => (await log(link, hash, 1))[0])

  return {
    async branches(): Promise<Branch[]> {
      const rows = await link.rows('SELECT name, hash FROM dolt_branches ORDER BY name')
      return rows.map(([name, hash]) => ({ name: name as string, hash: hash as Hash }))
    },
    head: (branch: string): Promise<Hash | undefined> => link.attempt((connection) => headOf(connection, branch)),
    async tags(): Promise<Tag[]> {
      const tags = await link.attempt(tagsOf)
      return [...tags].filter(([name]) => !isKept(name)).map(([name, hash]) => ({ name, hash }))
    },
    ancestor(commit: Hash, generations: number): Promise<Hash | undefined> {
      return orUndefined(/invalid (ancestor|ref) spec|not found/i, () =>
        link.cell<Hash>('SELECT dolt_hashof(?)', [generations === 0 ? commit : `${commit}~${generations}`]),
      )
    },
    async findCommits(prefix: string): Promise<Hash[]> {
      if (!/^[0-9a-v]{1,32}$/.test(prefix)) return []
      // What was fetched is in no branch's history yet.
      if (isHash(prefix)) return (await commitOf(prefix)) ? [prefix] : []
      const rows = await link.rows(
        'SELECT DISTINCT commit_hash FROM dolt_commit_ancestors WHERE commit_hash >= ? AND commit_hash < ? LIMIT 2',
        [prefix, `${prefix}w`],
      )
      return rows.map(([hash]) => hash as Hash)
    },
    commit: (hash: Hash): Promise<Commit | undefined> => commitOf(hash),
    log: (from: Hash, limit: number): Promise<Commit[]> => log(link, from, limit),
    async commitBefore(from: Hash, date: string): Promise<Hash | undefined> {
      // A date of whole seconds means its last instant.
      const until = `${date.slice(0, 19).replace('T', ' ')}.999999`
      const [row] = await link.rowsOfDatabase(
        `SELECT commit_hash FROM dolt_log(${literal(from)}) WHERE date <= ? ORDER BY date DESC LIMIT 1`,
        [until],
      )
      return row?.[0] as Hash | undefined
    },
    mergeBase: (a: Hash, b: Hash): Promise<Hash | undefined> => mergeBase(a, b),
    createBranch(name: string, at: Hash): Promise<void> {
      return link.attempt(async (connection, again) => {
        if (again && (await headOf(connection, name)) === at) return
        await connection.useDefault()
        await connection.rows('CALL dolt_branch(?, ?)', [name, at])
      })
    },
    deleteBranch(name: string): Promise<void> {
      return link.attempt(async (connection, again) => {
        if (again && (await headOf(connection, name)) === undefined) return
        await connection.useDefault()
        await connection.rows("CALL dolt_branch('-D', '-f', ?)", [name])
      })
    },
    createTag(name: string, at: Hash): Promise<void> {
      return link.attempt(async (connection, again) => {
        if (again && (await connection.cell('SELECT tag_hash FROM dolt_tags WHERE tag_name = ?', [name])) === at) return
        await connection.useDefault()
        await connection.rows('CALL dolt_tag(?, ?)', [name, at])
      })
    },
    deleteTag(name: string): Promise<void> {
      return link.attempt(async (connection, again) => {
        if (again && (await connection.row('SELECT 1 FROM dolt_tags WHERE tag_name = ?', [name])) === undefined) return
        await connection.useDefault()
        await connection.rows("CALL dolt_tag('-d', ?)", [name])
      })
    },
    dirtyTables(name: string): Promise<string[]> {
      return link.read(name, uncommitted)
    },
  }
}

const NOT_FOUND: RegExp = /invalid ref spec|not found|target commit not found|invalid/i

/** Tables with uncommitted changes on the connection's branch. */
export async function uncommitted(connection: Connection): Promise<string[]> {
  return (await connection.rows('SELECT DISTINCT table_name FROM dolt_status')).map(([table]) => table as string)
}

export function headOf(connection: Connection, branch: string): Promise<Hash | undefined> {
  return connection.cell<Hash>('SELECT hash FROM dolt_branches WHERE name = ?', [branch])
}

async function log(link: ReconnectingConnection, from: Hash, limit: number): Promise<Commit[]> {
  const rows = await link.rowsOfDatabase(
    `SELECT ${COMMIT_COLUMNS}, parents FROM dolt_log(${literal(from)}, '--parents') ${limit < 0 ? '' : `LIMIT ${limit}`}`,
  )
  return rows.map((row) => {
    const [hash, name, email, date, message, parents] = row as string[]
    return {
      hash: hash!,
      parents: parents ? parents.split(', ') : [],
      author: email ? `${name} <${email}>` : name!,
      date: `${date!.slice(0, 19).replace(' ', 'T')}Z`,
      ...parseMessage(message!),
    }
  })
}

async function orUndefined<T>(pattern: RegExp, work: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (pattern.test(reasonOf(error))) return undefined
    throw error
  }
}
