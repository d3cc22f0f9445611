import { SourceError } from '../errors.ts'

/** The refusal of a file that is whole, and has what can't be read. */
export function unsupported(reason: string, remedy: string): SourceError {
  return new SourceError('FORMAT_INVALID', `The file can't be read: ${reason}. ${remedy}`, { data: { reason } })
}
