import type { Session } from '../engines/engine.ts'
import { NotFoundError } from '../errors.ts'
import { call } from '../model/advice.ts'
import type { Hash, Schema } from '../types.ts'

/** The schemas that tables have at a commit, by table: what is needed to write their cells as a file has them. */
export async function schemasOf(
  session: Session,
  commit: Hash,
  tables: readonly string[],
): Promise<Record<string, Schema>> {
  const schemas: Record<string, Schema> = {}
  for (const table of tables) {
    const schema = await session.schema(commit, table)
    if (schema) schemas[table] = schema
  }
  return schemas
}

/** A table's schema at a commit. @throws {NotFoundError} TABLE_NOT_FOUND */
export async function requireSchema(session: Session, commit: Hash, table: string): Promise<Schema> {
  const schema = await session.schema(commit, table)
  if (schema) return schema
  throw new NotFoundError(
    'TABLE_NOT_FOUND',
    `There is no table ${table} at ${commit}. See: ${call('tables', [], { at: commit })}`,
    { data: { table, commit } },
  )
}
