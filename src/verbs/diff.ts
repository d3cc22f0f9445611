import { at, streaming, withSession, type Context } from '../context.ts'
import type { Session } from '../engines/engine.ts'
import { NotFoundError } from '../errors.ts'
import { bothSchemas, diffPages, lastChange, type DiffRange } from '../history/row-diffs.ts'
import { history } from '../history/walk.ts'
import { call } from '../model/advice.ts'
import { sameValue } from '../model/cells.ts'
import { refRange } from '../model/ref-range.ts'
import type { Commit, DiffCounts, Hash, RowDiff, Schema, TableDiff } from '../types.ts'
import { diffTables, tablesToCompare } from './diff-tables.ts'

/** What a diff compares with what. */
export interface DiffOptions {
  /** Another table, which stands in the place of the table after. Default: the table itself */
  with?: string | undefined
}

/** The rows of a table that differ between two refs, one by one; by default those of its last change. */
export function diff(
  context: Context,
  table: string,
  from?: string,
  to?: string,
  { with: other }: DiffOptions = {},
): AsyncGenerator<RowDiff, void> {
  return streaming(context, async (session) => (await compareRows(session, context, table, from, to, other)).rows())
}

/** How many rows of a table differ between two refs, by default in its last change; undefined if none does. */
export function diffCounts(
  context: Context,
  table: string,
  from?: string,
  to?: string,
): Promise<TableDiff | undefined> {
  return withSession(context, async (session) =>
    countsOf(session, await rangeOf(session, context, table, from, to), table),
  )
}

/** The tables that differ between two refs. */
export function changedTables(context: Context, from: string, to?: string): Promise<TableDiff[]> {
  return withSession(context, async (session) => (await compareTables(session, context, from, to)).tables)
}

/** A table at two commits. */
export interface RowComparison extends DiffRange {
  table: string
  /** The commit whose change it is, if no refs were given. */
  commit: Commit | undefined
  before: Schema | undefined
  after: Schema | undefined
  rows(): AsyncGenerator<RowDiff, void>
  counts(): Promise<TableDiff | undefined>
}

export interface RowCounts extends DiffCounts {
  /** How many cells of rows that both sides have differ, by column; columns without such a cell are left out. */
  cells: Record<string, number>
}

/** The tables that differ between two commits. */
interface TableComparison {
  /** The commits that are compared; the first commit has none before it. */
  range: Hash[]
  tables: TableDiff[]
}

/** The ways to look at differences. */
export interface Comparer {
  /**
   * Whether a word names a table rather than a ref: it does if there is such a table, or no such ref.
   * @param refs where it is looked for, beside `HEAD`
   */
  isTable(word: string, refs: readonly string[]): Promise<boolean>
  /** Default: what `HEAD` changed; to `HEAD` */
  tables(from?: string, to?: string): Promise<TableComparison>
  /** Default: the table's last change; to `HEAD` */
  rows(table: string, refs: readonly string[], other?: string): Promise<RowComparison>
}

/** Looks at differences with one session, which is held until the work has ended. */
export function comparing<T>(context: Context, work: (comparer: Comparer) => Promise<T>): Promise<T> {
  return withSession(context, (session) =>
    work({
      isTable: (word, refs) => isTable(session, context, word, refs),
      tables: (from, to) =>
        from === undefined ? headChange(session, context) : compareTables(session, context, from, to),
      rows: (table, [from, to], other) => compareRows(session, context, table, from, to, other),
    }),
  )
}

async function compareRows(
  session: Session,
  context: Context,
  table: string,
  from: string | undefined,
  to: string | undefined,
  other?: string,
): Promise<RowComparison> {
  if (other !== undefined) return compareWith(session, context, table, other, from, to)
  const range = await rangeOf(session, context, table, from, to)
  const { before, after } = await bothSchemas(session, range, table)
  return {
    ...range,
    table,
    before,
    after,
    rows: () => diffPages(session, range, table),
    counts: () => countsOf(session, range, table),
  }
}

