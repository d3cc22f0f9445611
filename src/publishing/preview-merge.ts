import type { Session } from '../engines/engine.ts'
import { newId } from '../system/id.ts'
import type { Conflict, Hash } from '../types.ts'
import { isSchemaConflict } from './conflict-branch.ts'
import { createScratch, dropScratch } from './scratch.ts'

/** So many conflicts are told. */
const TOLD = 10

/** What a merge would come to. */
export interface MergePreview {
  /** How many rows are in conflict. */
  total: number
  /** The tables of these rows. */
  tables: string[]
  /** The first of these rows. */
  conflicts: Conflict[]
  /** Why the tables can't be put together at all; null if they can. */
  refused: string | null
}

/** Merges a commit into a head on a scratch branch, which then goes: nothing moves. */
export async function previewMerge(session: Session, head: Hash, work: Hash, author: string): Promise<MergePreview> {
  const scratch = await createScratch(session, head, newId())
  try {
    const made = await session.merge(scratch.name, work, 'fail', { message: 'preview of a merge', author })
    if ('commit' in made) return { total: 0, tables: [], conflicts: [], refused: null }
    const { total, tables, conflicts } = made
    return { total, tables, conflicts: conflicts.slice(0, TOLD), refused: null }
  } catch (error) {
    if (!isSchemaConflict(error)) throw error
    return { total: 0, tables: [], conflicts: [], refused: error.message }
  } finally {
    await dropScratch(session, scratch)
  }
}
