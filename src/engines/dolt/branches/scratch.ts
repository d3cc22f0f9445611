import type { Connection } from '../connection/connection.ts'
import { headOf } from './refs.ts'

/** Removes a scratch branch of ours, if it is there. */
export async function removeScratch(connection: Connection, branch: string): Promise<void> {
  if ((await headOf(connection, branch)) === undefined) return
  await connection.useDefault()
  await connection.rows("CALL dolt_branch('-D', '-f', ?)", [branch])
}
