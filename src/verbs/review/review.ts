import { at, withSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { NotFoundError } from '../../errors.ts'
import { bothSchemas, type DiffRange } from '../../history/row-diffs.ts'
import { schemaChanges } from '../../model/schema-diff.ts'
import type { Hash, RowDiff, Schema, TableDiff } from '../../types.ts'
import { checksOf, type CheckResult } from '../checks/checks.ts'
import { countValues, type Concentration } from './concentration.ts'
import { summarize, type ColumnReview } from './summary.ts'

/** What a table's change is like. */
export interface TableReview extends TableDiff {
  /** What differs in its columns and key, in words. */
  schema: string[]
  /** Columns with changed cells, most first; after them the others. */
  columns: ColumnReview[]
  /** Values that most of the changed rows share, and the rest of the table does not, most telling first. */
  concentrated: Concentration[]
  /** The first changed rows of each kind. */
  samples: RowDiff[]
  /** Its columns and key before; null if it is new. */
  before: Schema | null
  /** Its columns and key after; null if it was dropped. */
  after: Schema | null
}

/** A comparison made for people. */
export interface Review {
  /** The commit that it is compared with: that in which the two parted. */
  from: Hash
  /** The commit that is looked at. */
  to: Hash
  /** Each table that differs. */
  tables: TableReview[]
  /** What the checks of these tables find in `to`. */
  checks: CheckResult[]
}

/** What `to` alone changed since it parted from `into`, as people ask for it. @throws {NotFoundError} REF_NOT_FOUND */
export function review(context: Context, into: string, to?: string): Promise<Review> {
  return withSession(context, async (session) => {
    const head = await at(session, context, to)
    const from = await session.mergeBase(await at(session, context, into), head)
    if (from === undefined)
      throw new NotFoundError('REF_NOT_FOUND', `${into} and ${to ?? 'HEAD'} have no commit in common.`, {
        data: { ref: into },
      })
    const range = { from, to: head }
    const changed = (await session.changedTables(from, head)).filter(({ table }) => !table.startsWith('_doltflow'))
    const tables: TableReview[] = []
    for (const table of changed) tables.push(await tableReview(session, range, table))
    const names = changed.map(({ table }) => table)
    return { ...range, tables, checks: await checksOf(session, names, range) }
  })
}

async function tableReview(session: Session, range: DiffRange, diff: TableDiff): Promise<TableReview> {
  const { before, after } = await bothSchemas(session, range, diff.table)
  const names = [...new Set([...(after?.columns ?? []), ...(before?.columns ?? [])].map(({ name }) => name))]
  return {
    ...diff,
    schema: before && after ? schemaChanges(before, after) : [],
    ...(await summarize(session, range, diff.table, names)),
    concentrated: await countValues(session, range, diff.table, names),
    before: before ?? null,
    after: after ?? null,
  }
}
