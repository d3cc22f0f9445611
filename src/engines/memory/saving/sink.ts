import type { SpanBatch } from '../../../formats/format.ts'
import { INTEGER, readNumber, REAL, result, TEXT } from '../../../model/numbers.ts'
import type { Row, Value } from '../../../types.ts'
import { ROW_HASH } from '../../staging/row-hash.ts'
import {
  refusesReal,
  refusesText,
  scaleOfRule,
  type CellRule,
  type ColumnCount,
  type RefusedCell,
  type RowSink,
} from '../../staging/sink.ts'
import { plainValue } from '../../values.ts'

/** Keeps staged rows as values. */
export class MemorySink implements RowSink {
  readonly counts: ColumnCount[]
  readonly staged: Row[] = []
  /** The hash of each row's cells, of a table without a key. */
  readonly hashes: string[] = []
  readonly #rules: readonly CellRule[]

  constructor(rules: readonly CellRule[]) {
    this.#rules = rules
    this.counts = rules.map(() => ({ numbers: 0, texts: 0, sample: undefined, sampleRow: -1 }))
  }

  get rows(): number {
    return this.staged.length
  }

  addSpans(batch: SpanBatch, hashes?: Buffer): RefusedCell | undefined {
    const { bytes, spans } = batch
    for (let row = 0, span = 0; row < batch.rows; row++) {
      const cells: Row = []
      for (let column = 0; column < this.#rules.length; column++, span += 2) {
        const [start, end] = [spans[span]!, spans[span + 1]!]
        const value = start === -1 ? null : this.#cell(bytes, start, end, column)
        if (value === undefined) return { row: this.rows, column, text: bytes.toString('utf8', start, end) }
        cells.push(value)
      }
      this.staged.push(cells)
      if (hashes) this.hashes.push(hashes.toString('hex', row * ROW_HASH, (row + 1) * ROW_HASH))
    }
    return undefined
  }

  finish(): void {}

  remove(): void {
    this.staged.length = 0
  }

  /** undefined if the column's type refuses the cell. */
  #cell(bytes: Buffer, start: number, end: number, column: number): Value | undefined {
    const rule = this.#rules[column]!
    const count = this.counts[column]!
    const kind = rule.kind === 'text' ? TEXT : readNumber(bytes, start, end, scaleOfRule(rule))
    if (kind === REAL && refusesReal(rule)) return undefined
    if (kind === TEXT) {
      if (refusesText(rule, bytes, start, end)) return undefined
      const text = bytes.toString('utf8', start, end)
      if (count.texts++ === 0) Object.assign(count, { sample: text.slice(0, 60), sampleRow: this.rows })
      return text
    }
    count.numbers++
    return kind === INTEGER || kind === REAL ? result.value : plainValue(result.big)
  }
}
