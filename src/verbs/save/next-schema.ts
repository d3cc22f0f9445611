import { RefusedError, SourceError, UsageError } from '../../errors.ts'
import { option } from '../../model/advice.ts'
import { listed, sameButCase } from '../../model/name-lists.ts'
import { isWidening, keyText, retyped, sameKey, schemaChanges } from '../../model/schema-diff.ts'
import { either } from '../../spelling.ts'
import type { Column, ColumnType, SaveMode, Schema } from '../../types.ts'

/**
 * What a save may make of a table's schema. `evolve` adds columns and widens types; `replace` takes the schema of the
 * source as it is; `strict` refuses any change.
 */
export type SchemaPolicy = 'evolve' | 'replace' | 'strict'

const REPLACE = option('schema', 'replace')
/** How many changes of a schema an error tells; its data has both schemas. */
const LISTED = 5

export interface SchemaPlan {
  table: string
  /** What the table is; undefined for its first save. */
  before: Schema | undefined
  /** The key that the table is to have. */
  key: string[]
  policy: SchemaPolicy
  mode: SaveMode
  /** Columns whose types the caller pins. Default: none */
  pinned?: readonly string[]
}

/**
 * Refuses what can be seen before the source is read.
 * @param types what the caller pins, by column
 * @throws {RefusedError} KEY_REQUIRED, KEY_CHANGED, TYPE_CHANGED; its data has both schemas
 */
export function checkPlan({ table, before, key, policy, mode }: SchemaPlan, types: Record<string, ColumnType>): void {
  if (mode === 'upsert' && key.length === 0)
    throw new RefusedError(
      'KEY_REQUIRED',
      `${before ? `Table ${table} has no key, and so` : 'The save names no key, and so'} no row can be told to be another one's update. Give ${option('key')}, or append.`,
      { data: { table, ...(before && { columns: before.columns.map(({ name }) => name) }) } },
    )
  if (!before || policy === 'replace') return
  const pinned = ({ name, type }: Column): Column => ({ name, type: Object.hasOwn(types, name) ? types[name]! : type })
  const wanted: Schema = { columns: before.columns.map(pinned), key }
  if (!sameKey(before, wanted) && before.key.length > 0)
    throw refused(
      'KEY_CHANGED',
      `Table ${table} has the key ${keyText(before)}, not ${keyText(wanted)}`,
      table,
      before,
      wanted,
      `The first save pins the key: leave ${option('key')} out, change it with ${REPLACE}, or save into another table`,
    )
  const narrowed = retyped(before, wanted.columns).find(({ name, type }) => !isWidening(typeIn(before, name), type))
  if (narrowed)
    throw refused(
      'TYPE_CHANGED',
      `Column ${narrowed.name} of table ${table} is ${typeIn(before, narrowed.name)}, and can't become ${narrowed.type}, which holds less`,
      table,
      before,
      wanted,
      `Leave it out of ${option('types')}, or change it with ${REPLACE}`,
    )
}

/**
 * What a table's schema is to be after a save of a source with these columns.
 * @throws {SourceError} COLUMN_MISSING
 * @throws {RefusedError} SCHEMA_STRICT; its data has both schemas
 * @throws {UsageError} NAME_RESERVED; OPTION_INVALID if the rows that stay would have to be written again
 */
export function nextSchema(plan: SchemaPlan, source: readonly Column[]): Schema {
  const { table, before, key, policy, mode, pinned = [] } = plan
  const columns = source.map(({ name, type }) => ({ name, type }))
  const unknown = key.find((name) => !columns.some((column) => column.name === name))
  if (unknown !== undefined)
    throw new SourceError(
      'COLUMN_MISSING',
      `The key column ${unknown} is not in the source, which has: ${listed(namesOf(columns))}.${caseHint(unknown, columns) || delimiterHint(columns)}`,
      { data: { table, column: unknown, columns: columns.map(({ name }) => name) } },
    )
  const reserved = columns.find(({ name }) => /^_doltflow_/i.test(name))
  if (reserved)
    throw new UsageError(
      'NAME_RESERVED',
      `The column name ${reserved.name} is reserved: what begins with _doltflow_ tells rows of tables without a key apart. Choose another.`,
      { data: { name: reserved.name } },
    )
  const asSource: Schema = { columns, key }
  if (!before) return asSource
  const after = policy === 'replace' ? asSource : evolved(plan, before, asSource)
  const changes = schemaChanges(before, after)
  if (policy === 'strict' && changes.length > 0)
    throw refused(
      'SCHEMA_STRICT',
      `The save would change table ${table}: ${shortened(changes)}`,
      table,
      before,
      asSource,
      `Leave ${option('schema', 'strict')} out to add columns and widen types, or give ${REPLACE}`,
    )
  if (
    mode !== 'replace' &&
    (!sameKey(before, after) ||
      retyped(before, after.columns).some(({ name }) => policy === 'replace' || pinned.includes(name)) ||
      lacks(before, after))
  )
    throw new UsageError(
      'OPTION_INVALID',
      `The mode ${mode} keeps rows of table ${table} that this change would have to write again: ${shortened(changes)}. Save all rows with ${option('mode', 'replace')}.`,
      { data: { option: 'mode', value: mode, table, changes } },
    )
  return after
}

