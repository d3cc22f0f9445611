import { contextOf } from '../../database.ts'
import { NotFoundError, UsageError } from '../../errors.ts'
import { cellValue } from '../../model/cells.ts'
import type { Row, Schema } from '../../types.ts'
import { comparing } from '../../verbs/diff.ts'
import { revived } from '../serve/protocol.ts'
import { firstOf } from './answer.ts'
import { REF } from './table-tools.ts'
import { needed, number, text, toolOf, values, type Tool } from './tool.ts'

/** What changed, when, and where a row comes from. */
export const historyTools: readonly Tool[] = [
  toolOf({
    name: 'log',
    title: 'List commits',
    description: 'Commits, newest first, each with its author, date, message, and the run and step that made it.',
    params: {
      table: text('Only commits that changed this table.'),
      at: text(`Where the history begins: ${REF}; or A..B: what B has and A lacks. Default: the default branch.`),
      limit: number('How many commits at most. Default: 20.', 500),
    },
    run: async (db, { table, at, limit = 20 }) => {
      const commits = await db.log({ table, at, limit: limit + 1 })
      // A range may well have none.
      if (commits.length === 0 && table !== undefined && !at?.includes('..')) throw missing(table)
      const { found, truncated } = await firstOf(commits, limit)
      return { commits: found, truncated }
    },
  }),
  toolOf({
    name: 'diff',
    title: 'Which rows differ',
    description:
      'Without a table: which tables differ between two refs, and how many of their rows. With a table: the counts, and its rows, each with what it was before and after. ' +
      "Without refs: what the head changed, or the table's last change. For what a branch changed as a whole, review says more in less.",
    params: {
      table: text('The table.'),
      from: text(
        `The ref before: ${REF}; or A..B, or A...B for what B changed since the two parted. Default: to~1, if to is given.`,
      ),
      to: text('The ref after. Default: the head of the default branch.'),
      limit: number('How many rows at most. Default: 50.', 1000),
    },
    run: (db, { table, from, to, limit = 50 }) =>
      comparing<object>(contextOf(db), async (comparer) => {
        const refs = [from ?? (to && `${to}~1`), to].filter((ref) => ref !== undefined)
        if (table === undefined) {
          const { range, tables } = await comparer.tables(...refs)
          const { found, truncated } = await firstOf(tables.filter(isData), limit)
          return { from: range.length === 1 ? null : range[0], to: range.at(-1), tables: found, truncated }
        }
        const comparison = await comparer.rows(table, refs)
        const counts = (await comparison.counts()) ?? { added: 0, modified: 0, removed: 0, schemaChanged: false }
        const { found, truncated } = await firstOf(comparison.rows(), limit)
        return { from: comparison.from, to: comparison.to, ...counts, table, rows: found, truncated }
      }),
  }),
  toolOf({
    name: 'review',
    title: 'What a branch changed',
    description:
      'What a branch changed since it parted from where it is to go: counts, columns, what their cells were and are like, what most changed rows have in common, samples of rows, ' +
      'what the checks find, and which steps read these tables. merge says what a merge would come to; it is null if that was not tried, since nothing may be written.',
    params: {
      branch: needed(text(`What is looked at: ${REF}.`)),
      into: text('Where it is to go. Default: the default branch.'),
    },
    run: (db, { branch, into }) => db.review(into ?? db.defaultBranch, branch),
  }),
  toolOf({
    name: 'trace',
    title: 'Where a row comes from',
    description:
      'Follows a row, or one cell of it, back to its sources: the commit that made it what it is, the step and run that made that, the tables these had read, and so on.',
    params: {
      table: needed(text('The table.')),
      key: needed(values("The row's key: a list with a value for each column of the key, in its order.")),
      column: text('Its cell in this column alone.'),
      at: text(`The row as it was then: ${REF}. Default: the head of the default branch.`),
    },
    run: async (db, { table, key, column, at }) => {
      const schema = await db.schema(table, { at })
      if (schema && column !== undefined && !schema.columns.some(({ name }) => name === column))
        throw new UsageError('OPTION_INVALID', `The table ${table} has no column ${column}.`, {
          data: { table, column, columns: schema.columns.map(({ name }) => name) },
        })
      return db.trace(table, keyCells(key, schema), { at, column })
    },
  }),
]

function missing(table: string): NotFoundError {
  return new NotFoundError('TABLE_NOT_FOUND', `No commit changed a table ${table}.`, { data: { table } })
}

function isData({ table }: { table: string }): boolean {
  return !table.startsWith('_doltflow')
}

/** The cells of a key: a text is a number if a save would have stored it so. */
function keyCells(key: unknown, schema: Schema | undefined): Row {
  const cells = JSON.parse(JSON.stringify(key), revived) as Row
  return cells.map((cell, place) => {
    const column = schema?.columns.find(({ name }) => name === schema.key[place])
    return typeof cell === 'string' && column ? cellValue(cell, column.type) : cell
  })
}
