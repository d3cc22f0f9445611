import type { Database } from '../../database.ts'
import { DoltflowError, NotFoundError } from '../../errors.ts'
import type { SqlParameters } from '../../model/sql-parameters.ts'
import type { Row } from '../../types.ts'
import { revived } from '../serve/protocol.ts'
import { firstOf } from './answer.ts'
import { needed, number, text, toolOf, values, type Tool } from './tool.ts'

/** How a ref is told of. */
export const REF = 'a branch, tag, commit, HEAD, run:ID or date (UTC), each with ~N for the N-th commit before'

/** What there is now, or was at a ref. */
export const tableTools: readonly Tool[] = [
  toolOf({
    name: 'status',
    title: 'What is unfinished',
    description:
      'Where the database is and of which engine, its default branch, and what is unfinished: kept conflicts, what is not pushed, what another program left uncommitted.',
    params: {},
    run: (db) => db.status(),
  }),
  toolOf({
    name: 'tables',
    title: 'List tables',
    description:
      'The tables at a ref: how many rows each has, its key, its hash (equal hashes mean equal data) and the commit that last changed it.',
    params: {
      at: text(`The ref: ${REF}. Default: the head of the default branch.`),
      limit: number('How many tables at most. Default: 200.', 1000),
    },
    run: async (db, { at, limit = 200 }) => {
      const { found, truncated } = await firstOf(await db.tables({ at }), limit)
      return { tables: found, truncated }
    },
  }),
  toolOf({
    name: 'schema',
    title: "A table's columns",
    description:
      "A table's columns, their types, and its key, at a ref. A column of the type any holds numbers and text. A table without a key is a multiset of rows.",
    params: {
      table: needed(text('The table.')),
      at: text(`The ref: ${REF}. Default: the head of the default branch.`),
    },
    run: async (db, { table, at }) => {
      const schema = await db.schema(table, { at })
      if (schema) return { table, ...schema }
      const where = at ?? db.defaultBranch
      throw new NotFoundError('TABLE_NOT_FOUND', `There is no table ${table} at ${where}.`, {
        data: { table, at: where },
      })
    },
  }),
  toolOf({
    name: 'branches',
    title: 'List branches and tags',
    description: 'The branches and tags, each with the commit that it names. Each is a ref for the other tools.',
    params: { limit: number('How many of each at most. Default: 100.', 1000) },
    run: async (db, { limit = 100 }) => {
      const branches = await firstOf(await db.branches(), limit)
      const tags = await firstOf(await db.tags(), limit)
      return {
        defaultBranch: db.defaultBranch,
        branches: branches.found,
        tags: tags.found,
        truncated: branches.truncated || tags.truncated,
      }
    },
  }),
  toolOf({
    name: 'query',
    title: 'Query in SQL',
    description:
      'The rows of one SELECT over the tables at a ref. It only reads: other statements, and functions that reach out of the tables, are refused. ' +
      "The SQL is SQLite's on DoltLite and MySQL's on Dolt (status names the engine). Rows are lists in the order of the columns. " +
      'Count or group in SQL rather than asking for many rows; truncated says that there are more.',
    params: {
      sql: needed(text('The SELECT. Use ? or :name for values.')),
      parameters: values('Values: a list for each ?, or an object for each :name.', true),
      at: text(`The ref: ${REF}. Default: the head of the default branch.`),
      limit: number('How many rows at most. Default: 100.', 1000),
    },
    run: query,
  }),
]

interface Asked {
  sql: string
  parameters: unknown
  at: string | undefined
  limit: number | undefined
}

async function query(db: Database, { sql, parameters, at: ref = 'HEAD', limit = 100 }: Asked): Promise<object> {
  const commit = await db.resolve(ref)
  const what = { sql, ...(parameters === undefined ? {} : { parameters: given(parameters) }) }
  let columns: readonly string[] = []
  let isMore = false
  async function* rows(): AsyncGenerator<Row, void> {
    try {
      // The engine computes no more than that.
      for await (const batch of db.rows(what, { at: commit, as: 'batches', maxRows: limit })) {
        ;({ columns } = batch)
        yield* batch.rows
      }
    } catch (error) {
      if (!(error instanceof DoltflowError && error.code === 'QUERY_LIMIT' && columns.length > 0)) throw error
      isMore = true
    }
  }
  const { found, truncated } = await firstOf(rows(), limit)
  return { commit, columns, rows: found, truncated: truncated || isMore }
}

/** `{ $integer: "…" }`, as it stands in an answer, is that number. */
function given(parameters: unknown): SqlParameters {
  return JSON.parse(JSON.stringify(parameters), revived) as SqlParameters
}
