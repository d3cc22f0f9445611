import { closeSync, createReadStream, openSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SpanBatch } from '../../../formats/format.ts'
import { BIG_INTEGER, INTEGER, readNumber, result, TEXT } from '../../../model/numbers.ts'
import { temporaryBeside } from '../../../system/temporary.ts'
import { ROW_HASH } from '../../staging/row-hash.ts'
import {
  refuseTooMany,
  type CellRule,
  type ColumnCount,
  type MakeSink,
  type Misfit,
  type RowSink,
} from '../../staging/sink.ts'

/*
 * Staged rows lie in a file just as LOAD DATA reads them: cells parted by tabs, rows by line ends, both escaped
 * within cells, NULL as \N. Dolt takes an unquoted cell of the four letters NULL for NULL, however it is escaped:
 * such rows lie in a second file, and go by INSERT.
 * Rows of a table without a key all lie in the first file, each behind its hash and its number.
 */

const ROOM = 1 << 20
/** MySQL's bound on a table's columns; more end the server. */
const COLUMNS = 4096
const BACKSLASH = 92
const TAB = 9
const NEWLINE = 10
/** Hex digits of a row's number, where its line begins with that. */
const NUMBER_DIGITS = 12
/** The bytes of `NULL`. */
const NULL_WORD = 0x4e554c4c

/** What a column's cells need of the type that holds them. */
export interface ColumnFacts {
  nulls: number
  firstNull: number
  /** Whole numbers, and among them those beyond 2^53. */
  integers: number
  bigIntegers: number
  /** Reals that are written without an exponent, and decimals of a pinned scale. */
  reals: number
  /** Cells that are no such number. */
  others: number
  /** The longest cell: an upper bound in characters, exact above 255; and in bytes. */
  characters: number
  bytes: number
}

/** The facts of a column without cells. */
export function noFacts(): ColumnFacts {
  return { nulls: 0, firstNull: -1, integers: 0, bigIntegers: 0, reals: 0, others: 0, characters: 0, bytes: 0 }
}

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
  readonly #main: Out
  #odd: Out | undefined

  constructor(path: string, rules: CellRule[]) {
    this.path = path
    this.oddPath = temporaryBeside(join(dirname(path), 'stage'))
    this.#rules = rules
    this.counts = rules.map(() => ({ numbers: 0, texts: 0, sample: undefined, sampleRow: -1 }))
    this.facts = rules.map(noFacts)
    this.#main = new Out(path)
  }

  addSpans(batch: SpanBatch, hashes?: Buffer): Misfit | undefined {
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
        this.#odd ??= new Out(this.oddPath)
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

  /** Takes note of a cell; false where its column's pinned type refuses it. */
  #note(bytes: Buffer, start: number, end: number, column: number): boolean {
    const rule = this.#rules[column]!
    const facts = this.facts[column]!
    const length = end - start
    if (length > facts.bytes) facts.bytes = length
    if (length > facts.characters) {
      const characters = length > 255 ? charactersOf(bytes, start, end) : length
      if (characters > facts.characters) facts.characters = characters
    }
    const kind = rule.kind === 'text' ? TEXT : readNumber(bytes, start, end, rule.kind === 'decimal' ? rule.scale : -1)
    if (kind === TEXT) {
      if (rule.kind === 'integer' || rule.kind === 'real') return false
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
      if (rule.kind === 'integer') return false
      // Such a number has an exponent in its text; the engine writes it without one where it makes it text.
      const size = Math.abs(result.value)
      if (size >= 1e21 || (size < 1e-6 && size > 0)) facts.others++
      else facts.reals++
    }
    return true
  }
}

/** What a row's line begins with where it comes with its hash: lines sort by it, equal rows as they came. */
function rowMark(hashes: Buffer, row: number, number: number): string {
  const hash = hashes.toString('hex', row * ROW_HASH, (row + 1) * ROW_HASH)
  return `${hash}\t${number.toString(16).padStart(NUMBER_DIGITS, '0')}\t`
}

