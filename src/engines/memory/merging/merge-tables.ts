import type { Row, Schema, Value } from '../../../types.ts'
import { mergedColumns, type ConflictCandidate, type CandidateRows } from '../../conflict-candidates.ts'
import { COPY, POSITION, ROW } from '../../keyless.ts'
import { mergeRow, isConflict, type Cells } from '../../merge-row.ts'
import { newTypes, retypedCell } from '../../retyped-cells.ts'
import {
  columnsOnlyIn,
  DROPPED_AND_CHANGED,
  droppedAndFilled,
  MADE_TWICE,
  schemaConflictReason,
} from '../../schema-conflict.ts'
import { byCells, cellsText, MemoryTable, placesOf } from '../tables/table.ts'

/** A table in the three versions of a merge. */
export interface TableSides {
  base: MemoryTable | undefined
  ours: MemoryTable | undefined
  theirs: MemoryTable | undefined
}

/** What two sides' changes of one table come to. */
export interface MergedTable {
  /** undefined: it is dropped. The rows that conflict are left out. */
  table: MemoryTable | undefined
  conflicts: CandidateRows
}

const NO_CONFLICTS: CandidateRows = { names: [], key: [], rows: [] }

/** Merges a table three-way, by the names of its columns. */
export function mergeTables({ base: given, ours, theirs }: TableSides): MergedTable | { reason: string } {
  if (ours?.hash === theirs?.hash || given?.hash === theirs?.hash) return { table: ours, conflicts: NO_CONFLICTS }
  if (given?.hash === ours?.hash) return { table: theirs, conflicts: NO_CONFLICTS }
  if (!ours || !theirs) return { reason: DROPPED_AND_CHANGED }
  const base = retyped(given, ours, theirs)
  const reason = whyNot(base, ours, theirs)
  if (reason !== undefined) return { reason }
  const columns = mergedColumns({ base: base?.schema, ours: ours.schema, theirs: theirs.schema })
  const schema = { columns, key: ours.schema.key }
  const merge = new RowMerge(schema, { base, ours, theirs })
  const table = new MemoryTable(schema, merge.rows)
  return { table: table.isKeyless ? withoutGaps(table) : table, conflicts: merge.conflicts }
}

/** Decides the rows that conflict, cell by cell. */
export function decide({ table, conflicts }: MergedTable, policy: 'ours' | 'theirs'): MemoryTable | undefined {
  if (!table || conflicts.rows.length === 0) return table
  const rows = new Map(table.rows)
  for (const row of conflicts.rows) {
    const chosen = mergeRow(row, policy)
    if (chosen) rows.set(cellsText(row.key), chosen)
  }
  return new MemoryTable(table.schema, rows)
}

/** The base with its cells as the sides' types store them. */
function retyped(base: MemoryTable | undefined, ours: MemoryTable, theirs: MemoryTable): MemoryTable | undefined {
  const types = newTypes(base?.schema, ours.schema, theirs.schema)
  if (!base || types.every((type) => type === undefined)) return base
  const columns = base.schema.columns.map(({ name, type }, at) => ({ name, type: types[at] ?? type }))
  const keyAt = placesOf(base.schema, base.schema.key)
  const rows = [...base.rows.values()].map((row): [string, Row] => {
    const cells = row.map((cell, at) => retypedCell(cell, base.schema.columns[at]!.type, columns[at]!.type))
    return [cellsText(keyAt.map((at) => cells[at]!)), cells]
  })
  return new MemoryTable({ columns, key: base.schema.key }, new Map(rows))
}

function whyNot(base: MemoryTable | undefined, ours: MemoryTable, theirs: MemoryTable): string | undefined {
  const [before, here, there] = [base?.shown, ours.shown, theirs.shown]
  if (!before && JSON.stringify(here.columns) !== JSON.stringify(there.columns))
    return schemaConflictReason(before, here, there) ?? MADE_TWICE
  return (
    schemaConflictReason(before, here, there) ??
    (base && (filledColumn(base, ours, theirs) ?? filledColumn(base, theirs, ours)))
  )
}

