import { rmSync } from 'node:fs'
import type { SpanBatch } from '../../../formats/format.ts'
import { BIG_INTEGER, INTEGER, REAL, readNumber, result, TEXT } from '../../../model/numbers.ts'
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
import { putVarint, TableFile } from './table-file.ts'

/** The engine's bound on a table's columns. */
const COLUMNS = 2000

/** Rows go to a table file, which the engine attaches. */
export const tableFileSink: MakeSink = (path, rules, hashed) => {
  refuseTooMany(rules.length, COLUMNS)
  const names = [...rules.map((_, index) => `c${index}`), ...(hashed ? ['hash'] : [])]
  const sql = `CREATE TABLE rows(${names.join(', ')})`
  return new RecordWriter(path, new TableFile(path, sql), rules)
}

/** Turns rows into SQLite records ("Record Format" of its file format) and adds them to a table file. */
class RecordWriter implements RowSink {
  readonly counts: ColumnCount[]
  readonly #path: string
  readonly #file: TableFile
  readonly #rules: CellRule[]
  #header: Buffer
  #body: Buffer
  #headerLength = 0
  #bodyLength = 0

  constructor(path: string, file: TableFile, rules: CellRule[]) {
    this.#path = path
    this.#file = file
    this.#rules = rules
    this.counts = rules.map(() => ({ numbers: 0, texts: 0, sample: undefined, sampleRow: -1 }))
    this.#header = Buffer.allocUnsafe(rules.length * 9 + 18)
    this.#body = Buffer.allocUnsafe(65536)
  }

  get rows(): number {
    return this.#file.rows
  }

  finish(): void {
    this.#file.finish()
  }

  remove(): void {
    if (!this.#file.finished) this.#file.close()
    rmSync(this.#path, { force: true })
  }

  /**
   * Adds the rows of a batch; stops at the first cell that a pinned type refuses.
   * @param hashes the rows' hashes, kept behind their cells
   */
  addSpans(batch: SpanBatch, hashes?: Buffer): RefusedCell | undefined {
    const { bytes, spans } = batch
    const width = this.#rules.length
    for (let row = 0, span = 0; row < batch.rows; row++) {
      this.#headerLength = 0
      this.#bodyLength = 0
      for (let column = 0; column < width; column++, span += 2) {
        const start = spans[span]!
        const end = spans[span + 1]!
        if (start === -1) this.#header[this.#headerLength++] = 0
        else if (!this.#cell(bytes, start, end, column))
          return { row: this.#file.rows, column, text: bytes.toString('utf8', start, end) }
      }
      if (hashes) this.#blob(hashes, row * ROW_HASH, ROW_HASH)
      this.#file.add(this.#header, this.#headerLength, this.#body, this.#bodyLength)
    }
    return undefined
  }

  #cell(bytes: Buffer, start: number, end: number, column: number): boolean {
    const rule = this.#rules[column]!
    const count = this.counts[column]!
    const kind = rule.kind === 'text' ? TEXT : readNumber(bytes, start, end, scaleOfRule(rule))
    if (kind === TEXT) {
      if (refusesText(rule, bytes, start, end)) return false
      if (count.texts++ === 0) {
        count.sample = bytes.toString('utf8', start, Math.min(end, start + 60))
        count.sampleRow = this.#file.rows
      }
      this.#text(bytes, start, end)
      return true
    }
    count.numbers++
    if (kind === REAL) {
      if (refusesReal(rule)) return false
      this.#real(result.value)
    } else if (kind === INTEGER) this.#integer(result.value)
    else if (kind === BIG_INTEGER) this.#big(result.big)
    return true
  }

  #integer(value: number): void {
    const magnitude = value < 0 ? -1 - value : value
    if (value === 0 || value === 1) this.#header[this.#headerLength++] = 8 + value
    else if (magnitude < 0x80) this.#int(1, 1, value)
    else if (magnitude < 0x8000) this.#int(2, 2, value)
    else if (magnitude < 0x800000) this.#int(3, 3, value)
    else if (magnitude < 0x80000000) this.#int(4, 4, value)
    else if (magnitude < 0x800000000000) this.#int(5, 6, value)
    else this.#big(BigInt(value))
  }

  #int(type: number, length: number, value: number): void {
    this.#header[this.#headerLength++] = type
    let at = this.#room(length)
    if (length === 6) this.#body.writeIntBE(value, at, 6)
    else for (let shift = length * 8 - 8; shift >= 0; shift -= 8) this.#body[at++] = value >> shift
    this.#bodyLength += length
  }

  #big(value: bigint): void {
    this.#header[this.#headerLength++] = 6
    // First the room: that may be another body.
    const at = this.#room(8)
    this.#bodyLength = this.#body.writeBigInt64BE(value, at)
  }

  #real(value: number): void {
    this.#header[this.#headerLength++] = 7
    const at = this.#room(8)
    this.#bodyLength = this.#body.writeDoubleBE(value, at)
  }

  #blob(bytes: Buffer, start: number, length: number): void {
    this.#headerLength = putVarint(this.#header, this.#headerLength, 12 + 2 * length)
    const at = this.#room(length)
    bytes.copy(this.#body, at, start, start + length)
    this.#bodyLength += length
  }

  #text(bytes: Buffer, start: number, end: number): void {
    const length = end - start
    this.#headerLength = putVarint(this.#header, this.#headerLength, 13 + 2 * length)
    let at = this.#room(length)
    const body = this.#body
    if (length > 32) bytes.copy(body, at, start, end)
    else for (let from = start; from < end; from++) body[at++] = bytes[from]!
    this.#bodyLength += length
  }

  /** Where the next `length` bytes of the body go. */
  #room(length: number): number {
    const needed = this.#bodyLength + length
    if (needed > this.#body.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#body.length * 2))
      this.#body.copy(larger, 0, 0, this.#bodyLength)
      this.#body = larger
    }
    return this.#bodyLength
  }
}
