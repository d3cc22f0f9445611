import { newAction, type Action } from './action.ts'
import type { Session } from './engines/engine.ts'
import { readRecords, writeRecord } from './records.ts'
import { abandonScratch, dropScratch, hex, isAbandoned, parseScratch, type Scratch } from './scratch.ts'
import { RECORDS_BRANCH } from './names.ts'
import { isShared } from './remote.ts'
import { TRAILERS } from './message.ts'
import type { Branch, Commit, Hash } from './types.ts'

/** How far back a published commit is looked for. */
const DEPTH = 10_000

/**
 * Cleans up after processes that are surely gone: a save that was published but not recorded is recorded from
 * its commit's trailers; then its scratch branch goes, and the files it left beside the database.
 */
export async function recover(session: Session): Promise<void> {
  for (const { name } of await session.branches()) {
    const scratch = parseScratch(name)
    if (scratch && isAbandoned(scratch)) await settle(session, scratch)
  }
  await session.sweep()
}

/**
 * Ends work that nobody goes on with: a branch that was being moved to it is moved wholly, it is recorded where it
 * was published, and its scratch branch goes.
 */
export async function settle(session: Session, scratch: Scratch): Promise<void> {
  abandonScratch(scratch)
  await session.shield(async () => {
    // What the process did last is seen only now that it is known to be gone.
    const branches = await session.branches()
    const work = branches.find(({ name }) => name === scratch.name)
    if (!work) return
    for (const { name, hash } of branches) if (hash === work.hash && isShared(name)) await session.finishMove(name)
    await recordIfPublished(session, scratch, work.hash)
  })
  await dropScratch(session, scratch)
}

async function recordIfPublished(session: Session, { idHex }: Scratch, hash: Hash): Promise<void> {
  const commit = await session.commit(hash)
  const id = commit?.trailers[TRAILERS.action]
  // A scratch branch without a commit of its own shows its base's.
  if (!commit || id === undefined || hex(id) !== idHex) return
  const target = commit.trailers[TRAILERS.branch] ?? ''
  const head = await session.head(target)
  if (head === undefined || !(await session.isAncestor(commit.hash, head))) return
  const [known] = await readRecords(session, { id })
  // A record that was written but not committed is seen here, and not in a clone.
  if (known && (await session.dirtyTables(RECORDS_BRANCH)).length === 0) return
  await writeRecord(session, known ?? (await actionOf(session, commit, { name: target, hash: head })))
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
