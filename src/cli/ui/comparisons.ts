import { contextOf, type Database } from '../../database.ts'
import type { Column, DiffKind, Hash, TableDiff } from '../../types.ts'
import { comparing, type RowComparison } from '../../verbs/diff.ts'
import { keyWord, pageCells, type PageCell } from './cells.ts'

/** How many columns of changed rows are shown. */
const COLUMNS = 50

/** The tables that differ between two refs. */
export interface TablesChanged {
  from: Hash | null
  to: Hash
  tables: TableDiff[]
}

/** Some of the rows that differ. */
export interface RowsChanged {
  table: string
  from: Hash
  to: Hash
  key: string[]
  /** Of both sides. */
  columns: { name: string; before: string | null; after: string | null }[]
  /** Columns that are left out, of a very wide table. */
  columnsLeftOut: number
  added: number
  modified: number
  removed: number
  /** How many changed rows stand before the first that is here. */
  offset: number
  rows: { kind: DiffKind; key: string | null; before: PageCell[] | null; after: PageCell[] | null }[]
}

export interface Compared {
  from: string | undefined
  to: string | undefined
}

/** Default: what the head of the default branch changed. */
export function tablesChanged(db: Database, { from, to }: Compared): Promise<TablesChanged> {
  return comparing(contextOf(db), async (comparer) => {
    const { range, tables } = await comparer.tables(...refs({ from, to }))
    const own = tables.filter(({ table }) => !table.startsWith('_doltflow'))
    return { from: range.length === 1 ? null : range[0]!, to: range.at(-1)!, tables: own }
  })
}

/** Default: the table's last change. */
export function rowsChanged(
  db: Database,
  table: string,
  between: Compared,
  { offset, count }: { offset: number; count: number },
): Promise<RowsChanged> {
  return comparing(contextOf(db), async (comparer) => {
    const comparison = await comparer.rows(table, refs(between))
    const counts = await comparison.counts()
    const all = columnsOf(comparison)
    const names = all.slice(0, COLUMNS)
    const sides = {
      before: { columns: names.map(({ name, before }) => ({ name, type: before ?? 'any' }) as Column) },
      after: { columns: names.map(({ name, after }) => ({ name, type: after ?? 'any' }) as Column) },
    }
    const key = (comparison.after ?? comparison.before)?.key ?? []
    const rows: RowsChanged['rows'] = []
    let before = offset
    for await (const diff of comparison.rows()) {
      if (rows.length === count) break
      if (before-- > 0) continue
      rows.push({
        kind: diff.kind,
        key: key.length === 0 ? null : keyWord(key.map((name) => diff.key[name]!)),
        before: pageCells(diff.before, sides.before),
        after: pageCells(diff.after, sides.after),
      })
    }
    return {
      table,
      from: comparison.from,
      to: comparison.to,
      key,
      columns: names,
      columnsLeftOut: all.length - names.length,
      added: counts?.added ?? 0,
      modified: counts?.modified ?? 0,
      removed: counts?.removed ?? 0,
      offset,
      rows,
    }
  })
}

function refs({ from, to }: Compared): string[] {
  return [from ?? (to && `${to}~1`), to].filter((ref) => ref !== undefined)
}

function columnsOf({ before, after }: RowComparison): RowsChanged['columns'] {
  const types = (columns: readonly Column[] = []): Map<string, string> =>
    new Map(columns.map(({ name, type }) => [name, type]))
  const [old, fresh] = [types(before?.columns), types(after?.columns)]
  return [...new Set([...fresh.keys(), ...old.keys()])].map((name) => ({
    name,
    before: old.get(name) ?? null,
    after: fresh.get(name) ?? null,
  }))
}
