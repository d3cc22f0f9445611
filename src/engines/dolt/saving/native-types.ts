import { RefusedError, SourceError } from '../../../errors.ts'
import { placeText } from '../../staging/place.ts'
import { isBinary, type StoredColumn, type StoredSchema } from '../tables/columns.ts'
import { stagedCells, type SpooledSource } from './keys.ts'

/*
 * Columns of tables that a person made by SQL, or that came from DoltHub. Such a type stays as long as it gives back
 * each cell that is saved as the very text that it was; a column that would not is widened like any other.
 */

type CellCheck = (text: string) => boolean

const BITS: Record<string, number> = { tiny: 8, small: 16, medium: 24, '': 32, big: 64 }

/** Tells of cells whether a stored type gives their text back; undefined for types that doltflow makes itself, or does not know. */
function holderOf(stored: string): CellCheck | undefined {
  const whole = /^(tiny|small|medium|big|)int(?:\(\d+\))?( unsigned)?$/.exec(stored)
  if (whole && stored !== 'bigint') return wholeNumbers(BITS[whole[1]!]!, whole[2] !== undefined)
  const decimal = /^decimal\((\d+),(\d+)\)$/.exec(stored)
  if (decimal && decimal[1] !== '30') return decimals(Number(decimal[1]), Number(decimal[2]))
  const moment = /^(date|datetime|timestamp)(?:\((\d)\))?$/.exec(stored)
  if (moment) return moments(moment[1]!, Number(moment[2] ?? 0))
  const text = /^(?:(char)\((\d+)\)|(tiny|medium|)text)$/.exec(stored)
  if (text) return text[1] ? fixedText(Number(text[2])) : boundedText({ tiny: 8, '': 16, medium: 24 }[text[3]!]!)
  if (stored === 'float') return (cell) => /^-?\d{1,6}$|^-?\d+\.\d+$/.test(cell) && String(shortest(cell)) === cell
  if (stored === 'json') return isPlainJson
  if (stored === 'year') return (cell) => /^\d{4}$/.test(cell) && cell > '1900' && cell < '2156'
  if (stored.startsWith('enum(')) {
    const members = new Set(
      [...stored.matchAll(/'((?:[^']|'')*)'/g)].map(([, member]) => member!.replaceAll("''", "'")),
    )
    return (cell) => members.has(cell)
  }
  return undefined
}

function wholeNumbers(bits: number, isUnsigned: boolean): CellCheck {
  const limit = 2n ** BigInt(isUnsigned ? bits : bits - 1)
  return (cell) => {
    if (!/^(0|-?[1-9]\d{0,19})$/.test(cell)) return false
    const value = BigInt(cell)
    return value < limit && value >= (isUnsigned ? 0n : -limit)
  }
}

function decimals(precision: number, scale: number): CellCheck {
  const fraction = scale === 0 ? '' : `\\.\\d{${scale}}`
  const form = new RegExp(`^-?(0|[1-9]\\d*)${fraction}$`)
  return (cell) => form.test(cell) && !/^-[0.]*$/.test(cell) && cell.replace(/\D/g, '').length <= precision
}

/** A date, or a date and time with no fraction or one of six digits, as the engine writes them. */
function moments(kind: string, digits: number): CellCheck {
  return (cell) => {
    const parts = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(?:\.(\d{6}))?)?$/.exec(cell)
    if (!parts || (kind === 'date') !== (parts[2] === undefined)) return false
    const [, day, time = '00:00:00', fraction] = parts
    if (fraction !== undefined && (Number(fraction) === 0 || /[1-9]/.test(fraction.slice(digits)))) return false
    const iso = `${day}T${time}.000Z`
    const value = new Date(iso)
    const [first, last] = kind === 'timestamp' ? ['1971', '2038'] : ['1000', '9999~']
    return !Number.isNaN(value.getTime()) && value.toISOString() === iso && day! >= first! && day! < last!
  }
}

/** The engine may leave out the spaces at the end. */
function fixedText(width: number): CellCheck {
  return (cell) => !cell.endsWith(' ') && cell.length <= width
}

function boundedText(bits: number): CellCheck {
  return (cell) => cell.length < 2 ** bits / 4 || Buffer.byteLength(cell) < 2 ** bits
}

/** JSON as the engine writes it: without white space, names in the order of their bytes, numbers in their shortest form. */
function isPlainJson(cell: string): boolean {
  try {
    return JSON.stringify(inOrder(JSON.parse(cell))) === cell
  } catch {
    return false
  }
}

function inOrder(value: unknown): unknown {
  // The engine writes exponents, and what JSON escapes, in ways of its own.
  if (typeof value === 'number' && String(value).includes('e')) return undefined
  if (typeof value === 'string') return isUnescaped(value) ? value : undefined
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(inOrder)
  const names = Object.keys(value).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const members = names.map((name) => [
    isUnescaped(name) ? name : '',
    inOrder((value as Record<string, unknown>)[name]),
  ])
  return Object.fromEntries(members)
}

function isUnescaped(text: string): boolean {
  return JSON.stringify(text) === `"${text}"` && !/[<>&\u007f\u2028\u2029]/.test(text)
}

/** The shortest number that a real of 32 bits is told apart by; no more than six digits are sure to come back. */
function shortest(cell: string): number {
  return Number(Number(cell).toPrecision(6))
}

/** @throws {RefusedError} TYPE_REFUSED if a table has a column that no file's text could give its cells */
export function refuseBinary(table: string, { columns }: StoredSchema): void {
  const column = columns.find(({ stored }) => isBinary(stored))
  if (column)
    throw new RefusedError(
      'TYPE_REFUSED',
      `Column ${column.name} of ${table} is of type ${column.stored}, which doltflow loads, but does not save. Save into another table, or make the column text by SQL.`,
      { data: { table, column: column.name, type: column.stored } },
    )
}

/**
 * The columns of a table that a person gave a type, and whose type gives back each cell of a source.
 * @throws {SourceError} TYPE_MISMATCH for a key's cell, since a key's type is fixed
 */
export async function holdingColumns(there: StoredSchema, staged: SpooledSource): Promise<Set<string>> {
  const watched = there.columns.flatMap((column) => {
    const holds = holderOf(column.stored)
    return holds && staged.names.includes(column.name)
      ? [{ column, holds, isKey: there.key.includes(column.name) }]
      : []
  })
  const holding = new Set(watched.map(({ column }) => column.name))
  if (holding.size === 0) return holding
  for await (const { row, cells } of stagedCells([...holding], staged)) {
    for (const [index, { column, holds, isKey }] of watched.entries()) {
      const text = cells[index]!
      if (text === null || !holding.has(column.name)) continue
      if (holds(text)) continue
      if (isKey) throw misfit(staged, column, row, text)
      holding.delete(column.name)
    }
  }
  return holding
}

function misfit({ stager }: SpooledSource, { name, stored }: StoredColumn, row: number, value: string): SourceError {
  const place = stager.place(row)
  return new SourceError(
    'TYPE_MISMATCH',
    `${placeText(place)}, column ${name}: ${JSON.stringify(value.slice(0, 60))} is not what the key's type ${stored} gives back. Mend the cell, or save into a new table.`,
    { data: { ...place, column: name, value, type: stored } },
  )
}
