import { RefusedError } from './errors.ts'
import type { Session } from './engines/engine.ts'
import type { Branch } from './types.ts'

/* Tags travel with fetch and push. To the engines the last one wins; here a tag, once made, does not move. */

/** Fetches, and puts back tags of ours that the remote has at other commits; gives their names. */
export async function fetchAll(session: Session, remote: string): Promise<{ branches: Branch[]; differing: string[] }> {
  const ours = new Map((await session.tags()).map(({ name, hash }) => [name, hash]))
  return session.shield(async () => {
    const branches = await session.fetch(remote)
    const differing: string[] = []
    for (const { name, hash } of await session.tags()) {
      const own = ours.get(name)
      if (own === undefined || own === hash) continue
      differing.push(name)
      await session.deleteTag(name)
      await session.createTag(name, own)
    }
    return { branches, differing }
  })
}

/**
 * Sends every tag; gives their names.
 * @throws {RefusedError} TAG_EXISTS where the remote has one of that name at another commit
 */
export async function pushTags(session: Session, remote: string): Promise<string[]> {
  const tags = (await session.tags()).map(({ name }) => name)
  if (tags.length === 0) return tags
  const [tag] = (await fetchAll(session, remote)).differing
  if (tag !== undefined)
    throw new RefusedError(
      'TAG_EXISTS',
      `The remote ${remote} has a tag ${tag} at another commit; a tag does not move. The branches were sent. Give our tag another name (doltflow tag NEW ${tag}), delete it (doltflow tag ${tag} --delete), and push again.`,
      { data: { remote, tag } },
    )
  await session.pushTags(remote)
  return tags
}
