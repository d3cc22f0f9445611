/* What `Database` calls of conflicts. */

export type { ColumnRules, TableRules } from '../../model/conflict-rules.ts'
export { list, type ConflictList, type ConflictsOptions } from './conflicts.ts'
export { listRules, setRules } from './rules.ts'
