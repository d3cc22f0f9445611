import type { Session } from '../../engines/engine.ts'
import { record } from '../../engines/values.ts'
import { diffPages, type DiffRange } from '../../history/row-diffs.ts'
import { rowPages } from '../../history/row-pages.ts'
import { valueId } from '../../model/cells.ts'
import type { RowDiff, Value } from '../../types.ts'

/** So many values of a column are counted at a time. A value that more than one in as many rows have can't be missed. */
const COUNTED = 64
/** Longer texts are not counted: nobody would look for one. */
const LONGEST = 200
/** The share of the changed rows from which a value is told. */
const TOLD = 0.8
/** Of fewer rows nothing can be said. */
const FEWEST = 10
/** So many rows of the table before are looked at, for comparison. */
const LOOKED_AT = 1000

/** A value that most of the changed rows have. */
export interface Concentration {
  /** The column. */
  column: string
  /** The value that they have in it, after the change; of a removed row, before. */
  value: Value
  /** How many changed rows have it. */
  rows: number
  /** Their share of the changed rows: 0.97 */
  share: number
  /** The value's share of the table's first 1,000 rows before the change; null if it had none. */
  elsewhere: number | null
}

/** Finds values that most of the changed rows share, and the rest of the table does not. */
export class Concentrations {
  readonly #often: Map<string, Often>
  #total = 0

  constructor(names: readonly string[]) {
    this.#often = new Map(names.map((name): [string, Often] => [name, new Often()]))
  }

  /** Counts a changed row. */
  count({ before, after }: RowDiff): void {
    this.#total++
    const row = (after ?? before)!
    for (const [name, values] of this.#often) values.count(row[name] ?? null)
  }

  /** What was found, most telling first. Only if a count is not exact, which is rare, the changed rows are read again. */
  async found(session: Session, range: DiffRange, table: string): Promise<Concentration[]> {
    const total = this.#total
    if (total < FEWEST) return []
    const found = [...this.#often].flatMap(([column, values]) => {
      const most = values.most()
      return most && most.count + most.missed >= TOLD * total
        ? [
            {
              column,
              value: most.value,
              id: valueId(most.value),
              rows: most.count,
              isExact: most.missed === 0,
              before: 0,
            },
          ]
        : []
    })
    const again = found.filter(({ isExact }) => !isExact)
    for (const one of again) one.rows = 0
    if (again.length > 0)
      for await (const { before, after } of diffPages(session, range, table))
        for (const one of again) if (valueId((after ?? before)![one.column]) === one.id) one.rows++
    const likely = found.filter(({ rows }) => rows >= TOLD * total)
    if (likely.length === 0) return []
    let seen = 0
    for await (const row of firstRows(session, range, table)) {
      seen++
      for (const one of likely) if (valueId(row[one.column]) === one.id) one.before++
    }
    return likely
      .map(({ column, value, rows, before }) => ({
        column,
        value,
        rows,
        share: rows / total,
        elsewhere: seen === 0 ? null : before / seen,
      }))
      .filter(({ share, elsewhere }) => elsewhere === null || elsewhere < share)
      .toSorted((a, b) => b.share - (b.elsewhere ?? 0) - (a.share - (a.elsewhere ?? 0)))
  }
}

/** Counts values in little memory, by the algorithm of Misra and Gries: what most rows have stays. */
class Often {
  readonly #counts = new Map<string, { value: Value; count: number }>()
  /** How many of a value's may not have been counted, at most. */
  #missed = 0

  count(value: Value): void {
    if (typeof value !== 'number' && typeof value !== 'bigint' && value !== null && value.length > LONGEST) return
    const id = valueId(value)
    const known = this.#counts.get(id)
    if (known) known.count++
    else if (this.#counts.size < COUNTED) this.#counts.set(id, { value, count: 1 })
    else {
      this.#missed++
      for (const [other, one] of this.#counts) if (--one.count === 0) this.#counts.delete(other)
    }
  }

  /** The value that was counted most often. */
  most(): { value: Value; count: number; missed: number } | undefined {
    let most: { value: Value; count: number } | undefined
    for (const one of this.#counts.values()) if (!most || one.count > most.count) most = one
    return most && { ...most, missed: this.#missed }
  }
}

async function* firstRows(
  session: Session,
  { from }: DiffRange,
  table: string,
): AsyncGenerator<Record<string, Value>, void> {
  const schema = await session.schema(from, table)
  if (!schema) return
  let seen = 0
  for await (const { columns, rows } of rowPages(session, from, { table }))
    for (const row of rows) {
      if (seen++ === LOOKED_AT) return
      yield record(columns, row)
    }
}
