import { createHash } from 'node:crypto'
import type { Hash, Row, Schema, Value } from '../../../types.ts'
import { COPY, isKeyless, POSITION, ROW, shownSchema } from '../../keyless.ts'

/** A table as a commit has it; it never changes. Its schema is the stored one, with the columns of our own. */
export class MemoryTable {
  readonly schema: Schema
  /** By their key's text. */
  readonly rows: ReadonlyMap<string, Row>
  #ordered: Row[] | undefined
  #hash: Hash | undefined

  constructor(schema: Schema, rows: ReadonlyMap<string, Row>) {
    this.schema = schema
    this.rows = rows
  }

  get shown(): Schema {
    return shownSchema(this.schema)
  }

  get isKeyless(): boolean {
    return isKeyless(this.schema)
  }

  /** In the order in which rows come back: that of the key, or that in which they were first saved. */
  get ordered(): readonly Row[] {
    const order = this.isKeyless ? [POSITION, ROW, COPY] : this.schema.key
    this.#ordered ??= [...this.rows.values()].toSorted(byCells(placesOf(this.schema, order)))
    return this.#ordered
  }

  /** Equal for equal data, however they came about. */
  get hash(): Hash {
    this.#hash ??= this.#digest()
    return this.#hash
  }

  #digest(): Hash {
    const digest = createHash('sha1').update(JSON.stringify(this.schema))
    for (const row of this.ordered) digest.update(`\n${cellsText(row)}`)
    return digest.digest('hex')
  }
}

export function emptyTable(schema: Schema): MemoryTable {
  return new MemoryTable(schema, new Map())
}

/** The text of some of a row's cells: two rows have the same if these cells are the same. */
export function cellsText(cells: readonly Value[]): string {
  return cells.map(cellText).join('\0')
}

/** A number and its text are two cells; a whole number is the same as a bigint. */
function cellText(cell: Value): string {
  if (typeof cell === 'string') return JSON.stringify(cell)
  return cell instanceof Uint8Array ? `x${Buffer.from(cell).toString('hex')}` : String(cell)
}

/** Where a schema has some of its columns; -1 for one that it doesn't have. */
export function placesOf({ columns }: Schema, names: readonly string[]): number[] {
  return names.map((name) => columns.findIndex((column) => column.name === name))
}

/** Compares rows by the cells at some places. */
export function byCells(places: readonly number[]): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const place of places) {
      const order = compareCells(a[place]!, b[place]!)
      if (order !== 0) return order
    }
    return 0
  }
}

/** NULL comes first, then numbers, then texts by their bytes, then bytes. */
export function compareCells(a: Value, b: Value): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (a === null || b === null) return 0
  if (typeof a === 'string' || typeof b === 'string' || typeof a === 'object' || typeof b === 'object')
    return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string))
  return a < b ? -1 : a > b ? 1 : 0
}

function rank(value: Value): number {
  if (value === null) return 0
  if (typeof value === 'string') return 2
  return value instanceof Uint8Array ? 3 : 1
}
