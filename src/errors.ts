import { remember, spelt, markedText } from './spelling.ts'

/**
 * Every error that doltflow raises on purpose. A `code` says which; `data` holds the values it speaks of;
 * the message says what failed, the value, and what to do next.
 */
export type ErrorCode =
  // wrong use
  | 'USAGE'
  | 'URL_INVALID'
  | 'OPTION_INVALID'
  | 'NAME_RESERVED'
  | 'NAME_REFUSED'
  // not there
  | 'DATABASE_NOT_FOUND'
  | 'FILE_NOT_FOUND'
  | 'REF_NOT_FOUND'
  | 'REF_AMBIGUOUS'
  | 'BRANCH_NOT_FOUND'
  | 'TABLE_NOT_FOUND'
  | 'HANDLE_NOT_FOUND'
  | 'ROW_NOT_FOUND'
  | 'RUN_NOT_FOUND'
  | 'STEP_NOT_FOUND'
  | 'CHECK_NOT_FOUND'
  | 'RUN_EXISTS'
  | 'RUN_RUNNING'
  | 'RUN_BRANCH'
  | 'RUN_OVERTAKEN'
  | 'RUN_FAILED'
  | 'STEP_FAILED'
  | 'REMOTE_NOT_FOUND'
  // already there
  | 'BRANCH_EXISTS'
  | 'TAG_EXISTS'
  | 'COPY_DIFFERS'
  | 'DATABASE_EXISTS'
  | 'REMOTE_EXISTS'
  // what is in a file
  | 'CSV_ENCODING'
  | 'CSV_NUL'
  | 'CSV_QUOTE'
  | 'CSV_RAGGED'
  | 'CSV_EMPTY'
  | 'COLUMN_DUPLICATE'
  | 'COLUMN_EMPTY'
  | 'FORMAT_UNKNOWN'
  | 'FORMAT_INVALID'
  | 'FORMAT_LIMIT'
  | 'FORMAT_CANNOT_HOLD'
  | 'SHEET_NOT_FOUND'
  | 'PACKAGE_MISSING'
  | 'EMPTY_SOURCE'
  | 'HEADER_DIFFERS'
  // what fits a table
  | 'KEY_REQUIRED'
  | 'KEY_CHANGED'
  | 'KEY_NULL'
  | 'KEY_DUPLICATE'
  | 'KEY_TOO_LONG'
  | 'KEY_EXISTS'
  | 'COLUMN_MISSING'
  | 'TYPE_MISMATCH'
  | 'TYPE_REFUSED'
  | 'TYPE_CHANGED'
  | 'SCHEMA_STRICT'
  | 'SCHEMA_CONFLICT'
  // what others did meanwhile
  | 'CONFLICT'
  | 'DECISION_INVALID'
  | 'DECISION_STALE'
  | 'MERGE_REFUSED'
  | 'CHECK_FAILED'
  | 'CHECK_EXISTS'
  | 'BRANCH_DIRTY'
  | 'DATABASE_BUSY'
  | 'ABORTED'
  | 'CLOSED'
  // the database itself
  | 'DATABASE_TRUNCATED'
  | 'ID_TAKEN'
  | 'TARGET_REFUSED'
  | 'TOO_MANY_COLUMNS'
  | 'DATABASE_CORRUPT'
  | 'DATABASE_READ_ONLY'
  | 'NETWORK_FILE_SYSTEM'
  | 'ENGINE_UNAVAILABLE'
  | 'SERVER_UNREACHABLE'
  | 'ACCESS_DENIED'
  | 'ENGINE_FAILED'
  | 'SQL_FAILED'
  | 'QUERY_TIMEOUT'
  | 'QUERY_LIMIT'
  | 'IO_FAILED'
  // elsewhere
  | 'REMOTE_UNREACHABLE'
  | 'REMOTE_REFUSED'
  | 'REMOTE_RACE'
  | 'PULL_CONFLICT'
  | 'SINK_FAILED'
  // a fault in doltflow
  | 'UNEXPECTED'

/** Values that an error speaks of: plain data, fit for JSON. */
export type ErrorData = Record<string, unknown>

/** The base of all of doltflow's errors. */
export class DoltflowError extends Error {
  override readonly name: string = 'DoltflowError'
  readonly code: ErrorCode
  readonly data: ErrorData
  /** Whether the same call, made again, may succeed. */
  readonly retryable: boolean

