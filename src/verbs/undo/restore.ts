import { at, type Context } from '../../context.ts'
import { requireSchema } from '../../history/schemas-at.ts'
import type { Action } from '../../model/action.ts'
import { checkTableName, RECORDS_TABLE } from '../../model/names.ts'
import { undo, type UndoOptions } from './undo.ts'

/** Makes a table what it was at a ref. @throws {NotFoundError} REF_NOT_FOUND, TABLE_NOT_FOUND */
export async function restore(
  context: Context,
  table: string,
  ref: string,
  options: UndoOptions = {},
): Promise<Action> {
  checkTableName(table)
  const [action] = await undo(context, 'restore', options, async (session) => {
    const from = await at(session, context, ref, { branch: options.branch, table })
    await requireSchema(session, from, table)
    return {
      changes: [{ kind: 'restore', table, change: { kind: 'restore', table, from } }],
      message: `restore ${table} as at ${ref}`,
    }
  })
  return action!
}

/**
 * Makes every table what it was at a ref, as one commit; tables that were not there then are dropped.
 * @returns the action of each table that changes, `restore` or `drop`; one that says so if none does
 */
export function restoreAll(context: Context, ref: string, options: UndoOptions = {}): Promise<Action[]> {
  return undo(context, 'restore', options, async (session, base) => {
    const from = await at(session, context, ref, { branch: options.branch })
    const there = new Set(await session.tables(from))
    const changed = (await session.changedTables(base, from)).filter(({ table }) => table !== RECORDS_TABLE)
    return {
      changes: changed.map(({ table }) =>
        there.has(table)
          ? { kind: 'restore', table, change: { kind: 'restore', table, from } }
          : { kind: 'drop', table, change: { kind: 'drop', table } },
      ),
      message: `restore all tables as at ${ref}`,
    }
  })
}
