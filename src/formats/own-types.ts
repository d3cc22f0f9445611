import { isColumnType } from '../model/cells.ts'
import type { Column, ColumnType } from '../types.ts'

/*
 * A file that doltflow writes says of each column what its table declares, where the file's own type says something else,
 * such as of a column of the type `any` whose cells are all integers. So the file is the same table when it is saved again.
 */

/** The name of the entry in a file's metadata. */
export const OWN_TYPES = 'doltflow'

/** By the column's name: its type in the table, and the one that the file has of it. */
type OwnTypes = Record<string, [table: ColumnType, file: ColumnType]>

/** The entry of a file whose columns are declared so by the file itself; undefined if nothing differs. */
export function ownTypes(columns: readonly Column[], file: readonly ColumnType[]): string | undefined {
  const differing = columns.flatMap(({ name, type }, index) =>
    type === file[index] ? [] : [[name, [type, file[index]]]],
  )
  return differing.length === 0 ? undefined : JSON.stringify({ types: Object.fromEntries(differing) })
}

/** What the columns are in the table that the file was made of; an entry of a column that another tool has changed counts for nothing. */
export function withOwnTypes(
  names: readonly string[],
  file: readonly ColumnType[],
  entry: string | undefined,
): readonly ColumnType[] {
  const own = entry === undefined ? undefined : parsed(entry)
  if (!own) return file
  return file.map((type, index) => {
    const [table, written] = (Object.hasOwn(own, names[index]!) && own[names[index]!]) || []
    return written === type && typeof table === 'string' && isColumnType(table) ? table : type
  })
}

function parsed(entry: string): OwnTypes | undefined {
  try {
    const { types } = JSON.parse(entry) as { types?: OwnTypes }
    return typeof types === 'object' && types !== null ? types : undefined
  } catch {
    return undefined
  }
}
