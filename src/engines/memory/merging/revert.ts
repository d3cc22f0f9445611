import type { Hash } from '../../../types.ts'
import type { Built, Signature } from '../../engine.ts'
import { notReverted } from '../../schema-conflict.ts'
import { hasSameTables, type MemoryDatabase } from '../branches/database.ts'
import { mergeAll, settled } from './merge.ts'

/** Takes a commit back: a merge from the commit to its parent. @throws {RefusedError} MERGE_REFUSED */
export function revert(database: MemoryDatabase, branch: string, hash: Hash, signature: Signature): Built {
  const head = database.headOf(branch)
  const commit = database.at(hash)
  const [parent] = commit.parents
  if (parent === undefined) throw notReverted(hash, 'it is the first commit of all')
  const all = mergeAll(commit.tables, head.tables, database.at(parent).tables)
  if ('reason' in all) throw notReverted(hash, `table ${all.table} has changed since: ${all.reason}`)
  if (all.conflicts.length > 0)
    throw notReverted(hash, `later commits changed the same rows of table ${all.conflicts[0]!.table}`)
  const tables = settled(all.tables, 'ours')
  if (hasSameTables(head.tables, tables)) return { commit: undefined }
  return { commit: database.commitOn(branch, tables, signature) }
}
