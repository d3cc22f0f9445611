import type { Hash } from '../../../types.ts'
import type { Signature } from '../../engine.ts'
import type { Connection } from '../connection/connection.ts'

/**
 * Commits the branch's working set; ends the transaction. The branch is the caller's own, or was clean when the
 * transaction began. (In a transaction the engine can't stage a new table by its name.)
 * @param how `--allow-empty`: also where nothing changed; `--amend`: in the place of the last commit, with its parents
 */
export function commit(
  connection: Connection,
  { message, author, date }: Signature,
  how?: '--allow-empty' | '--amend',
): Hash {
  const values = [message, author, ...(date === undefined ? [] : [date.slice(0, 19)])]
  const more = [date === undefined ? '' : ", '--date', ?", how === undefined ? '' : `, '${how}'`].join('')
  return connection.cell<Hash>(`SELECT dolt_commit('-A', '-m', ?, '--author', ?${more})`, ...values)!
}
