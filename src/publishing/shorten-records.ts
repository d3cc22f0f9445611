import type { Session } from '../engines/engine.ts'
import { RECORDS_BRANCH } from '../model/names.ts'
import { newId } from '../system/id.ts'
import type { Hash } from '../types.ts'
import { createScratch, dropScratch } from './scratch.ts'

/*
 * Rows of doltflow's own tables are only ever added: the last commit of the records has all that the ones before it had. Yet
 * each of these commits keeps pages of every table and index that it touched, most of the file of a database of many runs.
 */

const SIGNATURE = { message: 'records', author: 'doltflow <doltflow@localhost>' }

/**
 * Makes one commit of the history of the records, but of what a remote has: a push goes on from there. Nothing happens if
 * others write records meanwhile, and on Dolt, which moves a branch only forward: a record that is lost is worse than a large file.
 */
export async function shortenRecords(session: Session): Promise<void> {
  const head = await session.head(RECORDS_BRANCH)
  const since = head && (await startOf(session, head))
  if (!head || !since || since === head || (await session.ancestor(head, 1)) === since) return
  const scratch = await createScratch(session, head, newId())
  try {
    const { commit } = await session.squash(scratch.name, since, SIGNATURE)
    if (commit === undefined) return
    await session.shield(async () => {
      // A pull notes the head as one that the branch must lead to.
      await session.acknowledge?.(RECORDS_BRANCH, undefined)
      await session.fastForward(RECORDS_BRANCH, head, commit)
    })
  } finally {
    await dropScratch(session, scratch)
  }
}

/** The newest commit that any remote has, as far as was last seen, or the first one; undefined if two remotes have different ones. */
async function startOf(session: Session, head: Hash): Promise<Hash | undefined> {
  let newest: Hash | undefined
  for (const { name } of await session.remotes()) {
    const seen = (await session.tracked(name)).find((branch) => branch.name === RECORDS_BRANCH)
    const shared = seen && (await session.mergeBase(seen.hash, head))
    if (!shared || (newest && (await session.isAncestor(shared, newest)))) continue
    if (newest && !(await session.isAncestor(newest, shared))) return undefined
    newest = shared
  }
  return newest ?? (await session.log(head, Number.MAX_SAFE_INTEGER)).at(-1)?.hash
}
