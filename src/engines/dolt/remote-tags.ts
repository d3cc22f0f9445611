import type { Hash } from '../../types.ts'
import { tagElsewhere } from '../moved-tag.ts'
import type { Connection } from './connection.ts'

/*
 * Dolt's fetch moves a tag of ours to where the remote has it, once, and tells nothing; its push moves the remote's. So
 * what a fetch moved is put back, and the remote's own is kept under a name of ours, to be told of by a push.
 */

const PREFIX = 'doltflow/remote/'

/** Whether a tag is none of the user's. */
export function isKept(tag: string): boolean {
  return tag.startsWith(PREFIX)
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
    const kept = `${PREFIX}${remote}/`
    if (own !== undefined && own !== theirs) {
      await place(`${kept}${name}`, theirs)
      await place(name, own)
    }
    // Ours is gone: the remote's has its place.
    if (name.startsWith(kept) && !now.has(name.slice(kept.length))) await place(name.slice(kept.length), theirs)
  }
}

/** @throws {RefusedError} TAG_EXISTS where the remote is known to have one of ours at another commit */
export function refuseMovedTags(remote: string, url: string, tags: ReadonlyMap<string, Hash>): void {
  for (const [tag, own] of tags) {
    const theirs = tags.get(`${PREFIX}${remote}/${tag}`)
    if (theirs !== undefined && theirs !== own) throw tagElsewhere(`${remote} (${url})`, tag)
  }
}
