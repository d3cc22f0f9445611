import { sameValue } from '../../model/cells.ts'
import type { ColumnType, DiffKind, RowDiff, TableDiff, Value } from '../../types.ts'
import { shownText } from './cells.ts'
import type { Output, Style } from './output.ts'
import { alignedTable } from './table.ts'
import { cut, visible, widthOf } from './width.ts'
import { grouped } from './words.ts'

const SIGNS: Record<DiffKind, { sign: string; style: Style }> = {
  added: { sign: '+', style: 'green' },
  modified: { sign: '~', style: 'yellow' },
  removed: { sign: '-', style: 'red' },
}
/** How much of one value is shown on a terminal. */
const VALUE = 60

/** Tables that differ, with how many rows do. */
export function changedTablesLines(tables: readonly TableDiff[], out: Output): string[] {
  const right = (number: number): { text: string; right: true } => ({ text: grouped(number), right: true })
  const rows = tables.map(({ table, change, schemaChanged, added, modified, removed }) => [
    table,
    right(added),
    right(modified),
    right(removed),
    changeNote({ change, schemaChanged }),
  ])
  return alignedTable(['table', 'added', 'modified', 'removed', ''], rows, {
    columns: out.columns,
    paint: out.paint,
  }).map((line) => line.trimEnd())
}

/** What happened to a table beside its rows. */
export function changeNote({ change, schemaChanged }: Pick<TableDiff, 'change' | 'schemaChanged'>): string {
  if (change === 'added') return 'new table'
  if (change === 'removed') return 'table dropped'
  return schemaChanged ? 'columns changed' : ''
}

/** The types of a table's columns on both sides: a cell is written as it was stored. */
export interface SideTypes {
  before: ReadonlyMap<string, ColumnType>
  after: ReadonlyMap<string, ColumnType>
}

/** One row's change: `~ id=1  price: 0.50 → 0.60`; folded on a terminal. */
export function rowDiffLines(
  { kind, key, before, after }: RowDiff,
  columns: readonly string[],
  types: SideTypes,
  out: Output,
): string[] {
  const { sign, style } = SIGNS[kind]
  const most = out.columns === undefined ? undefined : Math.min(VALUE, out.columns - 10)
  const fit = (text: string): string => (most === undefined ? text : cut(text, most))
  const name = Object.entries(key).map(
    ([column, value]) => `${visible(column)}=${fit(shownText(value, types[after ? 'after' : 'before'].get(column)))}`,
  )
  const cells = columns
    .filter((column) => !(column in key) && (kind !== 'modified' || !sameValue(before?.[column], after?.[column])))
    .map((column) => {
      const old = shownText(before?.[column], types.before.get(column))
      const fresh = shownText(after?.[column], types.after.get(column))
      if (kind !== 'modified') return `${visible(column)}: ${fit(kind === 'added' ? fresh : old)}`
      // A type may store the same text in another way.
      if (old === fresh)
        return `${visible(column)}: ${fit(old)} (${storedAs(before?.[column])} → ${storedAs(after?.[column])})`
      const [from, to] = most === undefined ? [old, fresh] : cutPair(old, fresh, most)
      return `${visible(column)}: ${from} → ${to}`
    })
  return folded(`${sign} ${name.join(' ')}`.trimEnd(), cells, out.columns).map((line) => out.paint(style, line))
}

function storedAs(value: Value | undefined): string {
  return typeof value === 'string' ? 'text' : 'number'
}

/** Two long texts cut where they differ. */
function cutPair(a: string, b: string, columns: number): [string, string] {
  if (a.length <= columns && b.length <= columns) return [cut(a, columns), cut(b, columns)]
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  const start = same > columns / 2 ? same - Math.floor(columns / 4) : 0
  const from = (text: string): string =>
    cut(start === 0 ? text : `…${text.slice(start).replace(/^[\udc00-\udfff]/, '')}`, columns)
  return [from(a), from(b)]
}

function folded(head: string, cells: readonly string[], columns = Number.MAX_SAFE_INTEGER): string[] {
  const lines = [head]
  let begun = false
  cells.forEach((cell, index) => {
    const text = index < cells.length - 1 ? `${cell},` : cell
    const last = lines.at(-1)!
    const glue = begun ? ' ' : '  '
    if (widthOf(last) + glue.length + widthOf(text) <= columns) lines[lines.length - 1] = last + glue + text
    else lines.push(`    ${text}`)
    begun = true
  })
  return lines
}