/** A buffered file of rows. */
export class Out {
  length = 0
  /** How many bytes were in the file after each time that whole rows were written to it. */
  readonly ends: number[] = []
  readonly #descriptor: number
  #buffer: Buffer = Buffer.allocUnsafe(ROOM * 2)
  #open = true

  constructor(path: string) {
    this.#descriptor = openSync(path, 'wx', 0o600)
  }

  byte(byte: number): void {
    if (this.length === this.#buffer.length) this.#grow(1)
    this.#buffer[this.length++] = byte
  }

  null(): void {
    this.byte(BACKSLASH)
    this.byte(78)
  }

  cell(bytes: Buffer, start: number, end: number): void {
    if (this.#buffer.length - this.length < (end - start) * 2) this.#grow((end - start) * 2)
    const buffer = this.#buffer
    let at = this.length
    for (let from = start; from < end; from++) {
      const byte = bytes[from]!
      if (byte > NEWLINE && byte !== BACKSLASH) buffer[at++] = byte
      else {
        const escape =
          byte === BACKSLASH ? BACKSLASH : byte === NEWLINE ? 110 : byte === TAB ? 116 : byte === 0 ? 48 : -1
        if (escape !== -1) buffer[at++] = BACKSLASH
        buffer[at++] = escape === -1 ? byte : escape
      }
    }
    this.length = at
  }

  /** A text of bytes, one a character. */
  latin1(text: string): void {
    if (this.#buffer.length - this.length < text.length) this.#grow(text.length)
    this.length += this.#buffer.write(text, this.length, 'latin1')
  }

  raw(bytes: Buffer): void {
    if (this.#buffer.length - this.length < bytes.length) this.#grow(bytes.length)
    this.length += bytes.copy(this.#buffer, this.length)
  }

  /** The bytes since `start`, which are no longer part of the file. */
  takeBack(start: number): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(start, this.length))
    this.length = start
    return taken
  }

  /** A whole line, as `latin1`. */
  line(text: string): void {
    this.latin1(text)
    this.byte(NEWLINE)
    this.rowEnded()
  }

  rowEnded(): void {
    if (this.length >= ROOM) this.#flush()
  }

  finish(): void {
    if (!this.#open) return
    this.#open = false
    this.#flush()
    closeSync(this.#descriptor)
  }

  #flush(): void {
    for (let done = 0; done < this.length;) done += writeSync(this.#descriptor, this.#buffer, done, this.length - done)
    if (this.length > 0) this.ends.push((this.ends.at(-1) ?? 0) + this.length)
    this.length = 0
  }

  #grow(more: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.length + more))
    this.#buffer.copy(larger, 0, 0, this.length)
    this.#buffer = larger
  }
}

function charactersOf(bytes: Buffer, start: number, end: number): number {
  let characters = 0
  for (let at = start; at < end; at++) if ((bytes[at]! & 0xc0) !== 0x80) characters++
  return characters
}

/** The rows of a spooled file, as they were, in batches. */
export async function* spooledRows(path: string): AsyncGenerator<(string | null)[][]> {
  for await (const lines of linesOf(path, 'utf8')) yield lines.map(cellsOf)
}

/** The lines of a spooled file, in batches. */
export async function* linesOf(path: string, encoding: 'utf8' | 'latin1'): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: ROOM })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    rest = bytes.subarray(end)
    if (end > 0) yield bytes.toString(encoding, 0, end - 1).split('\n')
  }
}

function cellsOf(line: string): (string | null)[] {
  return line.split('\t').map((cell) => (cell === '\\N' ? null : cell.includes('\\') ? unescaped(cell) : cell))
}

function unescaped(cell: string): string {
  return cell.replace(/\\(.)/gs, (_, letter: string) =>
    letter === 'n' ? '\n' : letter === 't' ? '\t' : letter === '0' ? '\0' : letter,
  )
}