/** Why a column that one side dropped can't go: the other put new cells into it. */
function filledColumn(base: MemoryTable, dropping: MemoryTable, keeping: MemoryTable): string | undefined {
  const has = (table: MemoryTable, name: string): boolean => placesOf(table.schema, [name])[0] !== -1
  const filled = columnsOnlyIn(base.schema, dropping.schema).find(
    (name) =>
      has(keeping, name) &&
      [...keeping.rows].some(([key, row]) => {
        const before = base.rows.get(key)?.[placesOf(base.schema, [name])[0]!] ?? null
        return row[placesOf(keeping.schema, [name])[0]!] !== before
      }),
  )
  return filled === undefined ? undefined : droppedAndFilled(filled)
}

/** The rows of a table that two sides changed. */
class RowMerge {
  readonly rows = new Map<string, Row>()
  readonly conflicts: CandidateRows
  readonly #position: number

  constructor(schema: Schema, { base, ours, theirs }: TableSides & { ours: MemoryTable; theirs: MemoryTable }) {
    const names = schema.columns.map(({ name }) => name)
    const keyAt = placesOf(schema, schema.key)
    this.#position = names.indexOf(POSITION)
    this.conflicts = { names, key: schema.key, rows: [] }
    const [before, here, there] = [aligned(base, names), aligned(ours, names), aligned(theirs, names)]
    for (const text of new Set([...here.keys(), ...there.keys()])) {
      const sides = { base: before.get(text) ?? null, ours: here.get(text) ?? null, theirs: there.get(text) ?? null }
      const key = keyAt.map((place) => (sides.ours ?? sides.theirs)![place]!)
      this.#merge(text, { key, ...sides })
    }
    this.conflicts.rows.sort((a, b) => byCells(keyAt.map((_, at) => at))(a.key, b.key))
  }

  #merge(text: string, row: ConflictCandidate): void {
    const { base, ours, theirs } = row
    if (!hasChanged(base, theirs)) return this.#keep(text, ours)
    if (!hasChanged(base, ours)) return this.#keep(text, theirs)
    // Of a table without a key the cells are the key: what differs is a row's place.
    if (this.#position !== -1) return this.#keep(text, ours && theirs && this.#firstPlace(ours, theirs))
    if (isConflict(row)) this.conflicts.rows.push(row)
    else this.#keep(text, mergeRow(row, 'ours'))
  }

  #firstPlace(ours: Cells, theirs: Cells): Cells {
    const place = Math.min(ours[this.#position] as number, theirs[this.#position] as number)
    return ours.map((cell, at) => (at === this.#position ? place : (cell ?? theirs[at])))
  }

  #keep(text: string, cells: Cells | null): void {
    if (cells)
      this.rows.set(
        text,
        cells.map((cell) => cell ?? null),
      )
  }
}

/** A table's rows with their cells in the order of these columns; undefined in one that the table doesn't have. */
function aligned(table: MemoryTable | undefined, names: readonly string[]): Map<string, Cells> {
  if (!table) return new Map()
  const places = placesOf(table.schema, names)
  return new Map(
    [...table.rows].map(([text, row]) => [
      text,
      places.map((at): Value | undefined => (at === -1 ? undefined : row[at])),
    ]),
  )
}

/** Whether a side added a row, deleted it, or changed one of its cells. */
function hasChanged(base: Cells | null, side: Cells | null): boolean {
  if (!base || !side) return base !== side
  return side.some((cell, at) => cell !== undefined && cell !== (base[at] ?? null))
}

/** Numbers the copies of each row 1, 2, 3, … again: the sides of a merge may have left gaps. */
function withoutGaps(table: MemoryTable): MemoryTable {
  const places = placesOf(table.schema, [ROW, COPY])
  const copies = new Map<string, number>()
  const rows = [...table.rows.values()].toSorted(byCells(places)).map((row): [string, Row] => {
    const hash = row[places[0]!] as string
    const copy = (copies.get(hash) ?? 0) + 1
    copies.set(hash, copy)
    return [cellsText([hash, copy]), row.map((cell, at) => (at === places[1] ? copy : cell))]
  })
  return new MemoryTable(table.schema, new Map(rows))
}
