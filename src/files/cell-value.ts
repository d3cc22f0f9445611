import { SourceError, UsageError } from '../errors.ts'
import type { Value } from '../types.ts'

/** How deep nested values may lie: what is deeper is a ring, or no data. */
const DEPTH = 100
const BOXED = new Set(['String', 'Number', 'Boolean', 'BigInt'])
/** What can be a cell. */
const CELLS = 'Give a text, a number, a boolean, a Date, null, or plain objects and arrays of these.'

/** Where a value stands: the row, from 1, and the column. */
interface Place {
  line: number
  column: string
}

/**
 * The cell that a JavaScript value becomes: what a worker can be sent, and a file can hold. An object is what its
 * `toJSON` gives, else JSON; what JSON would lose without a word (a Map, bytes, a function, an invalid date) is refused.
 * @throws {UsageError} USAGE @throws {SourceError} CSV_NUL, CSV_ENCODING
 */
export function cellValue(value: unknown, place: Place): Value {
  if (typeof value === 'string') return cellText(value, place)
  if (value === undefined || value === null) return null
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value === 'boolean') return String(value)
  const plain = plainOf(value, place)
  return typeof plain === 'object' && plain !== null
    ? cellText(jsonText(plain, place, []), place)
    : cellValue(plain, place)
}

/** A text that comes back as it was. @throws {SourceError} CSV_NUL, CSV_ENCODING */
export function cellText(text: string, { line, column }: Place): string {
  const [code, what] = text.includes('\0')
    ? (['CSV_NUL', 'NUL'] as const)
    : text.isWellFormed()
      ? []
      : (['CSV_ENCODING', 'half a surrogate pair'] as const)
  if (code === undefined) return text
  throw new SourceError(
    code,
    `Row ${line}, column ${column}: the text ${JSON.stringify(text.slice(0, 60))} holds ${what}, which no cell can hold.`,
    { data: { line, column, value: text.slice(0, 60) } },
  )
}

/** What a value stands for: a text, number or boolean, null, an array, or an object of members. */
function plainOf(value: unknown, place: Place): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol') throw refused(`a ${typeof value}`, place)
    return value
  }
  if (value instanceof Date && Number.isNaN(value.getTime())) throw refused('an invalid Date', place)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    throw refused(nameOf(value), place, 'Bytes have no text of their own: give them as text, such as Base64.')
  if (BOXED.has(tagOf(value))) return value.valueOf()
  if ('toJSON' in value && typeof value.toJSON === 'function') return plainOf((value.toJSON as () => unknown)(), place)
  if (Array.isArray(value) || isRecord(value)) return value
  throw refused(nameOf(value), place)
}

/** Members are what JSON keeps of an object. What keeps its content elsewhere has none that count. */
function isRecord(value: object): boolean {
  const tag = Object.prototype.toString.call(value)
  return (
    tag === '[object Object]' && !(Symbol.iterator in value) && !(Symbol.asyncIterator in value) && !isThenable(value)
  )
}

/** What an object is, as the language names it: `Map`, `Date`, `Object`. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

function isThenable(value: object): boolean {
  return 'then' in value && typeof value.then === 'function'
}

/** The JSON of a nested value; whole numbers keep their digits, members that are undefined are left out. */
function jsonText(value: unknown, place: Place, above: readonly unknown[]): string {
  if (above.includes(value) || above.length > DEPTH) throw refused('an object that holds itself', place)
  const inside = [...above, value]
  const of = (member: unknown): string => {
    const plain = plainOf(member, place)
    if (plain === undefined) return 'null'
    if (typeof plain === 'bigint') return String(plain)
    return typeof plain === 'object' && plain !== null ? jsonText(plain, place, inside) : JSON.stringify(plain)
  }
  if (Array.isArray(value)) return `[${value.map(of).join(',')}]`
  const members = Object.entries(value as object)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${of(member)}`)
  return `{${members.join(',')}}`
}

function nameOf(value: object): string {
  const name = value.constructor?.name
  return name ? `a value of class ${name}` : 'an object of no class'
}

function refused(what: string, { line, column }: Place, advice = CELLS): UsageError {
  return new UsageError('USAGE', `Row ${line}, column ${column}: ${what} can't be a cell. ${advice}`, {
    data: { line, column },
  })
}
