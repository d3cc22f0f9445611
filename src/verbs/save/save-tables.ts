import { ownChecks } from '../../checks/own-checks.ts'
import { guarded, withWritingSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { UsageError } from '../../errors.ts'
import { hashFiles } from '../../files/hash-files.ts'
import { pathsOf, requireFiles, type Source } from '../../files/source.ts'
import { holdingErrors, lookAt } from '../../files/stream.ts'
import type { Action, Finding, Intent, Notice } from '../../model/action.ts'
import { checkTableName } from '../../model/names.ts'
import type { ChangePlan } from '../../publishing/change-plan.ts'
import { firstOfItsId, requireSameCall } from '../../publishing/claim-id.ts'
import { previewChanges } from '../../publishing/commit-changes.ts'
import { commitInTurn } from '../../publishing/in-turn.ts'
import { queued, type QueuedCall } from '../../publishing/queue.ts'
import { pullBefore, pushAfter } from '../../remotes/around-save.ts'
import { sinksOf } from '../../sinks/bind.ts'
import { record } from '../../sinks/record.ts'
import type { BoundSink } from '../../sinks/sink.ts'
import { failpoint } from '../../system/failpoint.ts'
import type { Hash } from '../../types.ts'
import { beginAction } from '../begin-action.ts'
import { handled } from '../handles.ts'
import { placeSave, targetOf } from './branch-plan.ts'
import { loadedBase, moveLoaded } from './loaded-base.ts'
import { repeatSave } from './repeat-save.ts'
import type { SaveAllOptions, SaveOptions } from './save-options.ts'
import { mayBeKnown, stageSave, type StagedSave, type TableSave } from './stage-table.ts'

export interface GivenSave {
  table: string
  source: Source
  options: SaveOptions
}

/** Saves tables as one commit. The first one's action has the id that was given; the others' begin with it. */
export async function saveTables(
  context: Context,
  given: readonly GivenSave[],
  options: SaveOptions,
): Promise<Action[]> {
  const streams = lookAt(() => given.flatMap(({ source }) => [source, Object(source).rows as unknown]))
  const stopped = given.map((one) => ({ ...one, options: guarded(context, one.options) }))
  const target = targetOf(options.branch ?? context.branch)
  const tables = given.map(({ table }) => table)
  return holdingErrors(streams, () =>
    queued(context.engine.location, target, tables, (call) =>
      saveHeld(context, call, stopped, guarded(context, options)),
    ),
  )
}

async function saveHeld(
  context: Context,
  call: QueuedCall,
  given: readonly GivenSave[],
  options: SaveOptions,
): Promise<Action[]> {
  if (given.length === 0) throw new UsageError('USAGE', 'A save needs at least one table.')
  // The engine starts meanwhile; whether the hashes are of use is known only then.
  const unneeded = new AbortController()
  const { signal, onProgress } = options
  const hashing = AbortSignal.any([unneeded.signal, ...(signal ? [signal] : [])])
  const saves: TableSave[] = []
  for (const one of given) saves.push(await begin(context, one, saves.length === 0, hashing))
  const [main] = saves.map(({ intent }) => intent) as [Intent]
  const saving = withWritingSession(
    context,
    async (session) => {
      const first =
        options.id === undefined ? undefined : await firstOfItsId(session, options.id, { signal, onProgress })
      const remote = options.dryRun ? null : (options.remote ?? context.remote)
      const withHandles = (actions: Action[]): Promise<Action[]> =>
        session.shield(() => handledAll(session, context, actions, options))
      if (first) {
        requireSameCall(first, main)
        // What was saved may not have been pushed then: the first try may have been killed between, or found no network.
        await pushAfter(session, await pullBefore(session, remote, first), first)
        return withHandles(await repeatSave(session, context, saves, first, options))
      }
      const pulled = await pullBefore(session, remote, main)
      failpoint('pulled')
      const actions = await saveHere(context, session, call, saves, options)
      failpoint('saved')
      await moveLoaded(context, saves, actions, options)
      await pushAfter(session, pulled, actions[0]!)
      failpoint('pushed')
      return withHandles(actions)
    },
    { signal, onProgress, write: !options.dryRun, mayWait: lookAt(() => !saves.every(isAtHand)) },
  )
  return saving.finally(() => unneeded.abort())
}

async function begin(
  context: Context,
  { table, source, options }: GivenSave,
  isFirst: boolean,
  hashing: AbortSignal,
): Promise<TableSave> {
  checkTableName(table)
  const paths = lookAt(() => pathsOf(source))
  const readableTwice = paths !== undefined && (await requireFiles(paths))
  const id = options.id === undefined || isFirst ? options.id : `${options.id}/${table}`
  const begun = beginAction(context, 'save', id === undefined ? options : { ...options, id })
  const branch = targetOf(options.branch ?? context.branch)
  const intent: Intent = { ...begun, table, file: options.source ?? paths?.join('\n') ?? null, branch }
  const hashed = readableTwice && mayBeKnown(options) ? hashFiles(paths, hashing) : undefined
  return { intent, source, options, hashed, readableTwice }
}

/** @returns the actions, in the order of the saves */
async function saveHere(
  context: Context,
  session: Session,
  call: QueuedCall,
  saves: readonly TableSave[],
  options: SaveOptions,
): Promise<Action[]> {
  const [first] = saves.map(({ intent }) => intent) as [Intent]
  const onlyTable = saves.length === 1 ? first.table! : undefined
  const branch = options.branch ?? context.branch
  const loaded = await loadedBase(session, context, saves, options)
  const placed = loaded
    ? { target: targetOf(branch), base: loaded.commit, create: false, floats: false }
    : await placeSave(session, context, branch, onlyTable)
  const tables = saves.map(({ intent }) => intent.table!)
  const placement = placed.floats && !placed.create ? { ...placed, base: baseOf(call, placed.base, tables) } : placed
  const sinks = sinksOf(context, options.meta)
  const staged: StagedSave[] = []
  const known: Finding[] = []
  for (const save of saves) {
    const one = withNotice(await stageSave(session, save, placement), loaded?.notices.get(save))
    if ('change' in one) staged.push(one)
    else known.push(one)
  }
  if (staged.length === 0) return recordKnown(session, known, sinks)
  // What was read may have told more of an intent.
  const { intent: main } = [...staged, ...known].find(({ intent }) => intent.id === first.id)!
  const change: ChangePlan = {
    ...placement,
    changes: staged,
    unchanged: known,
    main,
    message: messageOf(options.message, staged),
    policy: options.onConflict,
    noMerge: options.noMerge ?? false,
    sinks,
    checks: options.check === undefined ? undefined : { own: ownChecks(options.check, main.table!) },
    claim: options.id !== undefined,
    waiting: { signal: options.signal, onProgress: options.onProgress },
  }
  // The stages go with the session: what is published must not end as aborted for their sake.
  const actions = await (options.dryRun
    ? previewChanges(session, change)
    : commitInTurn(session, call, options.signal, async () => change))
  return saves.map(({ intent }) => actions.find(({ id }) => id === intent.id)!)
}

/** The actions with their handles; a table of the mode `replace` has the source's rows, others are counted. */
async function handledAll(
  session: Session,
  context: Context,
  actions: readonly Action[],
  options: SaveOptions & SaveAllOptions,
): Promise<Action[]> {
  if (options.dryRun) return [...actions]
  const all: Action[] = []
  for (const action of actions) {
    const mode = options.tables?.[action.table!]?.mode ?? options.mode ?? 'replace'
    const isWhole = mode === 'replace' && !action.merged && !action.repeated
    all.push(await handled(session, context, action, isWhole ? (action.rows ?? undefined) : undefined))
  }
  return all
}

/** Adds a notice to what staging found. */
function withNotice<T extends Finding>(one: T, notice: Notice | undefined): T {
  return notice ? { ...one, found: { ...one.found, notices: [...(one.found.notices ?? []), notice] } } : one
}

/** Records saves that found nothing to do, the main one last: whether its record is there tells whether all are. */
async function recordKnown(
  session: Session,
  known: readonly Finding[],
  sinks: readonly BoundSink[],
): Promise<Action[]> {
  const actions: Action[] = []
  for (const finding of known.toReversed()) actions.unshift((await record(session, finding, sinks)).action)
  return actions
}

/** The commit that sources are compared with: what the call was meant for, or a later head where their tables have the same schema. */
function baseOf(call: QueuedCall, head: Hash, tables: readonly string[]): Hash {
  const changed = call.changedBetween(call.base ?? head, head)
  const isKnown = changed && tables.every((table) => !changed.has(table) || changed.get(table))
  return isKnown ? head : (call.base ?? head)
}

/** Whether a source can be read to its end at once: files, or rows in a list. A stream may wait for its caller. */
function isAtHand({ source, readableTwice }: TableSave): boolean {
  return readableTwice || Array.isArray(source) || Array.isArray(Object(source).rows)
}

/** What was saved; the log tells of changes of the tables' schemas, too. */
function messageOf(given: string | undefined, staged: readonly StagedSave[]): string {
  const changes = staged.filter(({ schemaChange }) => schemaChange !== undefined)
  if (given) {
    const lines = changes.map(({ intent, schemaChange }) => `Table ${intent.table}: ${schemaChange}`)
    return lines.length === 0 ? given : `${given}\n\n${lines.join('\n')}`
  }
  const tables = staged.map(({ intent }) => intent.table).join(', ')
  const told = changes.map(({ intent, schemaChange }) =>
    staged.length === 1 ? schemaChange : `${intent.table}: ${schemaChange}`,
  )
  return `${staged[0]!.verb} ${tables}${told.length === 0 ? '' : ` (${told.join('; ')})`}`
}
