import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryBeside } from '../../../system/temporary.ts'
import type { SaveMode } from '../../../types.ts'
import { POSITION } from '../../keyless.ts'
import type { Connection } from '../connection/connection.ts'
import { quoted } from '../connection/sql.ts'
import { WHERE } from '../merging/keyless.ts'
import { linesOf, LineFile, spooledRows } from '../tables/line-file.ts'
import { HASH_DIGITS, sortedLines } from '../tables/sorted-lines.ts'
import { StoredKeys } from '../tables/stored-keys.ts'
import { BitSet } from './bit-set.ts'
import type { SpooledRows } from './bulk.ts'
import type { Spool } from './load-data-file.ts'

/** Rows that are removed by one statement. */
const ROWS = 500

/*
 * What a save does to a table without a key is found before anything is sent: the source's rows, in the order of their
 * hashes, are walked along beside the table's, which come in that order too. What comes and what goes lies in files.
 */

/** Up to FEW rows, or SHARE of those that stay, are deleted by key; beyond that it is faster to write the table again. */
const FEW = 1000
const SHARE = 1 / 3
/** Rows that are looked at together. */
const BATCH = 1000
/** A cell that LOAD DATA takes for no value. */
const HAS_NULL_WORD = /(?:^|\t)NULL(?:\t|$)/

/**
 * What becomes of the source's rows: `replace` removes what the source doesn't have and adds what the table doesn't have, so that
 * rows that stay keep their places, unless `inOrder` asks for the source's order; `append` adds all.
 */
export interface ChangeRules {
  mode: SaveMode
  inOrder: boolean
}

/** The rows that a save adds to a table, each as hash, copy, place and cells, in the order of the key; and those that it removes. */
export class RowChanges implements SpooledRows {
  readonly path: string
  readonly oddPath: string
  ends: readonly number[] = []
  rows = 0
  readonly oddRows: number[] = []
  /** Rows to remove, as hash and copy. */
  readonly gonePath: string
  gone = 0
  /** Whether the table is to be emptied: what stays of its rows is among the added ones. */
  clears = false
  /** The source's rows, each as hash, copy, number, place (nothing, if the table doesn't have that row) and cells. */
  readonly #foundPath: string
  readonly #source: Spool
  /** The numbers of the rows that the table doesn't have. */
  readonly #added: BitSet
  #kept = 0
  #lastPlace = 0

  private constructor(source: Spool) {
    const temporary = (): string => temporaryBeside(join(dirname(source.path), 'stage'))
    this.path = temporary()
    this.oddPath = temporary()
    this.gonePath = temporary()
    this.#foundPath = temporary()
    this.#source = source
    this.#added = new BitSet(source.rows)
  }

  /** @param table undefined if it is yet to be made */
  static async find(
    connection: Connection,
    table: string | undefined,
    { mode, inOrder }: ChangeRules,
    source: Spool,
  ): Promise<RowChanges> {
    const changes = new RowChanges(source)
    try {
      if (mode === 'append' && table !== undefined) changes.#lastPlace = await lastPlace(connection, table)
      const there = await StoredKeys.open(connection, table)
      try {
        await (mode === 'append' ? changes.#append(there) : changes.#replace(there))
      } finally {
        there.close()
      }
      const reordered = inOrder && !(await changes.#isInOrder())
      changes.clears = reordered || (changes.gone > FEW && changes.gone > changes.#kept * SHARE)
      await changes.#place(reordered)
      rmSync(changes.#foundPath)
      return changes
    } catch (error) {
      changes.remove()
      throw error
    }
  }

  remove(): void {
    for (const path of [this.path, this.oddPath, this.gonePath, this.#foundPath]) rmSync(path, { force: true })
  }

  async #replace(there: StoredKeys): Promise<void> {
    const [found, gone] = [new LineFile(this.#foundPath), new LineFile(this.gonePath)]
    const leave = async (): Promise<void> => {
      gone.line(`${there.row}\t${there.copy}`)
      this.gone++
      await there.next()
    }
    try {
      for await (const rows of numberedCopies(this.#source.path))
        for (const { row, copy, number, cells } of rows) {
          while (there.isBefore(row, copy)) await leave()
          const place = there.is(row, copy) ? there.position : ''
          found.line(`${row}\t${copy}\t${number}\t${place}\t${cells}`)
          if (place === '') {
            this.#added.add(number)
            continue
          }
          this.#kept++
          this.#lastPlace = Math.max(this.#lastPlace, place)
          await there.next()
        }
      while (!there.ended) await leave()
    } finally {
      found.finish()
      gone.finish()
    }
  }

  async #append(there: StoredKeys): Promise<void> {
    const found = new LineFile(this.#foundPath)
    let copies = 0
    try {
      for await (const rows of numberedCopies(this.#source.path))
        for (const { row, copy, number, cells } of rows) {
          if (copy === 1) copies = 0
          for (; there.isBefore(row, Infinity); await there.next()) if (there.row === row) copies = there.copy
          found.line(`${row}\t${copies + copy}\t${number}\t\t${cells}`)
          this.#added.add(number)
        }
      // The connection is free again only when all has come.
      while (!there.ended) await there.next()
    } finally {
      found.finish()
    }
  }

  /** Whether the rows that stay, and behind them the added ones, come in the order of the source. */
  async #isInOrder(): Promise<boolean> {
    const places = new Float64Array(this.#source.rows)
    for await (const lines of linesOf(this.#foundPath, 'latin1'))
      for (const line of lines) {
        const { number, place } = foundRow(line)
        places[number] = place === '' ? Infinity : Number(place)
      }
    return places.every((place, number) => number === 0 || place >= places[number - 1]!)
  }

  /** Gives the added rows the places behind the last one, in the order of the source. */
  async #place(reordered: boolean): Promise<void> {
    const [main, odd] = [new LineFile(this.path), new LineFile(this.oddPath)]
    try {
      for await (const lines of linesOf(this.#foundPath, 'latin1'))
        for (const line of lines) {
          const { key, number, place, cells } = foundRow(line)
          if (place !== '' && !this.clears) continue
          const next = this.#lastPlace + 1 + this.#added.rank(number)
          const isOdd = HAS_NULL_WORD.test(cells)
          ;(isOdd ? odd : main).line(`${key}\t${reordered ? number + 1 : place || next}\t${cells}`)
          if (isOdd) this.oddRows.push(this.rows)
          this.rows++
        }
    } finally {
      main.finish()
      odd.finish()
    }
    this.ends = main.ends
  }
}

/** The parts of a line of the rows that were found. */
function foundRow(line: string): { key: string; number: number; place: string; cells: string } {
  const key = line.indexOf('\t', HASH_DIGITS + 1)
  const number = line.indexOf('\t', key + 1)
  const place = line.indexOf('\t', number + 1)
  return {
    key: line.slice(0, key),
    number: Number(line.slice(key + 1, number)),
    place: line.slice(number + 1, place),
    cells: line.slice(place + 1),
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

/** Removes the rows that a save takes away. */
export async function removeRows(connection: Connection, table: string, changes: RowChanges): Promise<void> {
  if (changes.clears) return void (await connection.run(`DELETE FROM ${quoted(table)}`))
  if (changes.gone === 0) return
  for await (const keys of spooledRows(changes.gonePath))
    for (let at = 0; at < keys.length; at += ROWS) {
      const part = keys.slice(at, at + ROWS)
      const where = part.map(() => `(${WHERE})`).join(' OR ')
      await connection.run(
        `DELETE FROM ${quoted(table)} WHERE ${where}`,
        part.flatMap(([row, copy]) => [row, Number(copy)]),
      )
    }
}
