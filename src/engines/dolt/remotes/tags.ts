import { reasonOf } from '../../../errors.ts'
import { REMOTE_TAGS_PREFIX } from '../../../model/names.ts'
import type { Hash } from '../../../types.ts'
import type { Connection } from '../connection/connection.ts'
import { isEmptyRemote } from '../connection/faults.ts'
import { literal } from '../connection/sql.ts'
import { remoteUser } from './url.ts'

/*
 * Dolt's fetch moves a tag of ours to where the remote has it, once, and tells nothing; its push moves the remote's. So
 * what a fetch moved is put back, and the remote's own is kept under a name of ours; and a remote is asked for each tag
 * by its name before one is pushed, since a fetch brings those alone whose commits it has.
 */

/** Whether a tag is none of the user's. */
export function isKept(tag: string): boolean {
  return tag.startsWith(REMOTE_TAGS_PREFIX)
}

export async function tagsOf(connection: Connection): Promise<Map<string, Hash>> {
  const rows = await connection.rows('SELECT tag_name, tag_hash FROM dolt_tags ORDER BY tag_name')
  return new Map(rows as [string, Hash][])
}

/** Puts back what a fetch moved. @param before the tags before it */
export async function keepTags(
  connection: Connection,
  remote: string,
  before: ReadonlyMap<string, Hash>,
): Promise<void> {
  const now = await tagsOf(connection)
  const place = async (name: string, at: Hash): Promise<void> => {
    if (now.has(name)) await connection.rows("CALL dolt_tag('-d', ?)", [name])
    await connection.rows('CALL dolt_tag(?, ?)', [name, at])
  }
  for (const [name, theirs] of now) {
    const own = before.get(name)
    const kept = `${REMOTE_TAGS_PREFIX}${remote}/`
    if (own !== undefined && own !== theirs && !isKept(name)) {
      await place(`${kept}${name}`, theirs)
      await place(name, own)
    }
    // Ours is gone: the remote's has its place.
    if (name.startsWith(kept) && !now.has(name.slice(kept.length))) await place(name.slice(kept.length), theirs)
  }
}

/** Where a remote has tags of ours; those that it doesn't have are left out. */
export async function tagsOfRemote(
  connection: Connection,
  remote: string,
  own: ReadonlyMap<string, Hash>,
): Promise<Map<string, Hash>> {
  const kept = (tag: string): string => `${REMOTE_TAGS_PREFIX}${remote}/${tag}`
  const before = await tagsOf(connection)
  const there = await fetchTags(connection, remote, [...own.keys()], kept)
  await keepTags(connection, remote, before)
  const now = await tagsOf(connection)
  const theirs = new Map(there.map((tag) => [tag, now.get(kept(tag))!]))
  for (const [tag, hash] of own)
    if (now.has(kept(tag)) && (theirs.get(tag) ?? hash) === hash)
      await connection.rows("CALL dolt_tag('-d', ?)", [kept(tag)])
  return theirs
}

/** Fetches tags, each to another name; gives those that the remote has. */
async function fetchTags(
  connection: Connection,
  remote: string,
  tags: readonly string[],
  to: (tag: string) => string,
): Promise<string[]> {
  let asked = tags
  while (asked.length > 0) {
    const specs = asked.map((tag) => `refs/tags/${tag}:refs/tags/${to(tag)}`)
    try {
      await connection.rows(`CALL dolt_fetch(${[...remoteUser(), remote, ...specs].map(literal).join(', ')})`)
      return [...asked]
    } catch (error) {
      if (isEmptyRemote(error)) return []
      // The first that the remote doesn't have.
      const missing = /invalid ref ?spec: '(.*)'/is.exec(reasonOf(error))?.[1]
      if (missing === undefined || !asked.includes(missing)) throw error
      asked = asked.filter((tag) => tag !== missing)
    }
  }
  return []
}
