import { at, withSession, withWritingSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { NotFoundError } from '../../errors.ts'
import { bothSchemas, type DiffRange } from '../../history/row-diffs.ts'
import { schemaChanges } from '../../model/schema-diff.ts'
import { previewMerge, type MergePreview } from '../../publishing/preview-merge.ts'
import type { Hash, RowDiff, Schema, TableDiff } from '../../types.ts'
import { checksOf, type CheckResult } from '../checks/checks.ts'
import { Concentrations, type Concentration } from './concentration.ts'
import { downstreamOf, type DownstreamStep } from './downstream.ts'
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
  /** What a merge would come to; null if a database that may only be read can't tell. */
  merge: MergePreview | null
  /** The recorded steps that read these tables, and what they make. */
  downstream: DownstreamStep[]
}

/** What `to` alone changed since it parted from `into`, as people ask for it. @throws {NotFoundError} REF_NOT_FOUND */
export async function review(context: Context, into: string, to?: string): Promise<Review> {
  const { head, target, ...found } = await withSession(context, (session) => compare(session, context, into, to))
  return { ...found, merge: await merged(context, { from: found.from, head, target }) }
}

interface Compared extends Omit<Review, 'merge'> {
  head: Hash
  target: Hash
}

async function compare(session: Session, context: Context, into: string, to: string | undefined): Promise<Compared> {
  const head = await at(session, context, to)
  const target = await at(session, context, into)
  const from = await session.mergeBase(target, head)
  if (from === undefined)
    throw new NotFoundError('REF_NOT_FOUND', `${into} and ${to ?? 'HEAD'} have no commit in common.`, {
      data: { ref: into },
    })
  const range = { from, to: head }
  const changed = (await session.changedTables(from, head)).filter(({ table }) => !table.startsWith('_doltflow'))
  const tables: TableReview[] = []
  for (const table of changed) tables.push(await tableReview(session, range, table))
  const names = changed.map(({ table }) => table)
  return {
    ...range,
    head,
    target,
    tables,
    checks: await checksOf(session, names, range),
    downstream: await downstreamOf(session, names),
  }
}

/** If one of the two has all of the other, nothing is merged. */
async function merged(
  context: Context,
  { from, head, target }: { from: Hash; head: Hash; target: Hash },
): Promise<MergePreview | null> {
  if (from === target || from === head) return { total: 0, tables: [], conflicts: [], refused: null }
  if (context.engine.capabilities.readOnly !== undefined) return null
  return withWritingSession(context, (session) => previewMerge(session, target, head, context.author))
}

async function tableReview(session: Session, range: DiffRange, diff: TableDiff): Promise<TableReview> {
  const { before, after } = await bothSchemas(session, range, diff.table)
  const names = [...new Set([...(after?.columns ?? []), ...(before?.columns ?? [])].map(({ name }) => name))]
  const concentrations = new Concentrations(names)
  const summary = await summarize(session, range, diff.table, names, (row) => concentrations.count(row))
  return {
    ...diff,
    ...summary,
    schema: before && after ? schemaChanges(before, after) : [],
    concentrated: await concentrations.found(session, range, diff.table),
    before: before ?? null,
    after: after ?? null,
  }
}
