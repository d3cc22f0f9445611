import { sameValue } from '../../model/cells.ts'
import { ruleText } from '../../model/check.ts'
import type { ColumnType, Conflict, RowDiff, Value } from '../../types.ts'
import type { Concentration } from '../../verbs/review/concentration.ts'
import type { Review, TableReview } from '../../verbs/review/review.ts'
import type { ColumnReview, Distribution } from '../../verbs/review/summary.ts'
import { shownText } from '../text/cells.ts'
import { changeNote } from '../text/diff-lines.ts'
import { cut, visible } from '../text/width.ts'
import { count, grouped, short } from '../text/words.ts'

/** A part of a review. Its texts are what people see, and nothing else: no markup. */
export type Block =
  | { heading: string; level: 1 | 2 }
  | { text: string; code?: boolean }
  | { head: readonly string[]; rows: readonly (readonly string[])[] }

/** How much of a cell is shown. */
const SHOWN = 60

/** A review, as parts in order; how they look is another matter. */
export function blocksOf(
  { from, to, tables, checks, merge, downstream }: Review,
  names: { into: string; what: string },
): Block[] {
  return [
    { heading: `Review of ${visible(names.what)} into ${visible(names.into)}`, level: 1 },
    {
      text: `${short(from)} → ${short(to)}: ${tables.length === 0 ? 'no differences' : count(tables.length, 'table')}`,
    },
    ...(tables.length === 0 ? [] : [countsTable(tables)]),
    ...checks.map(({ check, failure }) => ({
      text: failure
        ? `${failure.level === 'warn' ? 'Warning' : 'Refused'} by check ${visible(check.name)} of ${visible(check.table)}: ${visible(failure.reason)}`
        : `Check ${visible(check.name)} of ${visible(check.table)} holds: ${visible(ruleText(check.rule))}`,
    })),
    { text: mergeText(merge, names) },
    ...downstream.map(({ step, reads, writes }) => ({
      text: `Step ${visible(step)} reads ${listed(reads)}${writes.length === 0 ? '' : ` and makes ${listed(writes)}`}`,
    })),
    ...(merge === null || merge.conflicts.length === 0 ? [] : [conflictTable(merge)]),
    ...tables.flatMap(tableBlocks),
  ]
}

function mergeText(merge: Review['merge'], { into }: { into: string }): string {
  if (merge === null) return 'The database may only be read, so it was not looked at how the two merge.'
  if (merge.refused !== null) return `It can't be merged into ${visible(into)}: ${visible(merge.refused)}`
  if (merge.total === 0) return `It merges into ${visible(into)} without a conflict`
  return `It conflicts with ${visible(into)} in ${count(merge.total, 'row')} of ${listed(merge.tables)}`
}

function conflictTable({ conflicts }: NonNullable<Review['merge']>): Block {
  return {
    head: ['conflict', 'key', 'base', 'ours', 'theirs'],
    rows: conflicts.map(({ table, key, base, ours, theirs }) => [
      visible(table),
      Object.values(key)
        .map((value) => shown(value, 'any'))
        .join(', '),
      ...[base, ours, theirs].map((row) => rowText(row, [base, ours, theirs])),
    ]),
  }
}

/** The cells of a side in which the sides differ: `price = 3, note = NULL` */
function rowText(row: Conflict['base'], sides: readonly Conflict['base'][]): string {
  if (row === null) return 'no row'
  return Object.entries(row)
    .filter(([name, value]) => sides.some((side) => side !== null && !sameValue(side[name], value)))
    .map(([name, value]) => `${visible(name)} = ${shown(value, 'any')}`)
    .join(', ')
}

function listed(names: readonly string[]): string {
  return names.map(visible).join(', ')
}

function countsTable(tables: readonly TableReview[]): Block {
  return {
    head: ['table', 'added', 'modified', 'removed', ''],
    rows: tables.map((one) => [
      visible(one.table),
      grouped(one.added),
      grouped(one.modified),
      grouped(one.removed),
      changeNote(one),
    ]),
  }
}

function tableBlocks(table: TableReview): Block[] {
  const { columns, concentrated, samples, schema } = table
  const changed = columns.filter((column) => column.changed > 0)
  const told = changed.length > 0 ? changed : columns
  return [
    { heading: visible(table.table), level: 2 },
    ...schema.map((line) => ({ text: visible(line) })),
    ...concentrated.map((one) => ({ text: concentrationText(one, typeIn(table, 'after', one.column)) })),
    { head: ['column', 'cells changed', 'before', 'after'], rows: told.map((one) => columnRow(table, one)) },
    ...(samples.length === 0 ? [] : [sampleTable(table, samples)]),
  ]
}

function concentrationText({ column, value, share, elsewhere }: Concentration, type: ColumnType): string {
  const compared = elsewhere === null ? '' : ` (before, ${percent(elsewhere)} of the first rows)`
  return `${percent(share)} of the changed rows have ${visible(column)} = ${shown(value, type)}${compared}`
}

function columnRow(table: TableReview, { column, changed, before, after }: ColumnReview): string[] {
  return [
    visible(column),
    grouped(changed),
    distributionText(before, typeIn(table, 'before', column)),
    distributionText(after, typeIn(table, 'after', column)),
  ]
}

/** `3 numbers, 1 to 9, mean 4.5; 1 text; 2 NULL` */
function distributionText({ values, nulls, numbers, least, greatest, mean }: Distribution, type: ColumnType): string {
  const parts = [
    numbers > 0 &&
      `${count(numbers, 'number')}, ${shown(least, type)} to ${shown(greatest, type)}, mean ${Number(mean!.toPrecision(6))}`,
    values > numbers && count(values - numbers, 'text'),
    nulls > 0 && `${grouped(nulls)} NULL`,
  ]
  return parts.filter(Boolean).join('; ') || 'no cells'
}

function sampleTable(table: TableReview, samples: readonly RowDiff[]): Block {
  const names = table.columns.map(({ column }) => column)
  const inOrder = [...(table.after ?? table.before)!.columns.map(({ name }) => name), ...names]
  const columns = [...new Set(inOrder)]
  return {
    head: ['', ...columns.map((name) => visible(name))],
    rows: samples.map((row) => [row.kind, ...columns.map((column) => sampleText(table, row, column))]),
  }
}

function sampleText(table: TableReview, { kind, before, after }: RowDiff, column: string): string {
  const old = shown(before?.[column], typeIn(table, 'before', column))
  const fresh = shown(after?.[column], typeIn(table, 'after', column))
  if (kind !== 'modified') return kind === 'added' ? fresh : old
  return old === fresh ? fresh : `${old} → ${fresh}`
}

function typeIn(table: TableReview, side: 'before' | 'after', column: string): ColumnType {
  return table[side]?.columns.find(({ name }) => name === column)?.type ?? 'any'
}

function shown(value: Value | undefined, type: ColumnType): string {
  return cut(shownText(value, type), SHOWN)
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`
}
