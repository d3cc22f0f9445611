export { deleteRows, type RowsWhere } from './delete-rows.ts'
/* What `Database` calls of undoing. */

export { drop } from './drop.ts'
export { restore, restoreAll } from './restore.ts'
export { revert } from './revert.ts'
export type { UndoOptions } from './undo.ts'
