import type { Session } from '../engines/engine.ts'
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
