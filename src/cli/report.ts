import { DoltflowError, ConflictError, RefusedError, UsageError } from '../errors.ts'
import { sameValue } from '../model/cells.ts'
import { messageFor } from '../spelling.ts'
import type { Conflict, Schema, Value } from '../types.ts'
import { shownText } from './text/cells.ts'
import { toJson } from './text/json.ts'
import type { Output } from './text/output.ts'
import { alignedTable } from './text/table.ts'
import { visible } from './text/width.ts'
import { withoutPassword } from './text/words.ts'

const LISTED = 10

/** By table. */
type Schemas = Record<string, Schema> | undefined

/** The exit code that an error means. */
export function exitCode(error: unknown): number {
  if (error instanceof UsageError) return 2
  if (error instanceof ConflictError) return 3
  return error instanceof RefusedError ? 4 : 1
}

/** Tells an error: one JSON document, or plain sentences. A stack only if it is asked for. */
export function report(error: unknown, errors: Output, options: { json: boolean; debug: boolean }): void {
  const told = asDoltflowError(error)
  const { code, retryable, data } = told
  const message = messageFor('shell', told)
  const stack = options.debug && error instanceof Error ? withoutPassword(error.stack ?? '') : undefined
  if (options.json) return errors.line(withoutPassword(toJson({ error: { code, message, retryable, data, stack } })))
  errors.paragraph(`error ${code}:`, 'red', withoutPassword(printable(message)))
  const conflicts = data['conflicts'] as Conflict[] | undefined
  if (Array.isArray(conflicts) && conflicts.length > 0)
    listConflicts(conflicts, Number(data['total'] ?? conflicts.length), data['schemas'] as Schemas, errors)
  if (stack !== undefined) errors.line(stack)
}

/** What nobody foresaw has a code, too. */
export function asDoltflowError(error: unknown): DoltflowError {
  if (error instanceof DoltflowError) return error
  const { name, message, code } = (error instanceof Error ? error : new Error(String(error))) as NodeJS.ErrnoException
  if (name === 'AbortError')
    return new DoltflowError('ABORTED', 'The call was aborted; nothing was changed.', { retryable: true })
  // The system's own errors: EACCES, ENOSPC, …
  if (code !== undefined && /^E[A-Z0-9]+$/.test(code))
    return new DoltflowError('IO_FAILED', `Reading or writing failed: ${message}.`, {
      data: { reason: code },
      cause: error,
    })
  return new DoltflowError(
    'UNEXPECTED',
    `${message}. This is a fault in doltflow, or of this computer; --debug shows where it happened.`,
    { data: code === undefined ? {} : { reason: code }, cause: error },
  )
}

/** The first conflicts, a line for each cell that both sides changed. */
function listConflicts(conflicts: readonly Conflict[], total: number, schemas: Schemas, errors: Output): void {
  const rows = conflicts.slice(0, LISTED).flatMap((conflict) => cellsInConflict(conflict, schemas?.[conflict.table]))
  errors.line()
  for (const line of alignedTable(['table', 'key', 'column', 'base', 'ours', 'theirs'], rows, {
    columns: errors.columns,
    paint: errors.paint,
  }))
    errors.line(line)
  const more = total - Math.min(conflicts.length, LISTED)
  if (more > 0) errors.line(`… and ${more} more ${more === 1 ? 'row' : 'rows'}`)
}

function cellsInConflict({ table, key, base, ours, theirs }: Conflict, schema: Schema | undefined): string[][] {
  const typeOf = (name: string) => schema?.columns.find((column) => column.name === name)?.type
  const names = Object.keys(ours ?? theirs ?? base ?? {}).filter((name) => !(name in key))
  const both = ours !== null && theirs !== null
  const columns = names.filter((name) =>
    both
      ? !sameValue(ours[name], theirs[name]) &&
        !sameValue(base?.[name], ours[name]) &&
        !sameValue(base?.[name], theirs[name])
      : !sameValue(base?.[name], (ours ?? theirs)?.[name]),
  )
  const keyText = Object.entries(key)
    .map(([name, value]) => shownText(value, typeOf(name)))
    .join(', ')
  const side = (row: Record<string, Value> | null, column: string, missing: string): string =>
    row === null ? missing : shownText(row[column], typeOf(column))
  return (columns.length === 0 ? names.slice(0, 1) : columns).map((column) => [
    table,
    keyText,
    column,
    side(base, column, '(no row)'),
    side(ours, column, '(deleted)'),
    side(theirs, column, '(deleted)'),
  ])
}

/** A message may quote a file's text. */
function printable(message: string): string {
  return message.split('\n').map(visible).join('\n')
}
