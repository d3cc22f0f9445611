import type { Context } from '../../context.ts'
import { requireSchema } from '../../history/schemas-at.ts'
import type { Action } from '../../model/action.ts'
import { checkTableName } from '../../model/names.ts'
import { undo, type UndoOptions } from './undo.ts'

/** Removes a table from a branch's head; its history stays. @throws {NotFoundError} TABLE_NOT_FOUND */
export async function drop(context: Context, table: string, options: UndoOptions = {}): Promise<Action> {
  checkTableName(table)
  const [action] = await undo(context, 'drop', options, async (session, base) => {
    await requireSchema(session, base, table)
    return { changes: [{ kind: 'drop', table, change: { kind: 'drop', table } }], message: `drop ${table}` }
  })
  return action!
}
