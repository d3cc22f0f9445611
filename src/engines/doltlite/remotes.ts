import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DoltflowError, UsageError } from '../../errors.ts'
import { UNNAMED_PREFIX } from '../../model/names.ts'
import type { Branch, Hash } from '../../types.ts'
import { remoteError, tagElsewhere, type RemoteWords } from '../refusals.ts'
import { plainRemoteUrl } from '../remote-url.ts'
import { Connection } from './connection/connection.ts'

/** @throws {UsageError} URL_INVALID */
export function doltliteRemoteUrl(given: string): string {
  const url = plainRemoteUrl(given, ['file', 'http', 'https'], '~/.doltlite/creds')
  if (url.startsWith('file://') && isFolder(url.slice('file://'.length)))
    throw new UsageError(
      'URL_INVALID',
      `${url} is a folder, and a remote is a file. Name one in it, which the first push makes: ${url.replace(/\/*$/, '')}/remote.db`,
      { data: { url } },
    )
  return url
}

function isFolder(path: string): boolean {
  return path.endsWith('/') || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)
}

/** How the engine says it. */
const WORDS: RemoteWords = {
  moved: /fast-forward|refs changed/,
  unreachable: /connect|open remote|read remote refs|timed? ?out|resolve|file is not a database/,
}
const COPY_IT =
  ' The engine locks a file:// remote even to read it, and this one may only be read: copy the file where you may write, and name the copy.'

/** Remotes as the engine speaks to them: `file://`, `http://`, `https://`. */
export function remotes(connection: Connection) {
  return {
    remotes: (): { name: string; url: string }[] =>
      connection
        .all('SELECT name, url FROM dolt_remotes ORDER BY name')
        .map(([name, url]) => ({ name: name as string, url: url as string })),
    remoteUrl: (given: string): string => doltliteRemoteUrl(given),
    addRemote(name: string, url: string): void {
      connection.get("SELECT dolt_remote('add', ?, ?)", name, url)
    },
    removeRemote(name: string): void {
      connection.get("SELECT dolt_remote('remove', ?)", name)
    },
    /** Fetches all that a remote has; gives its branches. */
    fetch(remote: string): Branch[] {
      if (isNewFile(connection, remote)) return []
      fetchAll(connection, remote)
      return tracked(connection, remote)
    },
    tracked: (remote: string): Branch[] => tracked(connection, remote),
    /** Sends a branch; false if the remote's has commits that ours doesn't have. */
    push(remote: string, branch: string): boolean {
      try {
        atRemote(shown(connection, remote), () => connection.get('SELECT dolt_push(?, ?)', remote, branch))
        return true
      } catch (error) {
        if (error instanceof DoltflowError && error.code === 'REMOTE_RACE') return false
        throw error
      }
    },
    pushTags(remote: string): string[] {
      const own = tagsOf(connection)
      if (own.size === 0) return []
      const to = shown(connection, remote)
      const theirs = atRemote(to, () => tagsAt(urlOf(connection, remote)!))
      for (const [tag, hash] of own) if ((theirs.get(tag) ?? hash) !== hash) throw tagElsewhere(to, tag)
      atRemote(to, () => connection.get("SELECT dolt_push(?, '--tags')", remote))
      return [...own.keys()]
    },
    clone(url: string): void {
      atRemote(url, () => connection.get('SELECT dolt_clone(?)', url))
    },
  }
}

/** Fetches, and puts back tags of ours that the engine moved to where the remote has them. */
function fetchAll(connection: Connection, remote: string): void {
  const ours = tagsOf(connection)
  atRemote(shown(connection, remote), () => connection.get('SELECT dolt_fetch(?)', remote))
  for (const [name, hash] of tagsOf(connection)) {
    const own = ours.get(name)
    if (own === undefined || own === hash) continue
    connection.get("SELECT dolt_tag('-d', ?)", name)
    connection.get('SELECT dolt_tag(?, ?)', name, own)
  }
}

/**
 * The tags of a remote: a push would move them, and a fetch brings those alone whose commits are on a branch there. A
 * lazy clone into memory is its refs, and nothing else.
 */
function tagsAt(url: string): Map<string, Hash> {
  const memory = new Connection(':memory:')
  try {
    memory.get("SELECT dolt_clone('--lazy', ?)", url)
    return tagsOf(memory)
  } finally {
    memory.close()
  }
}

function tagsOf(connection: Connection): Map<string, Hash> {
  return new Map(connection.all('SELECT tag_name, tag_hash FROM dolt_tags ORDER BY tag_name') as [string, Hash][])
}

/** A remote's name with its URL; the URL alone where nobody gave it a name. */
function shown(connection: Connection, remote: string): string {
  const url = urlOf(connection, remote)
  return remote.startsWith(UNNAMED_PREFIX) ? url! : `${remote} (${url})`
}

function urlOf(connection: Connection, remote: string): string | undefined {
  return connection.cell<string>('SELECT url FROM dolt_remotes WHERE name = ?', remote)
}

/** Whether a remote is a file that the first push will make. */
function isNewFile(connection: Connection, remote: string): boolean {
  const url = urlOf(connection, remote)
  if (!url?.startsWith('file://')) return false
  const path = url.slice('file://'.length)
  return !existsSync(path) && existsSync(dirname(path))
}

function tracked(connection: Connection, remote: string): Branch[] {
  const prefix = `remotes/${remote}/`
  return connection
    .all('SELECT name, hash FROM dolt_remote_branches')
    .filter(([name]) => (name as string).startsWith(prefix))
    .map(([name, hash]) => ({ name: (name as string).slice(prefix.length), hash: hash as Hash }))
}

function mayOnlyBeRead(remote: string): boolean {
  const path = /file:\/\/([^)]+)/.exec(remote)?.[1]
  if (path === undefined || !existsSync(path)) return false
  try {
    accessSync(path, constants.W_OK)
    accessSync(dirname(path), constants.W_OK)
    return false
  } catch {
    return true
  }
}

/** Does a remote's part of the work. @throws {DoltflowError} REMOTE_RACE, REMOTE_UNREACHABLE, REMOTE_REFUSED */
function atRemote<T>(remote: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw remoteError(remote, cause, WORDS, mayOnlyBeRead(remote) ? COPY_IT : '')
  }
}
