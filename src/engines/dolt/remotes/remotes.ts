import { DoltflowError, RefusedError } from '../../../errors.ts'
import { UNNAMED_PREFIX } from '../../../model/names.ts'
import type { Branch, Hash } from '../../../types.ts'
import { remoteError, tagElsewhere, type RemoteWords } from '../../refusals.ts'
import { isEmptyRemote } from '../connection/faults.ts'
import type { ReconnectingConnection } from '../connection/reconnecting.ts'
import { literal } from '../connection/sql.ts'
import { isKept, keepTags, tagsOf, tagsOfRemote } from './tags.ts'
import { doltRemoteUrl, remoteUser } from './url.ts'

/** How Dolt says it. */
const WORDS: RemoteWords = {
  moved:
    /non-fast-forward|fast forward|refs changed|tip of your current branch is behind|stale|dataset head is not ancestor/i,
  unreachable:
    /connect|unavailable|not a directory|no such file|failed to create directory|timed? ?out|resolve|no such host|refused|EOF|reset/i,
}

/** Remotes as Dolt speaks to them; credentials are the server's own configuration. */
export function remotes(link: ReconnectingConnection) {
  const tracked = async (remote: string): Promise<Branch[]> => {
    const prefix = `remotes/${remote}/`
    const rows = await link.rows('SELECT name, hash FROM dolt_remote_branches')
    return rows
      .filter(([name]) => (name as string).startsWith(prefix))
      .map(([name, hash]) => ({ name: (name as string).slice(prefix.length), hash: hash as Hash }))
  }
  /** What people call a remote: its URL where nobody gave it a name. */
  const shown = async (remote: string): Promise<string> =>
    remote.startsWith(UNNAMED_PREFIX) ? (await urlOf(remote))! : remote
  const urlOf = (remote: string): Promise<string | undefined> =>
    link.cell('SELECT url FROM dolt_remotes WHERE name = ?', [remote])
  const call = (sql: string, values: readonly unknown[]): Promise<unknown> =>
    link.attempt(async (connection) => {
      await connection.useDefault()
      return connection.rows(sql, values)
    })
  const fetchAll = async (remote: string): Promise<Branch[]> => {
    try {
      await link.attempt(async (connection) => {
        await connection.useDefault()
        const before = await tagsOf(connection)
        await connection.rows(`CALL dolt_fetch(${[...remoteUser(), remote].map(literal).join(', ')})`)
        await keepTags(connection, remote, before)
      })
    } catch (error) {
      if (isEmptyRemote(error)) return []
      throw remoteFault(await shown(remote), error)
    }
    return tracked(remote)
  }
  return {
    async remotes(): Promise<{ name: string; url: string }[]> {
      const rows = await link.rows('SELECT name, url FROM dolt_remotes ORDER BY name')
      return rows.map(([name, url]) => ({ name: name as string, url: url as string }))
    },
    remoteUrl: async (given: string): Promise<string> => doltRemoteUrl(given),
    async addRemote(name: string, url: string): Promise<void> {
      try {
        await call("CALL dolt_remote('add', ?, ?)", [name, url])
      } catch (error) {
        throw remoteFault(url, error)
      }
    },
    async removeRemote(name: string): Promise<void> {
      await call("CALL dolt_remote('remove', ?)", [name])
    },
    fetch: (remote: string): Promise<Branch[]> => fetchAll(remote),
    tracked: (remote: string): Promise<Branch[]> => tracked(remote),
    async push(remote: string, branch: string): Promise<boolean> {
      try {
        await call(`CALL dolt_push(${[...remoteUser(), remote, branch].map(literal).join(', ')})`, [])
        return true
      } catch (error) {
        const fault = remoteFault(await shown(remote), error)
        if (fault instanceof DoltflowError && fault.code === 'REMOTE_RACE') return false
        throw fault
      }
    },
    async deleteRemoteBranch(remote: string, branch: string): Promise<void> {
      try {
        await call(`CALL dolt_push(${[...remoteUser(), remote, `:${branch}`].map(literal).join(', ')})`, [])
      } catch (error) {
        throw remoteFault(await shown(remote), error)
      }
    },
    async pushTags(remote: string): Promise<string[]> {
      const own = new Map([...(await link.attempt(tagsOf))].filter(([tag]) => !isKept(tag)))
      if (own.size === 0) return []
      try {
        const theirs = await link.attempt(async (connection) => {
          await connection.useDefault()
          return tagsOfRemote(connection, remote, own)
        })
        const moved = [...theirs].find(([tag, hash]) => own.get(tag) !== hash)
        if (moved) throw tagElsewhere(await shown(remote), moved[0])
        for (const tag of own.keys())
          if (!theirs.has(tag))
            await call(`CALL dolt_push(${[...remoteUser(), remote, `refs/tags/${tag}`].map(literal).join(', ')})`, [])
      } catch (error) {
        throw error instanceof RefusedError ? error : remoteFault(await shown(remote), error)
      }
      return [...own.keys()]
    },
  }
}

/** What each of the engine's refusals means. */
export function remoteFault(remote: string, cause: unknown): DoltflowError {
  if (cause instanceof DoltflowError && cause.code === 'SERVER_UNREACHABLE') return cause
  return remoteError(remote, cause, WORDS)
}
