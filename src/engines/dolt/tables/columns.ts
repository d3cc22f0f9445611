import { isUtf8 } from 'node:buffer'
import { UsageError } from '../../../errors.ts'
import { bytesText, cellText, cellValue, isColumnType } from '../../../model/cells.ts'
import { storedAs } from '../../../model/column-type.ts'
import { numberOf } from '../../../model/numbers.ts'
import type { Column, ColumnType, Schema, Value } from '../../../types.ts'
import { ROW, COPY, POSITION } from '../../keyless.ts'
import type { Connection } from '../connection/connection.ts'
import { literal, quoted } from '../connection/sql.ts'
import { HASH_DIGITS } from './sorted-lines.ts'

/*
 * Dolt gives a column one type, so that a cell is stored as a number only if the whole column is: as bigint,
 * double or decimal where every cell's text is what the number gives back, else as text in a binary collation.
 * doltflow's own type of the column stands in its comment (none is `any`), and decides what a text cell is when it
 * is read: so both engines give the same values.
 */

/** A column, and the SQL type that holds it: as the engine names it, in lower case but for the members of an enum. */
export interface StoredColumn extends Column {
  stored: string
  /** Whether it must have a value, and is no key. */
  required?: boolean
}

export interface StoredSchema extends Schema {
  columns: StoredColumn[]
}

export const BIGINT = 'bigint'
export const DOUBLE = 'double'
const SHORT_TEXT = 'varchar(255)'
const LONG_TEXT = 'longtext'
/** The longest text that `varchar(255)` holds, in characters. */
const SHORT_LENGTH = 255
/** MySQL's bound on a key, in bytes; a longer one kills the server. */
export const KEY_BYTES = 3072
/** The engine's bound on a row's fixed part is 65,504 bytes. */
const ROW_BYTES = 65_000
/** Characters of a name that an error shows. */
const SHOWN = 100
/** Digits that a real has for sure. */
const REAL_DIGITS = 15
const BINARY = /^(var)?binary\(|blob$|^bit\b|^(point|linestring|polygon|geometry|multi\w+|geometrycollection|vector)\b/
const COLLATION = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin'

/** A column's definition, with its name. */
export function definition({ name, type, stored, required = false }: StoredColumn, isKey: boolean): string {
  const parts = [quoted(name), stored, isText(stored) ? COLLATION : '', isKey || required ? 'NOT NULL' : '']
  const comment = type === 'any' ? '' : `COMMENT ${literal(type)}`
  return [...parts, comment].filter((part) => part !== '').join(' ')
}

export function createStatement(table: string, schema: StoredSchema): string {
  const columns = schema.columns.map((column) => definition(column, schema.key.includes(column.name)))
  return `CREATE TABLE ${quoted(table)} (${columns.join(', ')}, PRIMARY KEY (${schema.key.map(quoted).join(', ')})) COLLATE utf8mb4_0900_bin`
}

/** The type of a key's column: fixed for good, since the engine can't merge tables whose keys differ. */
export function keyType(type: ColumnType, columns: number): string {
  if (storedAs(type) === 'integer') return BIGINT
  return `varchar(${columns <= 3 ? KEY_BYTES : Math.floor((3 * KEY_BYTES) / columns)})`
}

export function isText(stored: string): boolean {
  return /^(var)?char\(|text$/.test(stored)
}

/** Whether text of `characters` fits a stored type; always, if it is no bounded text. */
export function fits(stored: string, characters: number): boolean {
  const bound = /^(?:var)?char\((\d+)\)/.exec(stored)
  return bound === null || characters <= Number(bound[1])
}

/** Text for a new or wider column: short, if the text is and the row has room for it. */
export function textFor(characters: number, others: readonly StoredColumn[]): string {
  const used = others.reduce((sum, { stored }) => sum + 4 * Number(/^(?:var)?char\((\d+)\)/.exec(stored)?.[1] ?? 16), 0)
  return characters <= SHORT_LENGTH && used + 4 * SHORT_LENGTH <= ROW_BYTES ? SHORT_TEXT : LONG_TEXT
}

/** The schema of a table as it is stored on the connection's revision; undefined if there is none. */
export function readSchema(connection: Connection, table: string): Promise<StoredSchema | undefined> {
  return connection.remembered(connection.revision, `schema of ${table}`, async () => {
    // The engine itself finds a table by a name in another case, too.
    if (!(await tableNames(connection)).includes(table)) return undefined
    return storedSchema(connection, table)
  })
}

/** As `readSchema`, at a branch or a commit, where the connection then is. */
export async function schemaAt(
  connection: Connection,
  revision: string,
  table: string,
): Promise<StoredSchema | undefined> {
  await connection.use(revision)
  return readSchema(connection, table)
}

/** The tables on the connection's revision. (The information schema looks through every database of the server.) */
export async function tableNames(connection: Connection): Promise<string[]> {
  const rows = await connection.rows("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
  return rows.map(([name]) => name as string).toSorted()
}

async function storedSchema(connection: Connection, table: string): Promise<StoredSchema> {
  const rows = await connection.rows(`SHOW FULL COLUMNS FROM ${quoted(table)}`)
  const columns = rows.map(([name, stored, , nullable, index, , , , comment]): StoredColumn => ({
    name: name as string,
    stored: lowerCase(String(stored)),
    type: columnType(comment as string),
    ...(nullable === 'NO' && index !== 'PRI' ? { required: true } : {}),
  }))
  const key = (await connection.rows(`SHOW INDEX FROM ${quoted(table)}`))
    .filter(([, , name]) => name === 'PRIMARY')
    .toSorted((a, b) => Number(a[3]) - Number(b[3]))
    .map(([, , , , column]) => column as string)
  return { columns, key }
}

/** All but what stands in quotes. */
function lowerCase(stored: string): string {
  return stored.replace(/'(?:[^']|'')*'|[^']+/g, (part) => (part.startsWith("'") ? part : part.toLowerCase()))
}

