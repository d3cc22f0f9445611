import { DoltflowError, NotFoundError, reasonOf, RefusedError } from '../../../errors.ts'
import { initAt } from '../../../model/advice.ts'

const LOST =
  /^(PROTOCOL_CONNECTION_LOST|PROTOCOL_SEQUENCE_TIMEOUT|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT|ERR_STREAM\w*|HANDSHAKE_\w+)$/
/** What the engine says where two transactions met; the same work, done again, may succeed. */
const MET =
  /serialization failure|would be stomped|optimistic lock|HEAD changed|head has (changed|moved)|dataset head is not ancestor|try restarting transaction|merge is required|concurrent|locked|working set|cannot merge with uncommitted|committing conflict/i

/** A driver's error as doltflow's own. Its message never holds a password. */
export function translated(cause: unknown, location: string): DoltflowError {
  if (cause instanceof DoltflowError) return cause
  const { code = '', errno, fatal, message: text } = cause as Error & { code?: string; errno?: number; fatal?: boolean }
  const data = { database: location, reason: text }
  if (errno === 1045 || errno === 1044 || errno === 1142 || errno === 1227 || /^(command|access) denied/i.test(text))
    return new RefusedError(
      'ACCESS_DENIED',
      `${location} refuses this user: ${text}. Give the password in DOLTFLOW_PASSWORD, or ask for the rights on the database.`,
      { data, cause },
    )
  if (errno === 1049 || /^database not found/i.test(text))
    return new NotFoundError(
      'DATABASE_NOT_FOUND',
      `There is no such database: ${text}. The first save makes it, or: ${initAt(location)}`,
      { data, cause },
    )
  if (LOST.test(code) || fatal === true || /closed state|connection was killed/i.test(text))
    return unreachable(location, text || code, cause)
  if (errno === 1213 || errno === 1205 || MET.test(text)) return busyError(location, text, cause)
  if (/invalid table spec/i.test(text))
    return new RefusedError(
      'TOO_MANY_COLUMNS',
      `A row of so many columns has no room in Dolt (${text}). Split the table into several of the same key.`,
      { data, cause },
    )
  if (/read[- ]only/i.test(text))
    return new DoltflowError('DATABASE_READ_ONLY', `${location} can't be written (${text}).`, { data, cause })
  return new DoltflowError('ENGINE_FAILED', `The engine refused: ${text}`, { data, cause })
}

export function busyError(location: string, reason: string, cause?: unknown): DoltflowError {
  return new DoltflowError(
    'DATABASE_BUSY',
    `Another client is writing to ${location} (${reason}). Try again when it has finished.`,
    { data: { database: location, reason }, ...(cause === undefined ? {} : { cause }), retryable: true },
  )
}

/** Whether a statement failed because another client deleted the branch that the connection was left on; `at` is `database/branch`. */
export function isOfDeleted({ message }: Error, at: string): boolean {
  return ['branch not found', `database not found: ${at}`, `Could not load database ${at}`].includes(message)
}

/** That error: the same work may be done again, unless it was done again and needs the branch. */
export function deletedError(location: string, branch: string, again: boolean): DoltflowError {
  if (!again) return busyError(location, `it deleted branch ${branch}`)
  return new NotFoundError('BRANCH_NOT_FOUND', `Another client deleted branch ${branch} meanwhile.`, {
    data: { branch },
  })
}

export function closedError(location: string): DoltflowError {
  return unreachable(location, 'the connection was lost')
}

function unreachable(location: string, reason: string, cause?: unknown): DoltflowError {
  return new DoltflowError(
    'SERVER_UNREACHABLE',
    `${location} can't be reached: ${reason}. Check that the server runs, its host and port; nothing is half done, and the same call may be made again.`,
    { data: { database: location, reason }, ...(cause === undefined ? {} : { cause }), retryable: true },
  )
}

/** Whether a remote has nothing yet: no database, or one that nothing was pushed to. */
export function isEmptyRemote(error: unknown): boolean {
  return /no branches found|remote is empty|no refs|database .*not found/i.test(reasonOf(error))
}

/** Whether the same work may be done again: two transactions met, or the connection was lost. */
export function isPassing(error: unknown): boolean {
  return error instanceof DoltflowError && (error.code === 'DATABASE_BUSY' || error.code === 'SERVER_UNREACHABLE')
}
