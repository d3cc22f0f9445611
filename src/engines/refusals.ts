import { RefusedError } from '../errors.ts'

/**
 * The error for a tag that a remote has at another commit than we.
 * @param remote its name and URL
 */
export function tagElsewhere(remote: string, tag: string): RefusedError {
  return new RefusedError(
    'TAG_EXISTS',
    `The remote ${remote} has a tag ${tag} at another commit; a tag does not move. The branches were sent. Give our tag another name (doltflow tag NEW ${tag}), delete it (doltflow tag ${tag} --delete), and push again.`,
    { data: { remote, tag } },
  )
}
