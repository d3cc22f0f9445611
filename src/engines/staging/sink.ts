import { RefusedError } from '../../errors.ts'
import type { SpanBatch } from '../../formats/format.ts'
import { isSpecialReal, REALS } from '../../model/numbers.ts'

/** How a column stores its cells: `any` decides cell by cell; the others are pinned by the user or the first rows. */
export type CellRule =
  | { kind: 'any' }
  | { kind: 'text' }
  /** `lenient`: no cell is refused, since the file declares what its cells are; another file of the same save may widen it. */
  | { kind: 'integer'; lenient: boolean }
  | { kind: 'real'; lenient: boolean }
  | { kind: 'decimal'; scale: number }

/** How the rule reads a number: the scale that `readNumber` takes. */
export function scaleOfRule(rule: CellRule): number {
  if (rule.kind === 'real') return REALS
  return rule.kind === 'decimal' ? rule.scale : -1
}

/** Whether the rule refuses a cell that is no number: no reals are `NaN` and the infinities, which are stored as texts. */
export function refusesText(rule: CellRule, bytes: Buffer, start: number, end: number): boolean {
  if ((rule.kind !== 'integer' && rule.kind !== 'real') || rule.lenient) return false
  return rule.kind === 'integer' || !isSpecialReal(bytes, start, end)
}

/** Whether the rule refuses a number that is not whole. */
export function refusesReal(rule: CellRule): boolean {
  return rule.kind === 'integer' && !rule.lenient
}

/** What one column's cells turned out to be. */
export interface ColumnCount {
  numbers: number
  texts: number
  /** A text cell, and the row (from 0) that has it; the first that was seen. */
  sample: string | undefined
  sampleRow: number
}

/** A cell that a pinned type refuses. */
export interface RefusedCell {
  row: number
  column: number
  text: string
}

/** Where an engine puts staged rows, in a file of its own kind. */
export interface RowSink {
  /** Rows added so far. */
  readonly rows: number
  readonly counts: ColumnCount[]
  /**
   * Adds the rows of a batch; stops at the first cell that a pinned type refuses.
   * @param hashes the rows' hashes, kept behind their cells
   */
  addSpans(batch: SpanBatch, hashes?: Buffer): RefusedCell | undefined
  /** The file is whole after it. */
  finish(): void
  /** Closes and removes the file, whole or not. */
  remove(): void
}

/** @throws {RefusedError} TOO_MANY_COLUMNS: more than an engine's table can have */
export function refuseTooMany(columns: number, limit: number): void {
  if (columns <= limit) return
  throw new RefusedError(
    'TOO_MANY_COLUMNS',
    `The source has ${columns.toLocaleString('en')} columns, and a table of this engine ${limit.toLocaleString('en')} at most. Split it into several tables of the same key.`,
    { data: { columns, limit } },
  )
}

/** Makes the file at `path`, for cells that follow one rule a column; `hashed` where each row comes with its hash. */
export type MakeSink = (path: string, rules: CellRule[], hashed: boolean) => RowSink
