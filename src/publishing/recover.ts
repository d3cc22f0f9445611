import type { Session } from '../engines/engine.ts'
import { readRecords, writeRecord } from '../history/records.ts'
import { composeAction, newIntent, type Action } from '../model/action.ts'
import { isShared, RECORDS_BRANCH } from '../model/names.ts'
import { nullsOfSave, TRAILERS, type OtherTable } from '../model/trailers.ts'
import { parseLease } from '../system/lease.ts'
import { isGone, ownerText } from '../system/owner.ts'
import { hex, parseScratch, type Scratch } from '../system/scratch-name.ts'
import type { Branch, Commit, Hash } from '../types.ts'
import { abandonScratch, dropScratch, isAbandoned } from './scratch.ts'

/** How far back a published commit is looked for. */
const DEPTH = 10_000

/**
 * Cleans up after processes that are surely gone: a save that was published but not recorded is recorded from
 * its commit's trailers; then its scratch branch goes, and the files it left beside the database.
 */
export async function recover(session: Session): Promise<void> {
  const names = (await session.branches()).map(({ name }) => name)
  const renewed = new Map<string, number>()
  for (const name of names) {
    const lease = parseLease(name)
    if (lease) renewed.set(ownerText(lease.owner), lease.renewed)
    if (lease && isGone(lease.owner, lease.renewed)) await session.deleteBranch(name).catch(() => {})
  }
  for (const name of names) {
    const scratch = parseScratch(name)
    if (!scratch) continue
    const since = Math.max(scratch.since, renewed.get(ownerText(scratch.owner)) ?? 0)
    if (await isAbandoned(session, { ...scratch, since })) await settle(session, scratch)
  }
  await session.sweep?.()
}

/** Records what a branch has of an id, though its process was taken for gone before it published. */
export async function recordLate(session: Session, id: string, target: string): Promise<void> {
  const head = await session.head(target)
  const log = head === undefined ? [] : await session.log(head, DEPTH)
  // The oldest one: a merge repeats the trailers of what it merged.
  const work = log.findLast(({ trailers }) => trailers[TRAILERS.action] === id)
  if (work) await recordIfPublished(session, { idHex: hex(id) }, work.hash)
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
    for (const { name, hash } of branches) if (hash === work.hash && isShared(name)) await session.finishMove?.(name)
    await recordIfPublished(session, scratch, work.hash)
  })
  await dropScratch(session, scratch)
}

async function recordIfPublished(session: Session, { idHex }: Pick<Scratch, 'idHex'>, hash: Hash): Promise<void> {
  const commit = await session.commit(hash)
  const id = commit?.trailers[TRAILERS.action]
  // A scratch branch without a commit of its own shows its base's.
  if (!commit || id === undefined || hex(id) !== idHex) return
  const target = commit.trailers[TRAILERS.branch] ?? ''
  const head = await session.head(target)
  if (head === undefined || !(await session.isAncestor(commit.hash, head))) return
  // The main action is recorded last. A record that was written but not committed is seen here, and not in a clone.
  const [known] = await readRecords(session, { id })
  if (known && (await session.dirtyTables(RECORDS_BRANCH)).length === 0) return
  for (const action of await actionsOf(session, commit, { name: target, hash: head })) {
    const [there] = await readRecords(session, { id: action.id })
    await writeRecord(session, there ?? action)
  }
}

/** The actions of a published commit, the main one last. */
async function actionsOf(session: Session, commit: Commit, target: Branch): Promise<Action[]> {
  const { trailers } = commit
  const id = trailers[TRAILERS.action]!
  const log = await session.log(target.hash, DEPTH)
  const published = log.find((other) => other.trailers[TRAILERS.action] === id) ?? commit
  const others = JSON.parse(trailers[TRAILERS.tables] ?? '[]') as OtherTable[]
  const main: OtherTable = {
    id,
    table: trailers[TRAILERS.table] ?? null,
    file: trailers[TRAILERS.file] ?? null,
    source: trailers[TRAILERS.source] ?? null,
    nulls: nullsOfSave(trailers, trailers[TRAILERS.table] ?? ''),
  }
  const actions: Action[] = []
  for (const one of [...others, main]) actions.push(await actionOf(session, commit, published.hash, target, one))
  return actions
}

async function actionOf(
  session: Session,
  commit: Commit,
  published: Hash,
  target: Branch,
  { id, table, file, source, nulls = [] }: OtherTable,
): Promise<Action> {
  const { trailers } = commit
  const base = commit.parents[0]!
  const hashAt = async (hash: Hash): Promise<Hash | null> =>
    table === null ? null : ((await session.tableHash(hash, table)) ?? null)
  const counts = table === null ? undefined : await session.countDiff(base, commit.hash, table)
  const isAlone = trailers[TRAILERS.tables] === undefined
  const intent = {
    ...newIntent((trailers[TRAILERS.kind] as Action['kind']) ?? 'save', id, new Date(commit.date)),
    table,
    file,
    parameters: nulls.length === 0 ? null : { nulls },
    branch: target.name,
    run: trailers[TRAILERS.run] ?? null,
    step: trailers[TRAILERS.step] ?? null,
    author: commit.author,
    data: trailers[TRAILERS.data] === undefined ? null : (JSON.parse(trailers[TRAILERS.data]!) as unknown),
  }
  return composeAction(intent, {
    sourceHash: source,
    fromCommit: base,
    fileCommit: commit.hash,
    toCommit: published,
    changed: isAlone || (await hashAt(base)) !== (await hashAt(commit.hash)),
    merged: published !== commit.hash,
    tableHash: await hashAt(published),
    ...counts,
    durationMs: 0,
  })
}
