import { refuseReadOnly } from '../context.ts'
import { openEngine } from '../engines/index.ts'
import { isReservedBranch } from '../model/names.ts'
import type { Branch } from '../types.ts'
import { checkArguments } from './arguments/check.ts'

/**
 * Accepts a database as it is, for one that was restored from a backup: commits that it was known to have, and
 * lacks, are no longer asked for.
 * @param url the database's
 * @returns the branches whose heads count from now on
 * @throws {NotFoundError} DATABASE_NOT_FOUND
 * @throws {RefusedError} DATABASE_READ_ONLY
 * @example
 * const { branches } = await accept('pipeline.db')
 */
export async function accept(url: string): Promise<{ location: string; branches: Branch[] }> {
  checkArguments('accept', [url])
  const engine = await openEngine(url, { check: false })
  try {
    refuseReadOnly({ engine })
    await engine.accept?.()
    const session = await engine.session()
    const branches = (await session.branches()).filter(({ name }) => !isReservedBranch(name))
    await session.release()
    return { location: engine.location, branches }
  } finally {
    await engine.close()
  }
}
