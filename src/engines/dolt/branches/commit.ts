import type { Hash } from '../../../types.ts'
import type { Signature } from '../../engine.ts'
import type { Connection } from '../connection/connection.ts'

/** The head, if it has this message: it was made by a call whose answer was lost. */
export async function headWith(connection: Connection, message: string): Promise<Hash | undefined> {
  const [head, found] = (await connection.row('SELECT commit_hash, message FROM dolt_log LIMIT 1')) as [Hash, string]
  return found === message ? head : undefined
}

/** Commits all that the branch's working set has. @param empty whether that may be nothing */
export async function commit(
  connection: Connection,
  { message, author, date }: Signature,
  empty = false,
): Promise<Hash> {
  const more = [empty ? ", '--allow-empty'" : '', date === undefined ? '' : ", '--date', ?"].join('')
  const values = [message, author, ...(date === undefined ? [] : [date.slice(0, 19)])]
  return (await connection.cell<Hash>(`CALL dolt_commit('-A', '-m', ?, '--author', ?${more})`, values))!
}
