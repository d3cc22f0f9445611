import { createHash } from 'node:crypto'
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
  const url = plainRemoteUrl(
    given,
    ['file', 'http', 'https', 's3'],
    given.startsWith('s3:') ? "AWS's usual places (AWS_PROFILE, AWS_ACCESS_KEY_ID, ~/.aws)" : '~/.doltlite/creds',
  )
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

/**
 * Remotes as the engine speaks to them: `file://`, `http://`, `https://`; and buckets, `s3://`, of which it is given a gateway.
 */
export function remotes(connection: Connection) {
  return {
    remotes: (): { name: string; url: string }[] =>
      connection
        .all('SELECT name, url FROM dolt_remotes ORDER BY name')
        .map(([name, url]) => ({ name: name as string, url: url as string }))
        .filter(({ name }) => !name.startsWith(GATEWAY_PREFIX)),
    bucketOf(remote: string): string | undefined {
      const url = urlOf(connection, remote)
      return url?.startsWith('s3://') ? url : undefined
    },
    remoteUrl: (given: string): string => doltliteRemoteUrl(given),
    addRemote(name: string, url: string): void {
      connection.get("SELECT dolt_remote('add', ?, ?)", name, url)
    },
    removeRemote(name: string): void {
      const hidden = engineName(connection, name)
      connection.get("SELECT dolt_remote('remove', ?)", name)
      const isShared =
        connection.cell('SELECT 1 FROM dolt_remotes WHERE url = ?', urlOf(connection, hidden)) !== undefined
      if (hidden !== name && !isShared && urlOf(connection, hidden) !== undefined)
        connection.get("SELECT dolt_remote('remove', ?)", hidden)
    },
    /** Fetches all that a remote has; gives its branches. */
    fetch(remote: string, gateway?: string): Branch[] {
      if (isNewFile(connection, remote)) return []
      if (gateway !== undefined) pointAt(connection, remote, gateway)
      fetchAll(connection, remote)
      return tracked(connection, remote)
    },
    tracked: (remote: string): Branch[] => tracked(connection, remote),
    /** Sends a branch; false if the remote's has commits that ours doesn't have. */
    push(remote: string, branch: string, gateway?: string): boolean {
      if (gateway !== undefined) pointAt(connection, remote, gateway)
      const name = engineName(connection, remote)
      try {
        atRemote(shown(connection, remote), () => connection.get('SELECT dolt_push(?, ?)', name, branch))
        return true
      } catch (error) {
        if (error instanceof DoltflowError && error.code === 'REMOTE_RACE') return false
        throw error
      }
    },
    deleteRemoteBranch(remote: string, branch: string, gateway?: string): void {
      if (gateway !== undefined) pointAt(connection, remote, gateway)
      const name = engineName(connection, remote)
      atRemote(shown(connection, remote), () => connection.get('SELECT dolt_push(?, ?)', name, `:${branch}`))
    },
    pushTags(remote: string, gateway?: string): string[] {
      const own = tagsOf(connection)
      if (own.size === 0) return []
      const to = shown(connection, remote)
      if (gateway !== undefined) pointAt(connection, remote, gateway)
      const theirs = atRemote(to, () => tagsAt(gateway ?? urlOf(connection, remote)!))
      for (const [tag, hash] of own) if ((theirs.get(tag) ?? hash) !== hash) throw tagElsewhere(to, tag)
      atRemote(to, () => connection.get("SELECT dolt_push(?, '--tags')", engineName(connection, remote)))
      return [...own.keys()]
    },
    clone(url: string, gateway?: string, isLazy = false): void {
      const from = gateway ?? url
      atRemote(url, () => connection.get(isLazy ? "SELECT dolt_clone('--lazy', ?)" : 'SELECT dolt_clone(?)', from))
      if (gateway === undefined || isLazy) return
      connection.get("SELECT dolt_remote('remove', 'origin')")
      connection.get("SELECT dolt_remote('add', 'origin', ?)", url)
      pointAt(connection, 'origin', gateway)
      fetchAll(connection, 'origin')
    },
  }
}

/*
 * What the engine knows of a bucket, it knows under a remote of its own, whose URL is the gateway that serves the bucket just now:
 * the one that people see keeps the bucket's URL.
 */
const GATEWAY_PREFIX = `${UNNAMED_PREFIX}gateway-`

/** What the engine calls a remote. */
function engineName(connection: Connection, remote: string): string {
  const url = urlOf(connection, remote)
  if (!url?.startsWith('s3://')) return remote
  return `${GATEWAY_PREFIX}${createHash('sha256').update(url).digest('hex').slice(0, 12)}`
}

/** Points the engine at the gateway that serves a bucket now. What was seen of the bucket is seen again by the next fetch. */
function pointAt(connection: Connection, remote: string, gateway: string): void {
  const name = engineName(connection, remote)
  const url = urlOf(connection, name)
  if (url === gateway) return
  if (url !== undefined) connection.get("SELECT dolt_remote('remove', ?)", name)
  connection.get("SELECT dolt_remote('add', ?, ?)", name, gateway)
  if (url !== undefined) fetchAll(connection, remote)
}

/** Fetches, and puts back tags of ours that the engine moved to where the remote has them. */
function fetchAll(connection: Connection, remote: string): void {
  const ours = tagsOf(connection)
  atRemote(shown(connection, remote), () => connection.get('SELECT dolt_fetch(?)', engineName(connection, remote)))
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
  const prefix = `remotes/${engineName(connection, remote)}/`
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