function columnType(comment: string): ColumnType {
  return isColumnType(comment) ? comment : 'any'
}

/** A cell as doltflow hands it out. */
export function valueOf(cell: Value, { type, stored }: StoredColumn): Value {
  if (cell === null) return cell
  if (typeof cell === 'object') return isBinary(stored) ? objectText(cell) : textOf(cell)
  if (typeof cell !== 'string') return cell
  if (stored.startsWith('bigint') || stored.startsWith('decimal')) return numberOf(cell, -1) ?? wideNumber(cell)
  return isText(stored) ? cellValue(cell, type) : cell
}

/** A number beyond 64 bits, or with zeros at its end: as a real, where that has all its digits, else as text. */
function wideNumber(cell: string): Value {
  const digits = cell.replace(/\D/g, '').replace(/^0+/, '')
  return digits.length <= REAL_DIGITS ? Number(cell) : cell
}

/** A cell's own text. */
export function textOf(cell: Value): string | null {
  if (typeof cell !== 'object' || cell === null) return cell === null ? null : String(cell)
  return cell instanceof Uint8Array && isUtf8(cell) ? Buffer.from(cell).toString() : objectText(cell)
}

/** Bytes as Base64; a place on a map, which the driver makes of some, as JSON. */
export function objectText(cell: object): string {
  return cell instanceof Uint8Array ? bytesText(cell) : JSON.stringify(cell)
}

/** Whether a stored type holds bytes, not text. */
export function isBinary(stored: string): boolean {
  return BINARY.test(stored)
}

/** A value as a key's column holds it, for comparing. */
export function keyCell(value: Value, { stored, type }: StoredColumn): Value {
  return isText(stored) ? cellText(value, type) : value
}

/**
 * Checks columns' names before anything is sent: what the engine would refuse, or take for another.
 * @throws {UsageError} NAME_REFUSED
 */
export function checkNames(table: string, columns: readonly string[]): void {
  for (const [kind, name] of [['table', table], ...columns.map((column) => ['column', column])] as [string, string][]) {
    const why =
      Buffer.byteLength(name) > 64
        ? 'it has more than 64 bytes of UTF-8'
        : name.endsWith(' ')
          ? 'it ends in a space'
          : /[\u{10000}-\u{10FFFF}]/u.test(name)
            ? 'it has a character beyond U+FFFF'
            : name.includes('\0')
              ? 'it has a NUL'
              : undefined
    if (why !== undefined)
      throw new UsageError(
        'NAME_REFUSED',
        `Dolt can't hold the ${kind} name ${JSON.stringify(name.slice(0, SHOWN))}${kind === 'column' ? ` of table ${table}` : ''}: ${why}. Choose another.`,
        { data: { name, kind, table } },
      )
  }
  refuseSimilarColumns(table, columns)
}

function refuseSimilarColumns(table: string, columns: readonly string[]): void {
  const known = new Map<string, string>()
  for (const name of columns) {
    const folded = lowerName(name)
    const similar = known.get(folded)
    if (similar !== undefined)
      throw new UsageError(
        'NAME_REFUSED',
        `Dolt takes the columns ${similar} and ${name} of table ${table} for one: their names differ in upper and lower case alone. Rename one of them.`,
        { data: { name, kind: 'column', table, similar } },
      )
    known.set(folded, name)
  }
}

/** A name as the engine compares it: letter by letter, where a Σ at a word's end is no other one, and İ is an i. */
function lowerName(name: string): string {
  return [...name].map((letter) => (letter === 'İ' ? 'i' : letter.toLowerCase())).join('')
}

/** How the columns of our own are stored: the hash as text of hex digits, which goes through LOAD DATA as it is. */
export const HIDDEN_TYPES: ReadonlyMap<string, string> = new Map([
  [ROW, `varchar(${HASH_DIGITS})`],
  [COPY, BIGINT],
  [POSITION, BIGINT],
])
