import type { Session } from '../engines/engine.ts'
import { NotFoundError } from '../errors.ts'
import { call } from '../model/advice.ts'
import type { Commit, Hash, RowDiff, Schema } from '../types.ts'
import { changesOf } from './walk.ts'

/** Two commits to compare. */
export interface DiffRange {
  from: Hash
  to: Hash
}

/**
 * The last change of a table in a history: the commit that made it, and the one before.
 * @throws {NotFoundError} TABLE_NOT_FOUND if no commit ever had it
 */
export async function lastChange(session: Session, head: Hash, table: string): Promise<DiffRange & { commit: Commit }> {
  for await (const commit of changesOf(session, head, table))
    return { from: commit.parents[0] ?? commit.hash, to: commit.hash, commit }
  throw new NotFoundError(
    'TABLE_NOT_FOUND',
    `There is no table ${table}, and there never was one. See: ${call('tables')}`,
    { data: { table } },
  )
}

/**
 * The rows of a table that differ between two commits, one by one, in key order.
 * @throws {NotFoundError} TABLE_NOT_FOUND if neither commit has it
 */
export async function* rowDiffs(session: Session, range: DiffRange, table: string): AsyncGenerator<RowDiff> {
  await bothSchemas(session, range, table)
  yield* diffPages(session, range, table)
}

/** A table's schemas at two commits. @throws {NotFoundError} TABLE_NOT_FOUND if neither has it */
export async function bothSchemas(
  session: Session,
  { from, to }: DiffRange,
  table: string,
): Promise<{ before: Schema | undefined; after: Schema | undefined }> {
  const [before, after] = [await session.schema(from, table), await session.schema(to, table)]
  if (!before && !after)
    throw new NotFoundError(
      'TABLE_NOT_FOUND',
      `There is no table ${table} at ${from}, nor at ${to}. See: ${call('tables', [], { at: to })}`,
      { data: { table, from, to } },
    )
  return { before, after }
}

/** The rows that differ of a table that is there at one of two commits, at least. */
export async function* diffPages(
  session: Session,
  { from, to }: DiffRange,
  table: string,
): AsyncGenerator<RowDiff, void> {
  const { id } = await session.openDiff(from, to, table)
  try {
    for (let page = await session.nextDiff(id); page; page = await session.nextDiff(id)) yield* page
  } finally {
    await session.close(id)
  }
}
