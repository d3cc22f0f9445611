import type { Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { UsageError } from '../../errors.ts'
import { readRecords } from '../../history/records.ts'
import { asRepeated, type Action } from '../../model/action.ts'
import { previewChanges } from '../../publishing/commit-changes.ts'
import type { Placement } from './branch-plan.ts'
import type { SaveOptions } from './save-options.ts'
import { stageSave, type StagedSave, type TableSave } from './stage-table.ts'

/**
 * The actions of a save whose id was done before: nothing is saved now, and they say so.
 * @param first the action that has the id
 * @throws {UsageError} ID_TAKEN if the rows are other ones than the first time, unless `onRepeat` is `first`
 */
export async function repeatSave(
  session: Session,
  context: Context,
  saves: readonly TableSave[],
  first: Action,
  options: SaveOptions,
): Promise<Action[]> {
  const actions = [first]
  for (const { intent } of saves.slice(1)) actions.push(...(await readRecords(session, { id: intent.id })))
  if (options.onRepeat !== 'first') await requireSameRows(session, context, saves, actions)
  return actions.map(asRepeated)
}

/** Staged on what the first save was built on, the same rows make the same tables, whatever file they come in. */
async function requireSameRows(
  session: Session,
  context: Context,
  saves: readonly TableSave[],
  actions: readonly Action[],
): Promise<void> {
  const [first] = actions as [Action]
  const base = first.fromCommit
  // What was merged away whole, or whose history was collected, can't be compared any more.
  if (base === null || first.fileCommit === null || !(await session.commit(base))) return
  const placement: Placement = { target: first.branch ?? context.branch, base, create: false, floats: false }
  const staged: StagedSave[] = []
  for (const save of saves) {
    const one = await stageSave(session, save, placement)
    const known = actions.find(({ id }) => id === save.intent.id)
    if ('change' in one && one.found.sourceHash !== known?.sourceHash) staged.push(one)
  }
  const [main] = staged
  if (!main) return
  const previews = await previewChanges(session, {
    ...placement,
    changes: staged,
    main: main.intent,
    message: 'compare a repeated save with the first',
    policy: 'fail',
    noMerge: false,
    sinks: [],
  })
  for (const { id, table, tableHash } of previews) {
    const then = (await session.tableHash(first.fileCommit, table!)) ?? null
    if (tableHash !== then) throw otherRows(first, id, table!)
  }
}

function otherRows(first: Action, id: string, table: string): UsageError {
  return new UsageError(
    'ID_TAKEN',
    `The id ${id} was saved at ${first.startedAt} with other rows of ${table}; nothing is saved now. An id names one call: give this one its own, such as ${id}-2. If a retry may bring other rows, give onRepeat: 'first'.`,
    { data: { id, table, startedAt: first.startedAt, toCommit: first.toCommit } },
  )
}
