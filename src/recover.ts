import { newAction, type Action } from './action.ts'
import type { Session } from './engines/engine.ts'
import { isGone } from './owner.ts'
import { readRecords, writeRecord } from './records.ts'
import { parseScratch } from './scratch.ts'
import { TRAILERS } from './message.ts'
import type { Branch, Commit } from './types.ts'

/** How far back a published commit is looked for. */
const DEPTH = 10_000

/**
 * Cleans up after processes that are surely gone: a save that was published but not recorded is recorded from
 * its commit's trailers; then its scratch branch goes.
 */
export async function recover(session: Session): Promise<void> {
  const branches = await session.branches()
  for (const branch of branches) {
    const scratch = parseScratch(branch.name)
    if (!scratch || !isGone(scratch.owner, scratch.since)) continue
    await recordIfPublished(session, branch, branches)
    await session.deleteBranch(branch.name).catch(ignoreMissing(session, branch.name))
  }
}

/** Two processes may clean up at once: what the other has removed is no error. */
function ignoreMissing(session: Session, name: string): (error: unknown) => Promise<void> {
  return async (error) => {
    if (await session.branch(name)) throw error
  }
}

async function recordIfPublished(session: Session, scratch: Branch, branches: Branch[]): Promise<void> {
  const commit = await session.commit(scratch.hash)
  const id = commit?.trailers[TRAILERS.action]
  if (!commit || id === undefined) return
  const target = branches.find(({ name }) => name === commit.trailers[TRAILERS.branch])
  if (!target || !(await session.isAncestor(commit.hash, target.hash))) return
  if ((await readRecords(session, { id })).length > 0) return
  await writeRecord(session, await actionOf(session, commit, target))
}

async function actionOf(session: Session, commit: Commit, target: Branch): Promise<Action> {
  const { trailers } = commit
  const id = trailers[TRAILERS.action]!
  const log = await session.log(target.hash, DEPTH)
  const published = log.find((other) => other.trailers[TRAILERS.action] === id) ?? commit
  const table = trailers[TRAILERS.table] ?? null
  const base = commit.parents[0]!
  const counts = table === null ? undefined : await session.countDiff(base, commit.hash, table)
  return {
    ...newAction((trailers[TRAILERS.kind] as Action['kind']) ?? 'save', id, new Date(commit.date)),
    table,
    file: trailers[TRAILERS.file] ?? null,
    sourceHash: trailers[TRAILERS.source] ?? null,
    branch: target.name,
    fromCommit: base,
    fileCommit: commit.hash,
    toCommit: published.hash,
    changed: true,
    merged: published.hash !== commit.hash,
    tableHash: table === null ? null : ((await session.tableHash(published.hash, table)) ?? null),
    ...counts,
    run: trailers[TRAILERS.run] ?? null,
    step: trailers[TRAILERS.step] ?? null,
    author: commit.author,
    data: trailers[TRAILERS.data] === undefined ? null : (JSON.parse(trailers[TRAILERS.data]!) as unknown),
  }
}
