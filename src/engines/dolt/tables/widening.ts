import { pinnedScale, storedAs } from '../../../model/column-type.ts'
import type { ColumnType } from '../../../types.ts'
import type { Connection } from '../connection/connection.ts'
import { quoted } from '../connection/sql.ts'
import { BIGINT, DOUBLE, fits, isText, textFor, type StoredColumn } from './columns.ts'

/** The SQL type for a new column: a number only where every cell's text is what the number gives back. */
export function typeFor(type: ColumnType, facts: ColumnFacts, others: readonly StoredColumn[]): string {
  const scale = pinnedScale(type)
  const isNumber = facts.others === 0 && facts.integers + facts.reals > 0 && storedAs(type) !== 'text'
  if (!isNumber) return storedAs(type) === 'integer' ? BIGINT : textFor(facts.characters, others)
  if (scale >= 0) return `decimal(30,${scale})`
  if (facts.reals === 0) return BIGINT
  return facts.bigIntegers === 0 ? DOUBLE : textFor(facts.characters, others)
}

/**
 * The narrowest type that holds what a column has and what comes.
 * @param safe whether every whole number that the column has is within 2^53
 */
export async function typeToHold(
  column: StoredColumn,
  facts: ColumnFacts,
  others: readonly StoredColumn[],
  safe: () => Promise<boolean>,
): Promise<string> {
  const { stored, type } = column
  if (facts.integers + facts.reals + facts.others === 0) return stored
  if (isText(stored)) return fits(stored, facts.characters) ? stored : textFor(facts.characters, others)
  const coming = typeFor(type, facts, others)
  if (coming === stored) return stored
  if (stored === DOUBLE && coming === BIGINT && facts.bigIntegers === 0) return DOUBLE
  if (/^(tiny|small|medium)?int/.test(stored) && coming === BIGINT) return BIGINT
  if (stored === BIGINT && coming === DOUBLE && (await safe())) return DOUBLE
  return textFor(Math.max(facts.characters, 40), others)
}

/** The type that holds what two sides of a merge have in one column. */
export function typeToHoldBoth(a: string, b: string, safe: boolean): string {
  if (a === b) return a
  if ([a, b].every((stored) => stored === BIGINT || /^(tiny|small|medium)?int(\(\d+\))?$/.test(stored))) return BIGINT
  if (safe && [a, b].every((stored) => stored === BIGINT || stored === DOUBLE)) return DOUBLE
  const texts = [a, b].filter(isText)
  if (texts.length === 2)
    return texts.includes('longtext') ? 'longtext' : texts.toSorted((x, y) => widthOf(x) - widthOf(y))[1]!
  return texts[0] ?? 'varchar(255)'
}

/** Whether every whole number of a bigint column is one that a double holds, too. */
export async function isSafe(connection: Connection, table: string, column: string): Promise<boolean> {
  const name = quoted(column)
  const limit = Number.MAX_SAFE_INTEGER
  return (
    (await connection.row(`SELECT 1 FROM ${quoted(table)} WHERE ${name} > ${limit} OR ${name} < -${limit} LIMIT 1`)) ===
    undefined
  )
}

function widthOf(stored: string): number {
  return Number(/\((\d+)\)/.exec(stored)?.[1] ?? Infinity)
}

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
