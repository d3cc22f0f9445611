import type { Session } from '../engines/engine.ts'
import { ConflictError } from '../errors.ts'
import type { Scratch } from '../system/scratch-name.ts'
import type { Hash, Schema } from '../types.ts'
import { buildAll, type ChangePlan, type TableChange } from './change-plan.ts'
import { isSchemaConflict, keepConflictingTables } from './conflict-branch.ts'
import { type Publication, type Published, publish } from './publish.ts'
import { restageAs } from './restage.ts'
import { createScratch } from './scratch.ts'

/** How often a save is built again to fit into shapes that others give its tables meanwhile. */
const TRIES = 20
/** Publishes; what can't be merged with the tables and columns that others made meanwhile is built again to fit, or kept. */
export async function publishFitting(
  session: Session,
  plan: ChangePlan,
  publication: Publication,
  scratches: Scratch[],
): Promise<Published> {
  // Others may give the tables one more shape while this fits them into the last one.
  for (let tries = 0; ; tries++) {
    const head = await session.head(plan.target)
    try {
      return await (tries === 0 && appendsToMultiset(plan)
        ? publishOnHead(session, plan, publication, scratches)
        : publish(session, publication))
    } catch (error) {
      if (!isSchemaConflict(error)) throw error
      const fitting = tries < TRIES ? await fittingChanges(session, plan, publication.work.commit) : undefined
      if (fitting) await buildAgain(session, plan, publication, scratches, fitting)
      else if (tries >= TRIES || (await session.head(plan.target)) === head)
        throw await session.shield(() => keepConflictingTables(session, publication, error))
    }
  }
}

/** Builds changes once more, on another commit or in another shape. */
async function buildAgain(
  session: Session,
  { main }: ChangePlan,
  publication: Publication,
  scratches: Scratch[],
  { base, changes }: { base: Hash; changes: readonly TableChange[] },
): Promise<void> {
  await publication.mayPublish?.()
  const scratch = await createScratch(session, base, main.id)
  scratches.push(scratch)
  const commit = await buildAll(session, scratch.name, base, changes, publication.signature)
  publication.base = base
  publication.work = { branch: scratch.name, commit: commit! }
}

/** Whether rows are appended to tables without a key: none is another one's, and a merge would take equal ones for the same. */
function appendsToMultiset({ changes, noMerge }: ChangePlan): boolean {
  const appends = changes.every(
    ({ change }) => change.kind === 'stage' && change.mode === 'append' && change.schema.key.length === 0,
  )
  return appends && !noMerge
}

/** If the branch moves meanwhile, the rows are appended to what it has then, as long as the tables' schemas allow it. */
async function publishOnHead(
  session: Session,
  plan: ChangePlan,
  publication: Publication,
  scratches: Scratch[],
): Promise<Published> {
  const { changes, target, base } = plan
  for (;;) {
    try {
      return await publish(session, { ...publication, noMerge: true })
    } catch (error) {
      if (!(error instanceof ConflictError) || !error.retryable) throw error
    }
    const head = (await session.head(target))!
    if (!(await fits(session, changes, base, head))) return publish(session, publication)
    await buildAgain(session, plan, publication, scratches, { base: head, changes })
  }
}

/** Whether changes made for one commit can be made on another: its tables are as they were, or as they are to be. */
export async function fits(
  session: Session,
  changes: readonly TableChange[],
  base: Hash,
  head: Hash,
): Promise<boolean> {
  const text = (schema: Schema | undefined): string => JSON.stringify(schema ?? null)
  for (const { change } of changes) {
    if (change.kind !== 'stage') return false
    const there = text(await session.schema(head, change.table))
    if (there !== text(change.schema) && there !== text(await session.schema(base, change.table))) return false
  }
  return true
}

/** If nobody else has made the tables, their first saves are built on the head, since an engine may not merge from an empty base. Otherwise new tables and columns take the shapes that they have there. */
async function fittingChanges(
  session: Session,
  { changes, target, base }: ChangePlan,
  theirs: Hash,
): Promise<{ base: Hash; changes: TableChange[] } | undefined> {
  const ours = (await session.head(target))!
  const fitting: TableChange[] = []
  let areNew = true
  for (const { change, pinned = [], ...finding } of changes) {
    if (change.kind !== 'stage') return undefined
    const isNew = !(await session.schema(base, change.table)) && !(await session.schema(ours, change.table))
    areNew &&= isNew
    const misfit = { table: change.table, base, ours, theirs, pinned }
    const conforming = isNew ? undefined : await restageAs(session, misfit)
    fitting.push({ ...finding, pinned, change: conforming ? { ...change, ...conforming, mode: 'replace' } : change })
  }
  if (areNew) return { base: ours, changes: fitting }
  return fitting.some(({ change }, index) => change !== changes[index]!.change) ? { base, changes: fitting } : undefined
}
