import type { Database } from '../../database.ts'
import { ruleText } from '../../model/check.ts'
import type { ConflictList } from '../../verbs/conflicts/conflicts.ts'
import { keyWord, pageCell } from './cells.ts'
import { commitGraph } from './commit-graph.ts'
import { rowsChanged, tablesChanged } from './comparisons.ts'
import type { Params } from './params.ts'
import type { TablePages } from './table-pages.ts'

/** The most that one answer lists. */
const MOST = { commits: 2000, rows: 500, runs: 500, steps: 1000, conflicts: 2000, changes: 200 }

/** What every answer may use. */
interface Asked {
  db: Database
  pages: TablePages
  version: string
  writes: boolean
}

/** Answers a question of the page with plain data. */
export type Read = (asked: Asked, params: Params) => Promise<object>

/** What the page may ask, by name: `/api/NAME?…`. Each calls the library, and none writes. */
export const reads: Readonly<Record<string, Read>> = {
  database: async ({ db, version, writes }) => ({
    version,
    writes,
    ...(await db.status()),
    name: db.name,
    branches: await db.branches(),
    tags: await db.tags(),
  }),

  history: ({ db }, params) =>
    commitGraph(db, {
      at: params.text('at'),
      table: params.text('table'),
      limit: params.number('limit', 200, MOST.commits),
    }),

  commit: async ({ db }, params) => {
    const { commit, tables } = await db.show(params.needed('ref'))
    return { commit, tables: tables.filter(({ table }) => !table.startsWith('_doltflow')) }
  },

  tables: async ({ db }, params) => {
    const at = params.text('at')
    return { at: await db.resolve(at ?? 'HEAD'), tables: await db.tables({ at }) }
  },

  rows: ({ db, pages }, params) =>
    pages.read(db, {
      table: params.needed('table'),
      at: params.text('at'),
      from: params.number('from', 0),
      count: params.number('count', 100, MOST.rows),
      firstColumn: params.number('column', 0),
    }),

  cell: async ({ db, pages }, params) => ({
    text: await pages.cell(db, {
      table: params.needed('table'),
      at: params.text('at'),
      key: params.key(),
      column: params.needed('column'),
    }),
  }),

  changes: ({ db }, params) => tablesChanged(db, { from: params.text('from'), to: params.text('to') }),

  diff: ({ db }, params) =>
    rowsChanged(
      db,
      params.needed('table'),
      { from: params.text('from'), to: params.text('to') },
      { offset: params.number('offset', 0), count: params.number('count', 100, MOST.rows) },
    ),

  row: async ({ db }, params) => {
    const [table, key, at] = [params.needed('table'), params.key(), params.text('at')]
    const changes = await db.rowHistory(table, key, { at, limit: MOST.changes + 1 })
    const schema = await db.schema(table, { at })
    const isThere = changes[0]?.after != null
    const blamed = isThere ? (await db.blame(table, { key, at }))[0] : undefined
    const typeOf = new Map(schema?.columns.map(({ name, type }) => [name, type]))
    const cells = (row: (typeof changes)[number]['after']) =>
      row && Object.entries(row).map(([column, value]) => ({ column, cell: pageCell(value, typeOf.get(column)) }))
    return {
      table,
      key: keyWord(key),
      blame: blamed?.commit ?? null,
      changes: changes
        .slice(0, MOST.changes)
        .map(({ commit, kind, before, after }) => ({ commit, kind, before: cells(before), after: cells(after) })),
      truncated: changes.length > MOST.changes,
    }
  },

  runs: async ({ db }) => {
    const runs = await db.runs({ limit: MOST.runs + 1 })
    return { runs: runs.slice(0, MOST.runs), truncated: runs.length > MOST.runs }
  },

  run: async ({ db }, params) => {
    const id = params.needed('id')
    const run = await db.showRun(id)
    const steps = await db.steps({ run: id, limit: MOST.steps + 1 })
    return { run, steps: steps.slice(0, MOST.steps), truncated: steps.length > MOST.steps }
  },

  lineage: ({ db }, params) => db.lineage({ table: params.text('table'), run: params.text('run') }),

  conflicts: async ({ db }, params) => {
    const { conflicts, schemas, ...list } = await db.conflicts(params.text('branch'), { into: params.text('into') })
    const shown = conflicts.slice(0, MOST.conflicts)
    return {
      ...list,
      conflicts: shown.map((one) => shownConflict(one, schemas)),
      truncated: conflicts.length > shown.length,
    }
  },

  checks: async ({ db }, params) => {
    const results = await db.runChecks({ at: params.text('at') })
    return { checks: results.map(({ check, failure }) => ({ ...check, rule: ruleText(check.rule), failure })) }
  },
}

/** A conflict as the page shows it; `key` is its row's name in a decision. */
function shownConflict(
  { table, key, column, base, ours, theirs }: ConflictList['conflicts'][number],
  schemas: ConflictList['schemas'],
) {
  const typeOf = (name: string) => schemas[table]?.columns.find((one) => one.name === name)?.type
  const side = (value: typeof base) =>
    column === null
      ? value === null
        ? null
        : Object.entries(value as Record<string, never>).map(([name, cell]) => ({
            column: name,
            cell: pageCell(cell, typeOf(name)),
          }))
      : pageCell(value as never, typeOf(column))
  return {
    table,
    key: keyWord(Object.values(key)),
    names: Object.keys(key),
    column,
    base: side(base),
    ours: side(ours),
    theirs: side(theirs),
  }
}
