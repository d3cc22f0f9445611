import type { Session } from '../engines/engine.ts'
import { RefusedError, SourceError } from '../errors.ts'
import { keyText, sameKey } from '../model/schema-diff.ts'
import type { Column, Hash, Schema } from '../types.ts'

/** A save's commit, and the branch's head that it can't be merged into. */
export interface RestagePlan {
  table: string
  base: Hash
  ours: Hash
  theirs: Hash
  /** Columns whose types the caller pinned. */
  pinned: readonly string[]
}

/**
 * Two saves that make a table, or a column, may see other types or scales in it, or another order of columns, and two such
 * tables can't be merged. This stages the later one again, shaped as the earlier one is: its cells are kept as they are.
 * @returns the stage; undefined if that is not what keeps them apart, or if the earlier type refuses a cell
 * @throws {RefusedError} KEY_CHANGED
 */
export async function restageAs(
  session: Session,
  { table, base, ours, theirs, pinned }: RestagePlan,
): Promise<{ stage: number; schema: Schema } | undefined> {
  const before = await session.schema(base, table)
  const there = await session.schema(ours, table)
  const here = await session.schema(theirs, table)
  if (!there || !here) return undefined
  if (!before && !sameKey(there, here))
    throw new RefusedError(
      'KEY_CHANGED',
      `Table ${table} was made meanwhile with the key ${keyText(there)}, not ${keyText(here)}. Save again with that key, or into another table.`,
      { data: { table, key: here.key, tableKey: there.key } },
    )
  const columns = conformingColumns(before, there, here, pinned)
  if (!columns) return undefined
  const schema = { columns, key: here.key }
  const stage = await session.openStage({ text: {}, schema, types: {}, stored: true, keyless: schema.key.length === 0 })
  try {
    await session.stageTable(stage, theirs, table, names(columns))
    await session.finishStage(stage)
  } catch (error) {
    await session.close(stage)
    if (error instanceof SourceError) return undefined
    throw error
  }
  return { stage, schema }
}

/** The columns of `here`, the new ones as they are `there`; undefined if that changes nothing, or what the caller pinned. */
function conformingColumns(
  before: Schema | undefined,
  there: Schema,
  here: Schema,
  pinned: readonly string[],
): Column[] | undefined {
  const isOld = ({ name }: Column): boolean => names(before?.columns ?? []).includes(name)
  const isThere = ({ name }: Column): boolean => names(there.columns).includes(name)
  const isHere = ({ name }: Column): boolean => names(here.columns).includes(name)
  if (!before && !(there.columns.every(isHere) && here.columns.every(isThere))) return undefined
  const columns = [
    ...here.columns.filter(isOld),
    ...there.columns.filter((column) => isHere(column) && !isOld(column)),
    ...here.columns.filter((column) => !isThere(column) && !isOld(column)),
  ]
  const differs = ({ name, type }: Column): boolean =>
    here.columns.find((column) => column.name === name)!.type !== type
  if (columns.some((column) => pinned.includes(column.name) && differs(column))) return undefined
  return JSON.stringify(columns) === JSON.stringify(here.columns) ? undefined : columns
}

function names(columns: readonly Column[]): string[] {
  return columns.map(({ name }) => name)
}
