import { at, withWritingSession, type Context } from '../context.ts'
import type { Change, Session } from '../engines/engine.ts'
import { headOf } from '../history/ref.ts'
import { requireSchema } from '../history/schemas-at.ts'
import type { Action, ActionKind } from '../model/action.ts'
import { checkRefName, checkTableName } from '../model/names.ts'
import { commitChanges } from '../publishing/commit-changes.ts'
import type { ConflictPolicy, Hash } from '../types.ts'
import { beginAction, type ActionOptions } from './begin-action.ts'

/* Undoing makes a new commit each time: nothing that was published is taken back. */

/** Options of `restore`, `revert` and `drop`. */
export interface UndoOptions extends ActionOptions {
  /** Default: the database's default branch */
  branch?: string
  /** The commit's message. Default: what was done */
  message?: string
  /** What decides cells that another side changed. Default: `fail` */
  onConflict?: ConflictPolicy
}

/** Makes a table what it was at a ref. @throws {NotFoundError} REF_NOT_FOUND, TABLE_NOT_FOUND */
export async function restoreTable(
  context: Context,
  table: string,
  ref: string,
  options: UndoOptions = {},
): Promise<Action> {
  checkTableName(table)
  return undo(context, 'restore', table, options, async (session) => {
    const from = await at(session, context, ref, { branch: options.branch, table })
    await requireSchema(session, from, table)
    return { change: { kind: 'restore', table, from }, message: `restore ${table} as at ${ref}` }
  })
}

/** Takes back what a commit changed. @throws {NotFoundError} REF_NOT_FOUND @throws {RefusedError} MERGE_REFUSED */
export function revertCommit(context: Context, ref: string, options: UndoOptions = {}): Promise<Action> {
  return undo(context, 'revert', null, options, async (session) => {
    const commit = await at(session, context, ref, { branch: options.branch })
    const { message } = (await session.commit(commit))!
    return { change: { kind: 'revert', commit }, message: `revert "${message.split('\n')[0]}"` }
  })
}

/** Removes a table from a branch's head; its history stays. @throws {NotFoundError} TABLE_NOT_FOUND */
export async function dropTable(context: Context, table: string, options: UndoOptions = {}): Promise<Action> {
  checkTableName(table)
  return undo(context, 'drop', table, options, async (session, base) => {
    await requireSchema(session, base, table)
    return { change: { kind: 'drop', table }, message: `drop ${table}` }
  })
}

async function undo(
  context: Context,
  kind: ActionKind,
  table: string | null,
  options: UndoOptions,
  plan: (session: Session, base: Hash) => Promise<{ change: Change; message: string }>,
): Promise<Action> {
  const target = options.branch ?? context.branch
  checkRefName(target)
  const intent = { ...beginAction(context, kind, options), table, branch: target }
  return withWritingSession(context, async (session) => {
    const base = await headOf(session, target)
    const { change, message } = await plan(session, base)
    const [action] = await commitChanges(session, {
      changes: [{ intent, found: { fromCommit: base }, change }],
      main: intent,
      message: options.message || message,
      base,
      target,
      create: false,
      policy: options.onConflict ?? 'fail',
      noMerge: false,
      sinks: context.sinks,
    })
    return action!
  })
}
