import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SpanBatch } from '../../../formats/format.ts'
import { BIG_INTEGER, INTEGER, readNumber, result, TEXT } from '../../../model/numbers.ts'
import { temporaryBeside } from '../../../system/temporary.ts'
import { ROW_HASH } from '../../staging/row-hash.ts'
import {
  refuseTooMany,
  refusesReal,
  refusesText,
  scaleOfRule,
  type CellRule,
  type ColumnCount,
  type MakeSink,
  type RefusedCell,
  type RowSink,
} from '../../staging/sink.ts'
import { charactersOf, NEWLINE, LineFile, TAB } from '../tables/line-file.ts'
import { noFacts, type ColumnFacts } from '../tables/widening.ts'

/** MySQL's bound on a table's columns; more end the server. */
const COLUMNS = 4096
/** Hex digits of a row's number, where its line begins with that. */
const NUMBER_DIGITS = 12
/** The bytes of `NULL`. */
const NULL_WORD = 0x4e554c4c

/** Makes the spool of a stage. */
export const spoolSink: MakeSink = (path, rules) => {
  refuseTooMany(rules.length, COLUMNS)
  return new Spool(path, rules)
}

export class Spool implements RowSink {
  rows = 0
  readonly path: string
  readonly oddPath: string
  readonly counts: ColumnCount[]
  readonly facts: ColumnFacts[]
  /** Rows of the second file, by their number from 0. */
  readonly oddRows: number[] = []
  /** Where rows of the first file end, in bytes: one place in about each MB, and the end of the last row. */
  get ends(): readonly number[] {
    return this.#main.ends
  }
  readonly #rules: CellRule[]
  readonly #main: LineFile
  #odd: LineFile | undefined

  constructor(path: string, rules: CellRule[]) {
    this.path = path
    this.oddPath = temporaryBeside(join(dirname(path), 'stage'))
    this.#rules = rules
    this.counts = rules.map(() => ({ numbers: 0, texts: 0, sample: undefined, sampleRow: -1 }))
    this.facts = rules.map(noFacts)
    this.#main = new LineFile(path)
  }

  addSpans(batch: SpanBatch, hashes?: Buffer): RefusedCell | undefined {
    const { bytes, spans } = batch
    const width = this.#rules.length
    const out = this.#main
    for (let row = 0, span = 0; row < batch.rows; row++) {
      const start = out.length
      let odd = false
      if (hashes) out.latin1(rowMark(hashes, row, this.rows))
      for (let column = 0; column < width; column++, span += 2) {
        const from = spans[span]!
        const end = spans[span + 1]!
        if (column > 0) out.byte(TAB)
        if (from === -1) {
          const facts = this.facts[column]!
          if (facts.nulls++ === 0) facts.firstNull = this.rows
          out.null()
        } else {
          if (!this.#note(bytes, from, end, column))
            return { row: this.rows, column, text: bytes.toString('utf8', from, end) }
          odd ||= !hashes && end - from === 4 && bytes.readUInt32BE(from) === NULL_WORD
          out.cell(bytes, from, end)
        }
      }
      out.byte(NEWLINE)
      if (odd) {
        this.#odd ??= new LineFile(this.oddPath)
        this.#odd.raw(out.takeBack(start))
        this.#odd.rowEnded()
        this.oddRows.push(this.rows)
      }
      out.rowEnded()
      this.rows++
    }
    return undefined
  }

  finish(): void {
    this.#main.finish()
    this.#odd?.finish()
  }

  remove(): void {
    this.finish()
    rmSync(this.path, { force: true })
    rmSync(this.oddPath, { force: true })
  }

  /** Takes note of a cell; false if its column's pinned type refuses it. */
  #note(bytes: Buffer, start: number, end: number, column: number): boolean {
    const rule = this.#rules[column]!
    const facts = this.facts[column]!
    const length = end - start
    if (length > facts.bytes) facts.bytes = length
    if (length > facts.characters) {
      const characters = length > 255 ? charactersOf(bytes, start, end) : length
      if (characters > facts.characters) facts.characters = characters
    }
    const kind = rule.kind === 'text' ? TEXT : readNumber(bytes, start, end, scaleOfRule(rule))
    if (kind === TEXT) {
      if (refusesText(rule, bytes, start, end)) return false
      facts.others++
      const count = this.counts[column]!
      if (count.texts++ === 0) {
        count.sample = bytes.toString('utf8', start, Math.min(end, start + 60))
        count.sampleRow = this.rows
      }
      return true
    }
    this.counts[column]!.numbers++
    if (rule.kind === 'decimal') facts.reals++
    else if (kind === INTEGER) facts.integers++
    else if (kind === BIG_INTEGER) {
      facts.integers++
      facts.bigIntegers++
    } else {
      if (refusesReal(rule)) return false
      // Such a number has an exponent in its text; the engine writes it without one if it makes it text.
      const size = Math.abs(result.value)
      if (size >= 1e21 || (size < 1e-6 && size > 0)) facts.others++
      else facts.reals++
    }
    return true
  }
}

/** What a row's line begins with if it comes with its hash: lines sort by it, equal rows as they came. */
function rowMark(hashes: Buffer, row: number, number: number): string {
  const hash = hashes.toString('hex', row * ROW_HASH, (row + 1) * ROW_HASH)
  return `${hash}\t${number.toString(16).padStart(NUMBER_DIGITS, '0')}\t`
}
