import type { Session } from './engines/engine.ts'
import { RefusedError } from './errors.ts'
import type { Hash, Schema } from './types.ts'

/**
 * Two first saves of one table may see its columns in another order, or other scales, and an engine can't merge
 * two such tables. This stages the later one again, shaped as the earlier one is, so that their rows can be merged.
 * @returns the stage; undefined where the schemas are no first saves of the same columns
 * @throws {RefusedError} KEY_CHANGED
 */
export async function conformingStage(
  session: Session,
  table: string,
  { base, ours, theirs }: { base: Hash; ours: Hash; theirs: Hash },
): Promise<{ stage: number; schema: Schema } | undefined> {
  if (await session.schema(base, table)) return undefined
  const there = await session.schema(ours, table)
  const here = await session.schema(theirs, table)
  if (!there || !here) return undefined
  if (there.key.join('\0') !== here.key.join('\0'))
    throw new RefusedError(
      'KEY_CHANGED',
      `Table ${table} was made meanwhile with the key ${there.key.join(', ')}, not ${here.key.join(', ')}. Save again with that key, or into another table.`,
      { data: { table, key: here.key, tableKey: there.key } },
    )
  if (names(there).toSorted().join('\0') !== names(here).toSorted().join('\0')) return undefined
  const stage = await session.openStage({ text: {}, schema: there, types: {}, keyless: there.key.length === 0 })
  await session.stageTable(stage, theirs, table, names(there))
  await session.finishStage(stage)
  return { stage, schema: there }
}

function names(schema: Schema): string[] {
  return schema.columns.map((column) => column.name)
}
