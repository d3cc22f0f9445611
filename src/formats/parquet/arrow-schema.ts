import { parseType, type TypeData } from '../../model/column-type.ts'
import type { ColumnType, TimeUnit } from '../../types.ts'
import type { ColumnKind } from '../kinds.ts'

/*
 * What Parquet has no type for, Arrow's writers note beside it: durations, whole seconds, and the names of zones. The library that
 * knows their form is loaded only if a column may be one of these.
 */

/** The name of the entry in a file's metadata. */
export const ARROW_SCHEMA = 'ARROW:schema'

/** The entry for a file of such columns; undefined if Parquet says it all. */
export async function arrowSchema(names: readonly string[], kinds: readonly ColumnKind[]): Promise<string | undefined> {
  if (!kinds.some(isForeign)) return undefined
  return (await import('../arrow/schema-message.ts')).schemaMessage(names, kinds)
}

/** What the columns are by the entry, where that goes together with the file's own types. */
export async function withArrowTypes(
  names: readonly string[],
  file: readonly ColumnType[],
  metadata: ReadonlyMap<string, string>,
): Promise<readonly ColumnType[]> {
  const message = metadata.get(ARROW_SCHEMA)
  const pandas = metadata.get('pandas')
  const hasDurations = pandas === undefined || pandas.includes('timedelta')
  if (message === undefined || !file.some((type) => mayBeForeign(parseType(type), hasDurations))) return file
  const types = (await import('../arrow/schema-message.ts')).declaredBy(message, names)
  return file.map((type, index) =>
    types && isMeant(parseType(type)!, parseType(types[index]!)!) ? types[index]! : type,
  )
}

function isForeign(kind: ColumnKind): boolean {
  if (kind.kind === 'duration') return true
  if (kind.kind === 'time') return kind.unit === 's'
  return kind.kind === 'timestamp' && (kind.unit === 's' || (kind.zone !== undefined && kind.zone !== 'UTC'))
}

function mayBeForeign(type: TypeData | undefined, hasDurations: boolean): boolean {
  if (type?.kind === 'timestamp') return type.unit === 'ms' || type.zone !== undefined
  if (type?.kind === 'time') return type.unit === 'ms'
  return hasDurations && type?.kind === 'integer' && type.bits === 64 && type.signed
}

/** Whether a column that the file has of one type may be meant as the other. */
function isMeant(file: TypeData, meant: TypeData): boolean {
  if (meant.kind === 'duration') return file.kind === 'integer' && file.bits === 64 && file.signed
  if (meant.kind === 'time') return file.kind === 'time' && isSameUnit(file.unit, meant.unit)
  if (meant.kind !== 'timestamp' || file.kind !== 'timestamp') return false
  return isSameUnit(file.unit, meant.unit) && (meant.zone === undefined) === (file.zone === undefined)
}

/** Parquet has milliseconds for seconds. */
function isSameUnit(file: TimeUnit, meant: TimeUnit): boolean {
  return meant === file || (meant === 's' && file === 'ms')
}
