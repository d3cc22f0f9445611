import { RefusedError } from '../../../errors.ts'
import { failpoint } from '../../../system/failpoint.ts'
import type { Hash } from '../../../types.ts'
import { branchDirty } from '../../refusals.ts'
import type { Connection } from '../connection/connection.ts'
import { uncommitted } from './refs.ts'

/** How many commits back the working set of an interrupted move is looked for. */
const MOVED = 1000

/** Moves `target` from `from` to `to`; false if it has moved meanwhile. */
export function fastForward(connection: Connection, target: string, from: Hash, to: Hash): boolean {
  try {
    return move(connection, target, from, to)
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'BRANCH_DIRTY' || !finishMove(connection, target))
      throw error
    return move(connection, target, from, to)
  }
}

function move(connection: Connection, target: string, from: Hash, to: Hash): boolean {
  connection.use(target)
  return connection.exclusively(() => {
    if (connection.cell('SELECT dolt_hashof(?)', target) !== from) return false
    refuseDirty(connection, target)
    failpoint('publish-locked')
    connection.get("SELECT dolt_reset('--hard', ?)", to)
    failpoint('publish-reset')
    connection.exec('COMMIT')
    return true
  })
}

/**
 * Ends a move that was interrupted: the engine writes a branch's head first, its staged and its working set after
 * that, so that these are still those of a commit before. Changes that are in no commit are a person's, and stay.
 * @returns whether there was such a move
 */
export function finishMove(connection: Connection, target: string): boolean {
  connection.renew()
  connection.use(target)
  return connection.exclusively(() => {
    if (uncommitted(connection).length === 0) return false
    const catalog = (ref: string): string => connection.cell<string>('SELECT dolt_hashof_db(?)', ref)!
    const unknown = new Set([catalog('WORKING'), catalog('STAGED')])
    const head = connection.cell<Hash>('SELECT dolt_hashof(?)', target)!
    for (const [hash] of connection.all('SELECT commit_hash FROM dolt_log(?) LIMIT ?', head, MOVED)) {
      unknown.delete(catalog(hash as Hash))
      if (unknown.size > 0) continue
      connection.get("SELECT dolt_reset('--hard', ?)", head)
      connection.exec('COMMIT')
      return true
    }
    return false
  })
}

function refuseDirty(connection: Connection, target: string): void {
  const tables = uncommitted(connection)
  if (tables.length > 0) throw branchDirty(target, tables)
}
