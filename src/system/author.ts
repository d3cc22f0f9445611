import { hostname, userInfo } from 'node:os'
import { UsageError } from '../errors.ts'

/** `user <user@host>` */
export function defaultAuthor(): string {
  let user = 'doltflow'
  try {
    user = userInfo().username || user
  } catch {
    // A container's user may have no name.
  }
  return `${user} <${user}@${hostname() || 'localhost'}>`
}

/** @throws {UsageError} OPTION_INVALID if it is not `Name <email>` */
export function checkedAuthor(author: string): string {
  if (/^[^<>\n\0]*[^<>\s\0][^<>\n\0]* <[^<>\s\0]+>$/.test(author)) return author
  throw new UsageError('OPTION_INVALID', `The author ${JSON.stringify(author)} is not of the form "Name <email>".`, {
    data: { author },
  })
}
