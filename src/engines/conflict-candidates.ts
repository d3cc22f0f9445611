import type { Column, Conflict, Hash, Row, Schema, Value } from '../types.ts'
import type { Merged } from './engine.ts'
import { isConflict, type Cells, type RowSides } from './merge-row.ts'
import { plainValue, record } from './values.ts'

/** How many conflicting rows an error lists. */
export const LISTED = 1000

/** The three commits of a merge. */
export interface MergeCommits {
  base: Hash
  ours: Hash
  theirs: Hash
}

/** A row that two sides of a merge both have to do with, and its key. */
export interface ConflictCandidate extends RowSides {
  key: Row
}

/** Rows of a table, with the names of their cells. */
export interface CandidateRows {
  names: string[]
  key: string[]
  rows: ConflictCandidate[]
}

/** Such rows, ready to be listed. */
export interface ListedRows extends CandidateRows {
  table: string
  /** How many conflict, if not all of them are here. */
  count?: number
  /** A cell as doltflow gives it out, by its place. Default: as it is, an integer as a number if that holds it */
  shown?(cell: Value, place: number): Value
}

/** The schemas of a table in the three versions of a merge; the base may not have it. */
export interface MergedSchemas {
  base: Schema | undefined
  ours: Schema
  theirs: Schema
}

/** How an engine says it. */
export interface CandidateSql {
  /** The table in a version, for a FROM clause. */
  table(version: 'base' | 'ours' | 'theirs'): string
  quoted(name: string): string
  /** Whether the cells of a column are not the same in two versions. */
  differs(column: string, a: string, b: string): string
  /** Whether an empty cell of a column that both sides added conflicts with any other cell. */
  emptyConflicts?: boolean
  /** Whether the keys of two rows are the same. */
  sameKey(key: readonly string[], a: string, b: string): string
}

/** How many conditions are joined in one go: SQL may be nested 1,000 deep. */
const JOINED = 100

/** What a merge answers that conflicts: the rows that do, of each table; all of them, or the first. */
export function conflictsOf(
  tables: readonly ListedRows[],
  { listAll = false }: { listAll?: boolean } = {},
): Extract<Merged, { conflicts: unknown }> {
  const most = listAll ? Infinity : LISTED
  const conflicts: Conflict[] = []
  let total = 0
  const conflicting: string[] = []
  for (const listed of tables.toSorted((a, b) => (a.table < b.table ? -1 : 1))) {
    const real = listed.rows.filter(isConflict)
    if (real.length > 0) conflicting.push(listed.table)
    total += Math.max(real.length, listed.count ?? 0)
    for (const sides of real.slice(0, most - conflicts.length)) conflicts.push(conflictOf(listed, sides))
  }
  return { conflicts, total, tables: conflicting }
}

function conflictOf(
  { table, names: columns, key, shown = plainValue }: ListedRows,
  { base, ours, theirs }: RowSides,
): Conflict {
  const named = (row: Cells | null): Record<string, Value> | null =>
    row &&
    record(
      columns,
      row.map((cell, place) => shown(cell ?? null, place)),
    )
  const sides = { base: named(base), ours: named(ours), theirs: named(theirs) }
  const present = (sides.ours ?? sides.theirs)!
  const cells = key.map((name) => present[name]!)
  return { table, key: record(key, cells), ...sides }
}

/** The names of its columns: what one side dropped is gone. */
export function mergedNames({ base, ours, theirs }: MergedSchemas): string[] {
  const all = [...new Set([...names(ours), ...names(theirs)])]
  const isDropped = (name: string): boolean =>
    base !== undefined && names(base).includes(name) && !(names(ours).includes(name) && names(theirs).includes(name))
  return all.filter((name) => !isDropped(name))
}

/** The columns of the merged table: in ours' order, unless theirs alone changed the base's; then the columns that the other side alone has. */
export function mergedColumns(schemas: MergedSchemas): Column[] {
  const { base, ours, theirs } = schemas
  const [first, second] = base && isInOrder(base, ours) && !isInOrder(base, theirs) ? [theirs, ours] : [ours, theirs]
  const merged = mergedNames(schemas)
  const others = second.columns.filter(({ name }) => !first.columns.some((column) => column.name === name))
  return [...first.columns, ...others].filter(({ name }) => merged.includes(name))
}

