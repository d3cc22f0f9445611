import type { CheckFailure } from '../model/check.ts'
import type { OwnCheck } from './check-move.ts'
import { evaluate } from './evaluate.ts'
import { rowsAt, type CheckedRow } from './rows.ts'

/** A table as it is about to be published. */
export interface ProposedTable {
  /** The table's name. */
  table: string
  /** Reads its rows, as they will be, in the order of its key. */
  rows(): AsyncGenerator<CheckedRow, void>
}

/** Looks at a table that is about to be published. @returns why it must not be; nothing if it may */
export type CheckFunction = (proposed: ProposedTable) => string | undefined | void | Promise<string | undefined | void>

/** Checks of one call alone: queries that must give no rows, or functions. */
export function ownChecks(
  given: string | CheckFunction | readonly (string | CheckFunction)[],
  table: string,
): OwnCheck[] {
  return [given].flat().map((one, index) => {
    const name = `check ${index + 1} of this save`
    const check = { name, table, level: 'error', author: '', at: '' } as const
    if (typeof one === 'string')
      return (session, move) => evaluate(session, { ...check, rule: { kind: 'sql', sql: one } }, move)
    return async (session, { to }): Promise<CheckFailure | undefined> => {
      const columns = (await session.schema(to, table))?.columns.map((column) => column.name) ?? []
      const reason = await one({ table, rows: () => rowsAt(session, to, { table }, columns) })
      return reason ? { check: name, table, level: 'error', reason, total: null, rows: [] } : undefined
    }
  })
}
