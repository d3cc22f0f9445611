import { at, withSession, type Context } from '../context.ts'
import { NotFoundError, RefusedError } from '../errors.ts'
import { changesOf } from '../history/walk.ts'
import { sameRow } from '../model/cells.ts'
import { sameKey } from '../model/schema-diff.ts'
import type { Commit, DiffKind, Row, Schema, Value } from '../types.ts'

/** A row as a commit changed it. */
export interface RowChange {
  /** The commit that changed it. */
  commit: Commit
  /** What happened to the row. */
  kind: DiffKind
  /** The cells by column; null for a row that was added. */
  before: Record<string, Value> | null
  /** null for a row that was removed. */
  after: Record<string, Value> | null
}

/** Which part of a row's history is asked for. */
export interface RowHistoryOptions {
  /** Where the history begins. Default: the head of the default branch */
  at?: string | undefined
  /** How many changes at most. Default: all */
  limit?: number | undefined
}

/**
 * The history of one row, newest first: each commit that made it what it was, with the row before and after. A merge
 * counts only if it made a row that neither side had.
 * @param key the values of the key's columns, in their order
 */
export function rowHistory(
  context: Context,
  table: string,
  key: Row,
  { at: ref, limit }: RowHistoryOptions = {},
): Promise<RowChange[]> {
  return withSession(context, async (session) => {
    const head = await at(session, context, ref, { table })
    const found: RowChange[] = []
    let named: Schema | undefined
    /** Under another key than the newest one there is no such row. */
    const rowAt = async (hash: string): Promise<Record<string, Value> | undefined> => {
      const schema = await session.schema(hash, table)
      if (!schema) return undefined
      named ??= keyed(schema, table)
      return sameKey(schema, named) ? (await session.rowsByKey(hash, table, [key]))[0] : undefined
    }
    for await (const commit of changesOf(session, head, table)) {
      if (found.length === limit) break
      const after = await rowAt(commit.hash)
      const before = await Promise.all(commit.parents.map(rowAt))
      if (before.some((row) => sameRow(row, after)) || (before.length === 0 && !after)) continue
      const [first = null] = before
      found.push({ commit, kind: kindOf(first, after), before: first, after: after ?? null })
    }
    if (found.length === 0 && limit !== 0)
      throw new NotFoundError(
        'ROW_NOT_FOUND',
        `Table ${table} never had a row with the key ${key.map(String).join(', ')}.`,
        { data: { table, key: key.map(String) } },
      )
    return found
  })
}

function keyed(schema: Schema, table: string): Schema {
  if (schema.key.length > 0) return schema
  throw new RefusedError('KEY_REQUIRED', `Table ${table} has no key that could name one row.`, { data: { table } })
}

function kindOf(before: Record<string, Value> | null, after: Record<string, Value> | undefined): DiffKind {
  return before === null ? 'added' : after ? 'modified' : 'removed'
}
