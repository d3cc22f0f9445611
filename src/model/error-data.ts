import type { DoltflowError, ErrorCode, ErrorData } from '../errors.ts'
import type { Conflict, Hash, Schema } from '../types.ts'

/** A place in a source. */
export interface SourcePlace {
  /** From 1, if it is known. */
  line?: number
  /** The file, if there is one. */
  path?: string
  /** The column's name, if one is at fault. */
  column?: string
}

/** What an error of a code tells beside its message, for the codes whose values a caller may want. */
export type ErrorDataByCode = {
  /** `branch` keeps the work; the first conflicts of `total`. */
  CONFLICT: {
    branch: string
    target: string
    total: number
    tables: string[]
    conflicts: Conflict[]
    schemas: Record<string, Schema>
  }
  SCHEMA_CONFLICT: { branch?: string; target?: string; tables: string[]; reason: string }
  ID_TAKEN: { id: string; table: string; startedAt: string; toCommit: Hash | null }
  HANDLE_NOT_FOUND: { db: string; table: string; commit: Hash; database: string }
  TABLE_NOT_FOUND: { table: string; commit?: Hash }
  BRANCH_NOT_FOUND: { branch: string }
  REF_NOT_FOUND: { ref?: string }
  RUN_NOT_FOUND: { run: string; table?: string }
  DATABASE_NOT_FOUND: { database: string }
  FILE_NOT_FOUND: { path: string }
  KEY_DUPLICATE: SourcePlace & { key: Record<string, string> }
  KEY_EXISTS: SourcePlace & { key: Record<string, string> }
  KEY_NULL: SourcePlace
  TYPE_MISMATCH: SourcePlace
  CSV_RAGGED: SourcePlace
  CSV_QUOTE: SourcePlace
  OPTION_INVALID: { option?: string; path?: string; value?: string }
  PACKAGE_MISSING: { packages?: string[] }
  IO_FAILED: { path?: string; reason?: string }
}

/** What `data` of an error with that code is. */
export type ErrorDataOf<Code extends ErrorCode> = Code extends keyof ErrorDataByCode ? ErrorDataByCode[Code] : ErrorData

/**
 * Whether an error is doltflow's, and of that code; then its `data` is typed. It goes by shape, so that it holds also if two
 * copies of the package are installed.
 * @example
 * const caught = await db.merge('exp').catch((error: unknown) => error)
 * if (isDoltflowError(caught, 'CONFLICT')) console.log(caught.data.branch, caught.data.conflicts)
 */
export function isDoltflowError<Code extends ErrorCode>(
  error: unknown,
  code?: Code,
): error is DoltflowError & { code: Code; data: ErrorDataOf<Code> } {
  const { code: own, retryable, data } = Object(error) as Partial<DoltflowError>
  const isOurs =
    error instanceof Error && typeof own === 'string' && typeof retryable === 'boolean' && data !== undefined
  return isOurs && (code === undefined || own === code)
}
