import { UsageError } from '../errors.ts'
import { either } from '../spelling.ts'
import type { Value } from '../types.ts'
import { bytesText } from './cells.ts'

/** Values for a query's placeholders: in order for `?`, by name for `:name`. */
export type SqlParameters = readonly Value[] | Readonly<Record<string, Value>>

/** What may hold a question mark or a colon that is no placeholder: texts, quoted names, comments, words. */
const SKIPPED = String.raw`'(?:[^']|'')*'|"(?:[^"]|"")*"|\x60[^\x60]*\x60|\[[^\]]*\]|--[^\n]*|/\*[\s\S]*?(?:\*/|$)|[\w\u0080-\uffff][\w$\u0080-\uffff]*`
const PLACEHOLDER = String.raw`\?(?<number>\d*)|[:@$](?<name>[A-Za-z_]\w*)`
const TOKENS = new RegExp(`${SKIPPED}|${PLACEHOLDER}`, 'g')

/** Whether a query's placeholders have names; undefined if it has none. */
export function hasNames(sql: string): boolean | undefined {
  const [first] = placeholders(sql)
  return first && first.groups!['name'] !== undefined
}

/**
 * A query with `?` alone for placeholders, and the value of each: what every engine can be given.
 * @throws {UsageError} OPTION_INVALID if a value is missing, is not asked for, or is none that a cell could hold
 */
export function boundQuery(sql: string, parameters: SqlParameters = []): { sql: string; values: Value[] } {
  const values: Value[] = []
  const used = new Set<string>()
  const named = !Array.isArray(parameters)
  let position = 0
  const plain = sql.replaceAll(TOKENS, (token, ...rest) => {
    const { number, name } = rest.at(-1) as { number?: string; name?: string }
    if (number === undefined && name === undefined) return token
    if (named !== (name !== undefined)) throw wrongKind(sql, named)
    const key = name ?? String(number === '' ? position++ : Number(number) - 1)
    if (!Object.hasOwn(parameters, key))
      throw refused(sql, `no value is given for ${name === undefined ? `placeholder ${Number(key) + 1}` : token}`)
    used.add(key)
    values.push(checked(sql, token, (parameters as Readonly<Record<string, Value>>)[key]))
    return '?'
  })
  const left = Object.keys(parameters).find((key) => !used.has(key))
  if (left !== undefined)
    throw refused(
      sql,
      named ? `it has no placeholder :${left}` : `it has ${used.size} placeholders for ${parameters.length} values`,
    )
  return { sql: plain, values }
}

/** Parameters as plain data, for a record: what JSON can't write is text. */
export function plainParameters(parameters: SqlParameters | undefined): unknown {
  if (parameters === undefined) return null
  const plain = (_key: string, value: unknown): unknown =>
    typeof value === 'bigint' ? String(value) : value instanceof Uint8Array ? bytesText(value) : value
  return JSON.parse(JSON.stringify(parameters, plain)) as unknown
}

function placeholders(sql: string): RegExpMatchArray[] {
  return [...sql.matchAll(TOKENS)].filter(
    ({ groups }) => groups!['number'] !== undefined || groups!['name'] !== undefined,
  )
}

/** Engines bind whole numbers of 64 bits, and let longer ones wrap round. */
const LARGEST = 2n ** 63n

function checked(sql: string, token: string, value: unknown): Value {
  if (typeof value === 'bigint' && (value >= LARGEST || value < -LARGEST))
    throw refused(
      sql,
      `the value of ${token}, ${value}, has more than 64 bits. Give it as text, '${value}': a cell with so many digits is kept as text`,
    )
  if (value === null || ['string', 'bigint'].includes(typeof value) || value instanceof Uint8Array)
    return value as Value
  if (typeof value === 'number' && !Number.isNaN(value)) return value
  throw refused(
    sql,
    `the value of ${token} is ${typeof value === 'object' ? 'an object' : String(value)}, neither text, a number, bytes nor null`,
  )
}

function wrongKind(sql: string, named: boolean): UsageError {
  return refused(
    sql,
    named
      ? `its placeholders are ?: give the values as a list ${either('(parameters: [V])', '(--param V)', '(parameters=[V])')}`
      : `its placeholders have names: give the values by name ${either('(parameters: { name: V })', '(--param name=V)', "(parameters={'name': V})")}`,
  )
}

function refused(sql: string, why: string): UsageError {
  return new UsageError('OPTION_INVALID', `The query's parameters are refused: ${why}. The query: ${sql}`, {
    data: { option: 'parameters', sql },
  })
}