  constructor(
    code: ErrorCode,
    message: string,
    options: { data?: ErrorData; cause?: unknown; retryable?: boolean } = {},
  ) {
    super(spelt(message, 'library'), options.cause === undefined ? undefined : { cause: options.cause })
    remember(this, message)
    this.code = code
    this.data = options.data ?? {}
    this.retryable = options.retryable ?? false
  }

  toJSON(): { code: ErrorCode; message: string; retryable: boolean; data: ErrorData } {
    return { code: this.code, message: this.message, retryable: this.retryable, data: this.data }
  }
}

/** A call that was stopped: by its signal, whose reason is the `cause`, or by a close in a hurry. Its name is what engines know an abort by. */
export class AbortedError extends DoltflowError {
  override readonly name = 'AbortError'
}

/** The call itself is wrong: an option, a name, a URL. The CLI exits with 2. */
export class UsageError extends DoltflowError {
  override readonly name = 'UsageError'
}

/** What the call names is not there. */
export class NotFoundError extends DoltflowError {
  override readonly name = 'NotFoundError'
}

/** A file's content is refused. `data` has `line` and `column` (both from 1) where they are known. */
export class SourceError extends DoltflowError {
  override readonly name = 'SourceError'
}

/** Two sides changed the same thing. The CLI exits with 3. */
export class ConflictError extends DoltflowError {
  override readonly name = 'ConflictError'
}

/** A check refused: nothing was done, and a flag or another state of the database would allow it. The CLI exits with 4. */
export class RefusedError extends DoltflowError {
  override readonly name = 'RefusedError'
}

/**
 * A system call's error as IO_FAILED; others as they are.
 * @param path what was read or written, for the message
 */
export function asIoError(error: unknown, path: string): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException
  if (error instanceof DoltflowError || code === undefined || syscall === undefined) return error
  return new DoltflowError(
    'IO_FAILED',
    `Reading or writing for ${path} failed: ${message}. Check the disk, its free space and the permissions; nothing was changed.`,
    { data: { path, reason: code }, cause: error, retryable: ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'].includes(code) },
  )
}

/** The engine's or a library's own words in an error: those that doltflow's error quotes. */
export function reasonOf(error: unknown): string {
  return error instanceof DoltflowError ? String(error.data['reason'] ?? error.message) : String(error)
}

/** An error as plain data: what a worker, or another process, can be told. */
export interface PlainError {
  name: string
  message: string
  code?: string
  data?: ErrorData
  retryable?: boolean
  /** Of an error that isn't doltflow's own: it is a fault, and where it happened is all that helps. */
  stack?: string
  cause?: PlainError
}

const CLASSES: Record<string, typeof DoltflowError> = {
  DoltflowError,
  UsageError,
  NotFoundError,
  SourceError,
  ConflictError,
  RefusedError,
  AbortError: AbortedError,
}
/** Causes of causes that are told. */
const CAUSES = 4

/** What `fromPlain` makes the same error of, beyond a border of threads or processes. */
export function toPlain(error: unknown, causes: number = CAUSES): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const cause = error.cause === undefined || causes === 0 ? {} : { cause: toPlain(error.cause, causes - 1) }
  if (error instanceof DoltflowError)
    return { name: error.name, ...error.toJSON(), message: markedText(error), ...cause }
  const { name, message, stack, code } = error as NodeJS.ErrnoException
  const known = { ...(stack === undefined ? {} : { stack }), ...(code === undefined ? {} : { code: String(code) }) }
  return { name, message, ...known, ...cause }
}

/** The error that was told, of its class. */
export function fromPlain({ name, message, code, data, retryable, stack, cause }: PlainError): Error {
  const options = cause === undefined ? {} : { cause: fromPlain(cause) }
  if (Object.hasOwn(CLASSES, name))
    return new CLASSES[name]!(code as ErrorCode, message, {
      ...(data && { data }),
      ...(retryable && { retryable }),
      ...options,
    })
  const plain: NodeJS.ErrnoException = new Error(message, options)
  if (code !== undefined) plain.code = code
  if (stack !== undefined) plain.stack = stack
  return plain
}
