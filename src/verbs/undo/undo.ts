import { targetBranch, withWritingSession, type Context } from '../../context.ts'
import type { Change, Session } from '../../engines/engine.ts'
import { headOf } from '../../history/ref.ts'
import { composeAction, type Action, type ActionKind, type Intent, type Notice } from '../../model/action.ts'
import { checkRefName } from '../../model/names.ts'
import { commitChanges, previewChanges } from '../../publishing/commit-changes.ts'
import { outOfTurn } from '../../publishing/in-turn.ts'
import { queued, type QueuedCall } from '../../publishing/queue.ts'
import { sinksOf } from '../../sinks/bind.ts'
import type { ConflictPolicy, Hash } from '../../types.ts'
import { beginAction, type ActionOptions } from '../begin-action.ts'

/* Undoing makes a new commit each time: nothing that was published is taken back. */

/** Options of `restore`, `restoreAll`, `revert`, `drop` and `deleteRows`. */
export interface UndoOptions extends ActionOptions {
  /** The branch that gets the commit. Default: the database's default branch */
  branch?: string | undefined
  /** The commit's message. Default: what was done */
  message?: string | undefined
  /** What decides cells that another side changed. Default: `fail` */
  onConflict?: ConflictPolicy | undefined
  /** Tell what would change; change nothing. Default: false */
  dryRun?: boolean | undefined
}

/** What is to be undone, as one commit. */
export interface UndoPlan {
  /** Each with the table that it is of; null for what is of several. */
  changes: { kind: ActionKind; table: string | null; change: Change }[]
  /** The table that it is of, if it is of one although nothing changes. */
  table?: string
  message: string
  notices?: Notice[]
}

/**
 * Makes the commit of an undoing. Changes without a table are of one action, the others have one each.
 * @returns the actions; of a plan without changes one that says so
 */
export function undo(
  context: Context,
  kind: ActionKind,
  options: UndoOptions,
  plan: (session: Session, base: Hash) => Promise<UndoPlan>,
): Promise<Action[]> {
  const target = targetBranch(context, options.branch)
  checkRefName(target)
  const begun: Intent = { ...beginAction(context, kind, options), branch: target }
  const work = async (session: Session, call: QueuedCall, leave: () => void): Promise<Action[]> => {
    const base = await headOf(session, target)
    const { changes, table, message, notices = [] } = await plan(session, base)
    const [first, ...others] = changes
    if (!first) {
      const found = { fromCommit: base, toCommit: base, changed: false, notices }
      return [composeAction(table === undefined ? begun : { ...begun, table }, found)]
    }
    const main = { ...begun, kind: first.kind, table: first.table }
    const intentOf = (own: string, ofKind: ActionKind): Intent => ({
      ...begun,
      id: `${begun.id}/${own}`,
      kind: ofKind,
      table: own,
    })
    const found = { fromCommit: base, notices }
    const make = options.dryRun ? previewChanges : commitChanges
    return make(session, {
      changes: [
        { intent: main, found, change: first.change },
        ...others.map((one) => ({
          intent: one.table === null ? main : intentOf(one.table, one.kind),
          found,
          change: one.change,
        })),
      ],
      main,
      message: options.message || message,
      base,
      target,
      create: false,
      policy: options.onConflict,
      noMerge: false,
      sinks: outOfTurn(session, { call, leave }, base, sinksOf(context)),
    })
  }
  return queued(context.engine.location, target, [], (call) =>
    withWritingSession(context, (session) => call.inTurn(undefined, (leave) => work(session, call, leave)), {
      write: !options.dryRun,
    }),
  )
}
