import { DoltflowError } from '../../../errors.ts'
import type { Address } from '../connection/address.ts'
import { Connection } from '../connection/connection.ts'
import { quoted } from '../connection/sql.ts'

/** The user of our own servers who can read their database, and nothing else. */
const READER = 'doltflow_reader'

/** Opens a connection for queries. To a server that is not our own, it has the rights of the user whose address it is. */
export async function openReader(address: Address): Promise<Connection> {
  if (!address.isOurs) return Connection.open(address, address)
  const reader = { ...address, user: READER }
  try {
    return await Connection.open(reader, address)
  } catch (error) {
    if (!(error instanceof DoltflowError) || error.code !== 'ACCESS_DENIED') throw error
    await makeReader(address)
    return Connection.open(reader, address)
  }
}

/** A server that has just been started has no users but its first. */
async function makeReader(address: Address): Promise<void> {
  const master = await Connection.open(address)
  try {
    await master.run(`CREATE USER IF NOT EXISTS '${READER}'@'%' IDENTIFIED BY ?`, [address.password])
    await master.run(`GRANT SELECT ON ${quoted(address.database)}.* TO '${READER}'@'%'`)
  } finally {
    master.destroy()
  }
}
