import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryBeside } from '../../temporary.ts'
import type { SaveMode } from '../../types.ts'
import { POSITION } from '../keyless.ts'
import type { SpooledRows } from './bulk.ts'
import type { Connection } from './connection.ts'
import { NumberSet } from './number-set.ts'
import { HASH_DIGITS, sortedLines } from './sorted-lines.ts'
import { linesOf, Out, type Spool } from './spool.ts'
import { quoted } from './sql.ts'
import { StoredKeys } from './stored-keys.ts'

/*
 * What a save does to a table without a key is found before anything is sent: the source's rows, in the order of their
 * hashes, are walked along beside the table's, which come in that order too. What comes and what goes lies in files.
 */

/** So many rows are removed one by one at any rate; of more, a third of those that stay: then all are written anew, in less time. */
const FEW = 1000
const SHARE = 1 / 3
/** Rows that are looked at together. */
const BATCH = 1000
/** Marks a place that a row has already. */
const PLACED = '='
/** A cell that LOAD DATA takes for no value. */
const HAS_NULL_WORD = /(?:^|\t)NULL(?:\t|$)/

/** The rows that a save adds to a table, each as hash, copy, place and cells, in the order of the key; and those that it removes. */
export class RowChanges implements SpooledRows {
  readonly path: string
  readonly oddPath: string
  rows = 0
  readonly oddRows: number[] = []
  /** Rows to remove, as hash and copy. */
  readonly gonePath: string
  gone = 0
  /** Whether the table is to be emptied: what stays of its rows is among the added ones. */
  clears = false
  readonly #source: Spool
  #kept = 0
  /** The last place of a row that stays. */
  #lastKept = 0

  private constructor(source: Spool) {
    const temporary = (): string => temporaryBeside(join(dirname(source.path), 'stage'))
    this.path = temporary()
    this.oddPath = temporary()
    this.gonePath = temporary()
    this.#source = source
  }

  /**
   * `replace` removes what the source has not and adds what the table has not, so that rows that stay keep their places;
   * `append` adds all.
   * @param table undefined where it is yet to be made
   */
  static async find(
    connection: Connection,
    table: string | undefined,
    mode: SaveMode,
    source: Spool,
  ): Promise<RowChanges> {
    const changes = new RowChanges(source)
    try {
      await changes.#compare(connection, table, mode)
      changes.clears = changes.gone > FEW && changes.gone > changes.#kept * SHARE
      if (changes.clears && changes.#kept > 0) await changes.#compare(connection, table, mode)
      return changes
    } catch (error) {
      changes.remove()
      throw error
    }
  }

  remove(): void {
    for (const path of [this.path, this.oddPath, this.gonePath]) rmSync(path, { force: true })
  }

  async #compare(connection: Connection, table: string | undefined, mode: SaveMode): Promise<void> {
    this.remove()
    Object.assign(this, { rows: 0, gone: 0 })
    this.#kept = 0
    this.#lastKept = 0
    const foundPath = temporaryBeside(this.path)
    const [found, gone] = [new Out(foundPath), new Out(this.gonePath)]
    const added = new NumberSet(this.#source.rows)
    try {
      const end = table === undefined || mode === 'replace' ? 0 : await lastPlace(connection, table)
      const there = await StoredKeys.open(connection, table)
      try {
        if (mode === 'append') await this.#append(there, found, added)
        else await this.#replace(there, found, gone, added)
      } finally {
        there.close()
      }
      found.finish()
      await this.#place(foundPath, Math.max(end, this.#lastKept), added)
    } finally {
      found.finish()
      gone.finish()
      rmSync(foundPath, { force: true })
    }
  }

  async #replace(there: StoredKeys, found: Out, gone: Out, added: NumberSet): Promise<void> {
    const leave = async (): Promise<void> => {
      gone.line(`${there.row}\t${there.copy}`)
      this.gone++
      await there.next()
    }
    for await (const rows of numberedCopies(this.#source.path))
      for (const { row, copy, number, cells } of rows) {
        while (there.isBefore(row, copy)) await leave()
        if (there.is(row, copy)) {
          if (this.clears) found.line(`${row}\t${copy}\t${PLACED}${there.position}\t${cells}`)
          this.#kept++
          this.#lastKept = Math.max(this.#lastKept, there.position)
          await there.next()
        } else {
          found.line(`${row}\t${copy}\t${number}\t${cells}`)
          added.add(number)
        }
      }
    while (!there.ended) await leave()
  }

  async #append(there: StoredKeys, found: Out, added: NumberSet): Promise<void> {
    let copies = 0
    for await (const rows of numberedCopies(this.#source.path))
      for (const { row, copy, number, cells } of rows) {
        if (copy === 1) copies = 0
        for (; there.isBefore(row, Infinity); await there.next()) if (there.row === row) copies = there.copy
        found.line(`${row}\t${copies + copy}\t${number}\t${cells}`)
        added.add(number)
      }
  }

  /** Gives the added rows the places behind the last one, in the order of the source. */
  async #place(foundPath: string, last: number, added: NumberSet): Promise<void> {
    const [main, odd] = [new Out(this.path), new Out(this.oddPath)]
    try {
      for await (const lines of linesOf(foundPath, 'latin1'))
        for (const line of lines) {
          const from = line.indexOf('\t', HASH_DIGITS + 1) + 1
          const end = line.indexOf('\t', from)
          const place = line.slice(from, end)
          const position = place.startsWith(PLACED) ? place.slice(1) : last + 1 + added.below(Number(place))
          const isOdd = HAS_NULL_WORD.test(line)
          ;(isOdd ? odd : main).line(`${line.slice(0, from)}${position}${line.slice(end)}`)
          if (isOdd) this.oddRows.push(this.rows)
          this.rows++
        }
    } finally {
      main.finish()
      odd.finish()
    }
  }
}

async function lastPlace(connection: Connection, table: string): Promise<number> {
  return Number((await connection.cell(`SELECT max(${POSITION}) FROM ${quoted(table)}`)) ?? 0)
}

/** A staged row: its hash, which of the equal ones it is, its number from 0, and its cells as they lie in the file. */
interface StagedRow {
  row: string
  copy: number
  number: number
  cells: string
}

/** The rows of a staged source in the order of their hashes. */
async function* numberedCopies(path: string): AsyncGenerator<StagedRow[]> {
  let last = ''
  let copy = 0
  const staged = (line: string): StagedRow => {
    const row = line.slice(0, HASH_DIGITS)
    copy = row === last ? copy + 1 : 1
    last = row
    const end = line.indexOf('\t', HASH_DIGITS + 1)
    return { row, copy, number: parseInt(line.slice(HASH_DIGITS + 1, end), 16), cells: line.slice(end + 1) }
  }
  for await (const lines of sortedLines(path))
    for (let at = 0; at < lines.length; at += BATCH) yield lines.slice(at, at + BATCH).map(staged)
}
