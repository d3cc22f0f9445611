import { withSession, withWritingSession, type Context } from '../../context.ts'
import { headOf } from '../../history/ref.ts'
import { checkRules, type ColumnRules, type TableRules } from '../../model/conflict-rules.ts'
import { checkTableName } from '../../model/names.ts'
import { readRules, writeRules } from '../../publishing/deciding/kept-rules.ts'
import { requireKnown } from '../../publishing/deciding/known-rules.ts'

/**
 * Keeps rules that decide a table's conflicts from now on, on every branch, unless a call decides otherwise; null removes them.
 * @returns what is kept; null if nothing is
 * @throws {UsageError} OPTION_INVALID for what is no rule, or a column that the default branch's table doesn't have
 */
export async function setRules(
  context: Context,
  table: string,
  rules: ColumnRules | null = null,
): Promise<TableRules | null> {
  checkTableName(table)
  const { author, branch } = context
  const set: TableRules | null = rules && { table, rules, author, at: new Date().toISOString() }
  if (rules) checkRules({ [table]: rules })
  return withWritingSession(context, async (session) => {
    if (rules) await requireKnown(session, [{ [table]: rules }], [await headOf(session, branch)])
    const known = (await readRules(session)).find((one) => one.table === table)
    if (known && rules && JSON.stringify(known.rules) === JSON.stringify(rules)) return known
    if (known || set)
      await session.shield(() => writeRules(session, set ?? { ...known!, author }, set ? 'set' : 'removed'))
    return set
  })
}

/** The rules that tables keep, by table. */
export function listRules(context: Context): Promise<TableRules[]> {
  return withSession(context, (session) => readRules(session))
}
