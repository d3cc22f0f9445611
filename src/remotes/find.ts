import { createHash } from 'node:crypto'
import type { Session } from '../engines/engine.ts'
import { NotFoundError } from '../errors.ts'
import { blank, call } from '../model/advice.ts'
import { UNNAMED_PREFIX } from '../model/names.ts'

/** A remote as a session knows it. */
export interface KnownRemote {
  /** What the session calls it. */
  name: string
  /** What people call it: its name, or its URL where it was given no name. */
  shown: string
}

/** The remotes that were given a name. */
export async function namedRemotes(session: Session): Promise<{ name: string; url: string }[]> {
  return (await session.remotes()).filter(({ name }) => !isUnnamed(name))
}

/**
 * A remote by its name or URL. What is seen of one that is used by its URL alone is kept, but it gets no name.
 * @param given default: `origin`, else the only one there is
 * @throws {NotFoundError} REMOTE_NOT_FOUND
 * @throws {UsageError} URL_INVALID
 */
export async function findRemote(session: Session, given: string | undefined): Promise<KnownRemote> {
  const saved = await session.remotes()
  // A saved remote's name has no slash.
  const url = given?.includes('/') ? await session.remoteUrl(given) : undefined
  const named = saved.filter(({ name }) => !isUnnamed(name))
  const found =
    named.find(({ name }) => name === (given ?? 'origin')) ??
    [...named, ...saved].find((other) => other.url === url) ??
    (given === undefined && saved.length === 1 ? saved[0] : undefined)
  if (found) return known(found)
  if (url === undefined) {
    const name = given ?? 'origin'
    throw new NotFoundError(
      'REMOTE_NOT_FOUND',
      `There is no remote ${name}. Add it: ${call('addRemote', [name, blank('URL')])}`,
      { data: { remote: name, remotes: named.map((other) => other.name) } },
    )
  }
  const name = `${UNNAMED_PREFIX}${createHash('sha256').update(url).digest('hex').slice(0, 12)}`
  await session.addRemote(name, url)
  return { name, shown: url }
}

/** The remotes that were given a name, and the default one. */
export async function followedRemotes(session: Session, byDefault: string | null): Promise<KnownRemote[]> {
  const url = byDefault?.includes('/') ? await session.remoteUrl(byDefault) : undefined
  return (await session.remotes())
    .filter((remote) => !isUnnamed(remote.name) || remote.url === url)
    .map((remote) => known(remote))
}

function known({ name, url }: { name: string; url: string }): KnownRemote {
  return { name, shown: isUnnamed(name) ? url : name }
}

function isUnnamed(name: string): boolean {
  return name.startsWith(UNNAMED_PREFIX)
}
