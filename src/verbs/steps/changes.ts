import { at, readBranch, streaming, withSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { NotFoundError } from '../../errors.ts'
import { diffPages } from '../../history/row-diffs.ts'
import { requireSchema } from '../../history/schemas-at.ts'
import { call } from '../../model/advice.ts'
import { PastSteps } from '../../runs/past-steps.ts'
import { finalBranch } from '../../runs/published-runs.ts'
import type { Hash, RowDiff, Value } from '../../types.ts'
import { rows as readRows, type RowObject } from '../rows.ts'
import { reasonForAll } from './pin-inputs.ts'

/** The columns that tell of a changed row: what became of it, and its cells before. */
const CHANGE_COLUMN = '_change'
const BEFORE_PREFIX = '_before_'

/** Which changes of a table are read. */
export interface ChangesOptions {
  /** From when on: a ref, `run:<id>`, or `step:<name>` for what the step's last success had read. Default: from the beginning, all rows */
  since?: string | undefined
  /** Until when. Default: the head of `branch` */
  at?: string | undefined
  /** Default: the database's default branch. */
  branch?: string | undefined
  /** Whether rows have their cells before, too, in columns `_before_…`. Default: false */
  before?: boolean | undefined
  /** Is told why all rows are given, if they are: such as that the key changed since. */
  onFull?: ((reason: string) => void) | undefined
  /** Stops the reading (ABORTED). */
  signal?: AbortSignal | undefined
}

/** A table at two commits. */
export interface ChangeRange {
  table: string
  /** null for all rows. */
  since: Hash | null
  commit: Hash
  before: boolean
}

/** The rows of a table that changed, in the order of its key, each with what became of it; all rows, as added, if that can't be told. */
export async function* changes(
  context: Context,
  table: string,
  options: ChangesOptions = {},
): AsyncGenerator<RowObject, void> {
  const found = await withSession(context, (session) => rangeOf(session, context, table, options))
  if (found.full !== null && options.since !== undefined) options.onFull?.(found.full)
  yield* changedRows(context, { ...found, table, before: options.before ?? false }, options.signal)
}

async function rangeOf(
  session: Session,
  context: Context,
  table: string,
  { since, at: ref, branch }: ChangesOptions,
): Promise<{ since: Hash | null; commit: Hash; full: string | null }> {
  const commit = await at(session, context, ref, { branch, table })
  await requireSchema(session, commit, table)
  if (since === undefined) return { since: null, commit, full: 'no beginning was given' }
  const from = await beginning(session, context, table, since, branch)
  const full =
    from === undefined ? 'the step has read none of its rows yet' : await reasonForAll(session, { table, commit }, from)
  return { since: full === null ? from! : null, commit, full }
}

/** @throws {NotFoundError} STEP_NOT_FOUND */
async function beginning(
  session: Session,
  context: Context,
  table: string,
  since: string,
  branch: string | undefined,
): Promise<Hash | undefined> {
  if (!since.startsWith('step:')) return at(session, context, since, { branch, table })
  const name = since.slice('step:'.length)
  const into = context.into ?? readBranch(context, branch) ?? context.branch
  const target = await finalBranch(session, context.run, into)
  const last = await new PastSteps(session, context.run).last(name, target)
  if (!last)
    throw new NotFoundError('STEP_NOT_FOUND', `The step ${name} was never done on ${target}. See: ${call('steps')}`, {
      data: { step: name, branch: target },
    })
  return last.tables.find((one) => one.table === table)?.commit
}

/** The rows of a range, in one of which all are added. */
export async function* changedRows(
  context: Context,
  { table, since, commit, before }: ChangeRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowObject, void> {
  if (since === null) {
    for await (const row of readRows<'objects'>(context, table, { at: commit, signal }))
      yield changedRow('added', row, null, before)
    return
  }
  const found = streaming(context, async (session) => diffPages(session, { from: since, to: commit }, table), {
    signal,
  })
  for await (const diff of found) yield changedRow(diff.kind, (diff.after ?? diff.before)!, diff.before, before)
}

/** A removed row has the cells that it had. */
function changedRow(
  kind: RowDiff['kind'],
  row: RowObject,
  before: Record<string, Value> | null,
  withBefore: boolean,
): RowObject {
  const old = withBefore
    ? Object.keys(row).map((name): [string, Value] => [`${BEFORE_PREFIX}${name}`, before?.[name] ?? null])
    : []
  return Object.fromEntries([...Object.entries(row), [CHANGE_COLUMN, kind], ...old])
}