/** Two tables; at one commit, unless two refs are given. */
async function compareWith(
  session: Session,
  context: Context,
  table: string,
  other: string,
  from = 'HEAD',
  to = from,
): Promise<RowComparison> {
  const range = await endsOf(session, context, from, to, table)
  const { before, after } = await tablesToCompare(
    session,
    { table, commit: range.from },
    { table: other, commit: range.to },
  )
  const rows = (): AsyncGenerator<RowDiff, void> => diffTables(session, before, after)
  return {
    ...range,
    table: `${table} → ${other}`,
    commit: undefined,
    before: before.schema,
    after: after.schema,
    rows,
    counts: async () => undefined,
  }
}

/** In one walk: the rows of each kind, and the cells that differ in each column of the modified ones. */
export async function countRows(rows: AsyncIterable<RowDiff>): Promise<RowCounts> {
  const counts = { added: 0, modified: 0, removed: 0 }
  const cells = new Map<string, number>()
  for await (const { kind, before, after } of rows) {
    counts[kind]++
    if (kind === 'modified')
      for (const column of new Set([...Object.keys(before!), ...Object.keys(after!)]))
        if (!sameValue(before![column], after![column])) cells.set(column, (cells.get(column) ?? 0) + 1)
  }
  return { ...counts, cells: Object.fromEntries(cells) }
}

async function compareTables(
  session: Session,
  context: Context,
  from: string,
  to: string | undefined,
): Promise<TableComparison> {
  const range = await endsOf(session, context, from, to)
  return { range: [range.from, range.to], tables: await session.changedTables(range.from, range.to) }
}

/** What the head changed; nothing if it is the first commit. */
async function headChange(session: Session, context: Context): Promise<TableComparison> {
  const head = await at(session, context, 'HEAD')
  const [parent] = (await session.commit(head))!.parents
  return parent === undefined
    ? { range: [head], tables: [] }
    : { range: [parent, head], tables: await session.changedTables(parent, head) }
}

async function rangeOf(
  session: Session,
  context: Context,
  table: string,
  from: string | undefined,
  to: string | undefined,
): Promise<DiffRange & { commit: Commit | undefined }> {
  if (from === undefined) return lastChange(session, await at(session, context, to, { table }), table)
  return { ...(await endsOf(session, context, from, to, table)), commit: undefined }
}

/** The two commits that are compared: `A..B` and `A...B` name both; the latter begins where the two parted. */
async function endsOf(
  session: Session,
  context: Context,
  from: string,
  to: string | undefined,
  table?: string,
): Promise<DiffRange> {
  const range = to === undefined ? refRange(from) : undefined
  if (!range)
    return { from: await at(session, context, from, { table }), to: await at(session, context, to, { table }) }
  const ends = {
    from: await at(session, context, range.from, { table }),
    to: await at(session, context, range.to, { table }),
  }
  if (!range.isThreeDot) return ends
  const base = await session.mergeBase(ends.from, ends.to)
  if (base === undefined)
    throw new NotFoundError('REF_NOT_FOUND', `${range.from} and ${range.to} have no commit in common.`, {
      data: { ref: from },
    })
  return { from: base, to: ends.to }
}

async function countsOf(session: Session, { from, to }: DiffRange, table: string): Promise<TableDiff | undefined> {
  return (await session.changedTables(from, to)).find((found) => found.table === table)
}

async function isTable(session: Session, context: Context, word: string, refs: readonly string[]): Promise<boolean> {
  for (const ref of ['HEAD', ...refs]) {
    const commit = await at(session, context, ref, { table: word }).catch(absent)
    if (commit !== undefined && (await session.schema(commit, word))) return true
  }
  if (refRange(word) || (await at(session, context, word).catch(absent)) !== undefined) return false
  const head = await at(session, context, 'HEAD')
  if ((await history(session, head, { table: word, limit: 1 })).length > 0) return true
  throw new NotFoundError(
    'TABLE_NOT_FOUND',
    `${JSON.stringify(word)} is neither a table nor a ref. See: ${call('tables')}, ${call('branches')}, ${call('log')}`,
    { data: { table: word } },
  )
}

function absent(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error
}