/** The table's columns in their order, then new ones; each with its type, or a wider one. */
function evolved(plan: SchemaPlan, before: Schema, source: Schema): Schema {
  const missing = missingColumns(before, source.columns)
  if (missing.length > 0 && !mayLack(plan, missing, source)) throw columnsMissing(plan, missing, before, source)
  const types = new Map(source.columns.map(({ name, type }) => [name, type]))
  return {
    columns: [
      ...before.columns.map(({ name, type }) => ({ name, type: types.get(name) ?? type })),
      ...source.columns.filter(({ name }) => !before.columns.some((column) => column.name === name)),
    ],
    key: source.key,
  }
}

/** The columns of a table that a source doesn't have. */
export function missingColumns(before: Schema, source: readonly Column[]): string[] {
  return namesOf(before.columns).filter((name) => !namesOf(source).includes(name))
}

/** An upsert updates the columns that its source has. A name in another case is a slip, and no column of its own. */
function mayLack({ mode, policy }: SchemaPlan, missing: readonly string[], { columns }: Schema): boolean {
  return (
    mode === 'upsert' &&
    policy === 'evolve' &&
    missing.every((name) => sameButCase(name, namesOf(columns)) === undefined)
  )
}

/** Says what differs: a name that is new may be one that is missing. */
function columnsMissing({ table, mode }: SchemaPlan, missing: string[], before: Schema, source: Schema): SourceError {
  const names = namesOf(source.columns)
  const fresh = names.filter((name) => !namesOf(before.columns).includes(name))
  const what = `The source lacks ${listed(missing)} of table ${table}${fresh.length === 0 ? '' : `, and has ${listed(fresh)}, which the table lacks`}.`
  const twin = caseHint(missing[0]!, source.columns)
  const columns =
    missing.length === 1 ? 'the column (its cells may be empty)' : 'the columns (their cells may be empty)'
  const drop =
    mode === 'replace'
      ? `drop ${missing.length === 1 ? 'it' : 'them'} from the table with ${REPLACE}`
      : `first save all rows without ${missing.length === 1 ? 'it' : 'them'}: ${option('mode', 'replace')}, ${REPLACE}`
  return new SourceError('COLUMN_MISSING', `${what}${twin} Add ${columns}, ${drop}, or save into another table.`, {
    data: { table, missing, columns: names, before, after: source },
  })
}

/** Columns' names count as they are written. */
function caseHint(name: string, columns: readonly Column[]): string {
  const twin = sameButCase(name, namesOf(columns))
  return twin === undefined ? '' : ` Its ${twin} differs from ${name} only in case.`
}

function refused(
  code: 'KEY_CHANGED' | 'TYPE_CHANGED' | 'SCHEMA_STRICT',
  what: string,
  table: string,
  before: Schema,
  after: Schema,
  advice: string,
): RefusedError {
  return new RefusedError(code, `${what}. ${advice}.`, {
    data: { table, key: after.key, tableKey: before.key, before, after },
  })
}

/** A few changes, and how many more. */
function shortened(changes: readonly string[]): string {
  const more = changes.length - LISTED
  return `${changes.slice(0, LISTED).join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

/** A file of one column whose name holds a delimiter was most likely read with the wrong one. */
function delimiterHint(columns: readonly Column[]): string {
  const found = columns.length === 1 ? /[;\t|]/.exec(columns[0]!.name)?.[0] : undefined
  return found === undefined
    ? ''
    : ` If ${JSON.stringify(found)} parts its columns, say so: ${either(`text: { delimiter: ${JSON.stringify(found)} }`, `--delimiter '${found === '\t' ? 'tab' : found}'`, `text={'delimiter': ${JSON.stringify(found)}}`)}`
}

function lacks(before: Schema, after: Schema): boolean {
  return before.columns.some(({ name }) => !after.columns.some((column) => column.name === name))
}

function namesOf(columns: readonly Column[]): string[] {
  return columns.map(({ name }) => name)
}

function typeIn({ columns }: Schema, name: string): ColumnType {
  return columns.find((column) => column.name === name)!.type
}