/** Whether the columns that two schemas have in common come in the same order. */
export function isInOrder(a: Schema, b: Schema): boolean {
  const [one, other] = [names(a), names(b)]
  const common = other.filter((name) => one.includes(name))
  return one.filter((name) => common.includes(name)).every((name, place) => name === common[place])
}

/**
 * A query for the keys of rows that both sides changed in one cell, that one side deleted and the other changed, or that
 * both added, not alike. Engines see no change in a column that the base doesn't have where the other side deleted the row, and
 * take two rows with a new column each for two values of one.
 */
export function candidateKeys(schemas: MergedSchemas, sql: CandidateSql): string {
  const { base, ours } = schemas
  const order = ours.key.map((_, index) => `k${index}`).join(', ')
  const parts = [
    changedByBoth(schemas, sql),
    ...(base ? [deletedBy('ours', schemas, sql), deletedBy('theirs', schemas, sql)] : []),
  ]
  return `SELECT * FROM (${parts.join(' UNION ALL ')}) AS candidates ORDER BY ${order}`
}

function changedByBoth(schemas: MergedSchemas, sql: CandidateSql): string {
  const { base, ours, theirs } = schemas
  const isAdded = base ? `b.${sql.quoted(ours.key[0]!)} IS NULL` : '1 = 1'
  const conditions = cellNames(schemas).map((name) => {
    const inOurs = names(ours).includes(name)
    if (!inOurs || !names(theirs).includes(name))
      return `(${isAdded} AND ${inOurs ? 'o' : 't'}.${sql.quoted(name)} IS NOT NULL)`
    if (sql.emptyConflicts && !(base && names(base).includes(name))) return sql.differs(name, 'o', 't')
    const both = `(${changed(schemas, sql, 'o', name)} AND ${changed(schemas, sql, 't', name)})`
    return `(${sql.differs(name, 'o', 't')} AND (${isAdded} OR ${both}))`
  })
  const withBase = base ? `LEFT JOIN ${sql.table('base')} b ON ${sql.sameKey(ours.key, 'o', 'b')}` : ''
  return `SELECT ${keyCells(schemas, sql, 'o')} FROM ${sql.table('ours')} o
    JOIN ${sql.table('theirs')} t ON ${sql.sameKey(ours.key, 'o', 't')} ${withBase} WHERE ${any(conditions)}`
}

function deletedBy(side: 'ours' | 'theirs', schemas: MergedSchemas, sql: CandidateSql): string {
  const other = side === 'ours' ? 'theirs' : 'ours'
  const { key } = schemas.ours
  const conditions = cellNames(schemas)
    .filter((name) => names(schemas[other]).includes(name))
    .map((name) => changed(schemas, sql, 'x', name))
  return `SELECT ${keyCells(schemas, sql, 'b')} FROM ${sql.table('base')} b
    JOIN ${sql.table(other)} x ON ${sql.sameKey(key, 'b', 'x')}
    LEFT JOIN ${sql.table(side)} d ON ${sql.sameKey(key, 'b', 'd')}
    WHERE d.${sql.quoted(key[0]!)} IS NULL AND ${any(conditions)}`
}

/** Whether a side's cell is another than the base's. */
function changed({ base }: MergedSchemas, sql: CandidateSql, alias: string, name: string): string {
  const inBase = base !== undefined && names(base).includes(name)
  return inBase ? sql.differs(name, alias, 'b') : `${alias}.${sql.quoted(name)} IS NOT NULL`
}

function cellNames(schemas: MergedSchemas): string[] {
  return mergedNames(schemas).filter((name) => !schemas.ours.key.includes(name))
}

function keyCells({ ours }: MergedSchemas, sql: CandidateSql, alias: string): string {
  return ours.key.map((name, index) => `${alias}.${sql.quoted(name)} AS k${index}`).join(', ')
}

/** Whether one of the conditions holds. */
function any(conditions: readonly string[]): string {
  if (conditions.length === 0) return '1 = 0'
  if (conditions.length <= JOINED) return `(${conditions.join(' OR ')})`
  const groups: string[] = []
  for (let from = 0; from < conditions.length; from += JOINED) groups.push(any(conditions.slice(from, from + JOINED)))
  return any(groups)
}

function names({ columns }: Schema): string[] {
  return columns.map(({ name }) => name)
}
