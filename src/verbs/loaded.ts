import type { Context } from '../context.ts'
import type { Session, ReadTarget } from '../engines/engine.ts'
import { forgetLoad, rememberLoad } from '../files/loaded-files.ts'
import type { Hash } from '../types.ts'

/**
 * Remembers which commit of which table a file was given, so that a later save of the file, edited, builds on it. A commit
 * that is no branch's head is remembered as such: saving the file makes the table what it was then.
 */
export async function rememberLoaded(
  session: Session,
  context: Context,
  source: ReadTarget,
  path: string,
  commit: Hash,
  { at, branch }: { at?: string; branch?: string },
): Promise<void> {
  if (!('table' in source)) return forgetLoad(path)
  const named = at ?? branch ?? context.branch
  const isHead = (await session.head(named)) === commit
  await rememberLoad(path, {
    database: context.engine.location,
    table: source.table,
    branch: isHead ? named : null,
    commit,
  })
}
