import type { Hash } from '../../../types.ts'
import type { Built, Change, Signature, Squashed } from '../../engine.ts'
import { hasSameTables, type MemoryDatabase } from '../branches/database.ts'
import { revert } from '../merging/revert.ts'
import { put, type StagedRows } from './put.ts'

/** Applies a change on a branch and commits it; no commit if it changes nothing. */
export function build(
  database: MemoryDatabase,
  branch: string,
  change: Change,
  signature: Signature,
  staged: StagedRows | undefined,
): Built {
  const head = database.headOf(branch)
  if (change.kind === 'revert') return revert(database, branch, change.commit, signature)
  const tables = new Map(head.tables)
  const restored = change.kind === 'restore' ? database.at(change.from).tables.get(change.table) : undefined
  if (change.kind === 'stage') tables.set(change.table, put(head.tables, change, staged!))
  else if (restored) tables.set(change.table, restored)
  else tables.delete(change.table)
  if (hasSameTables(head.tables, tables)) return { commit: undefined }
  return { commit: database.commitOn(branch, tables, signature) }
}

/** Makes one commit of all that a branch has since one of its commits. */
export function squash(
  database: MemoryDatabase,
  branch: string,
  since: Hash,
  { always = false, merging, ...signature }: Squashed,
): Built {
  const { tables } = database.headOf(branch)
  const parents = merging === undefined ? [since] : [since, merging]
  if (merging === undefined && !always && hasSameTables(database.at(since).tables, tables)) {
    database.branches.set(branch, since)
    return { commit: undefined }
  }
  return { commit: database.commitOn(branch, tables, signature, parents) }
}
