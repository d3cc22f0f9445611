import { reasonOf } from '../../../errors.ts'
import { SCRATCH_PREFIX } from '../../../model/names.ts'
import { wait } from '../../../system/wait.ts'
import type { Hash } from '../../../types.ts'
import { branchDirty } from '../../refusals.ts'
import type { Connection } from '../connection/connection.ts'
import { headOf, uncommitted } from './refs.ts'

/** How often, and how long in ms, a branch that another client moves right now is waited for. */
const LOOKS = 10
const PAUSE = 30

/** Moves `target` from `from` to `to`; false if it has moved meanwhile. */
export async function fastForward(
  connection: Connection,
  again: boolean,
  target: string,
  from: Hash,
  to: Hash,
): Promise<boolean> {
  const head = await headOf(connection, target)
  if (again && head === to) return true
  if (head !== from) return again && (await connection.cell('SELECT dolt_merge_base(?, ?)', [to, target])) === to
  await connection.use(target)
  return connection.transaction(async () => {
    await refuseDirty(connection, target)
    try {
      const [hash] = (await connection.row("CALL dolt_merge(?, '--ff-only')", [to])) as [Hash]
      await connection.run('COMMIT')
      return hash === to
    } catch (error) {
      if (/not possible to fast-forward/i.test(reasonOf(error))) return false
      if (!/no common ancestor/i.test(reasonOf(error))) throw error
      // A new database's empty branch takes another's history.
      await connection.rows("CALL dolt_reset('--hard', ?)", [to])
      await connection.run('COMMIT')
      return true
    }
  })
}

/** Ends a move of a branch that a server did not live to end; gives whether there was one. */
export async function finishMove(connection: Connection, target: string): Promise<boolean> {
  await connection.use(target)
  return connection.transaction(async () => {
    const mended = await mendTorn(connection, target)
    if (mended) await connection.run('COMMIT')
    return mended
  })
}

/**
 * Refuses a branch with uncommitted changes. Another client that moves it forward right now is waited for: the engine
 * sets the head first and the working set then.
 * @throws {RefusedError} BRANCH_DIRTY
 */
export async function refuseDirty(connection: Connection, target: string): Promise<void> {
  let tables = await uncommitted(connection)
  for (let looks = 0; tables.length > 0 && looks < LOOKS; looks++) {
    if (await mendTorn(connection, target)) return
    await wait(PAUSE)
    // A look in the same transaction would show the same.
    await connection.run('ROLLBACK')
    await connection.run('START TRANSACTION')
    tables = await uncommitted(connection)
  }
  if (tables.length === 0) return
  throw branchDirty(target, tables)
}

/**
 * A server that is killed while it moves a branch forward may leave the branch moved and its working set behind: at
 * the parent's data, which looks like uncommitted work that takes back just the last commit. It is none if a
 * scratch branch is still there with that very commit.
 */
async function mendTorn(connection: Connection, target: string): Promise<boolean> {
  const head = await headOf(connection, target)
  const scratch = await connection.row('SELECT 1 FROM dolt_branches WHERE hash = ? AND name LIKE ?', [
    head,
    `${SCRATCH_PREFIX}%`,
  ])
  const parent = await connection.cell(
    'SELECT parent_hash FROM dolt_commit_ancestors WHERE commit_hash = ? AND parent_index = 0',
    [head],
  )
  if (!scratch || !parent) return false
  if ((await uncommitted(connection)).length === 0) return false
  const sets = (await connection.row("SELECT dolt_hashof_db('WORKING'), dolt_hashof_db('STAGED')"))!
  await connection.use(parent as Hash)
  const before = await connection.cell('SELECT dolt_hashof_db()')
  await connection.use(target)
  if (sets.some((hash) => hash !== before)) return false
  await connection.rows("CALL dolt_reset('--hard')")
  return (await uncommitted(connection)).length === 0
}
