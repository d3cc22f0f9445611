import { randomBytes } from 'node:crypto'
import { SCRATCH_PREFIX } from '../../../model/names.ts'
import { currentOwner, ownerText } from '../../../system/owner.ts'
import type { Connection } from '../connection/connection.ts'
import { headOf } from './refs.ts'

/** A name that tells its owner, as every scratch branch's: the next command removes what a killed process left. */
export function scratchName(purpose: string): string {
  return `${SCRATCH_PREFIX}${ownerText(currentOwner())}/${Date.now()}-${randomBytes(4).toString('hex')}/${purpose}`
}

export async function removeScratch(connection: Connection, branch: string): Promise<void> {
  if ((await headOf(connection, branch)) === undefined) return
  await connection.useDefault()
  await connection.rows("CALL dolt_branch('-D', '-f', ?)", [branch])
}
