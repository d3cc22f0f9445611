import { UsageError } from '../errors.ts'
import { NAME_BYTES } from './arguments/rules.ts'

/** What is looked at beyond an option's own rule, which the call's arguments were checked by. */
interface Options {
  /** One of a batch's later saves has its table in it, and so may be longer than what was given. */
  id?: string
  mode?: string
  schema?: string
}

/** @throws {UsageError} OPTION_INVALID */
export function checkOptions({ id, mode, schema }: Options): void {
  if (id !== undefined && Buffer.byteLength(id) > NAME_BYTES)
    throw invalid('id', `${id.slice(0, 40)}…`, `it has ${Buffer.byteLength(id)} bytes, and at most ${NAME_BYTES} fit`)
  if (schema === 'replace' && (mode ?? 'replace') !== 'replace')
    throw invalid(
      'schema',
      schema,
      `it takes the source's schema as it is, and so the mode replace; ${mode} keeps rows of the old one`,
    )
}

/**
 * The caller's own data as it is kept: what JSON makes of it.
 * @throws {UsageError} OPTION_INVALID if JSON can make nothing of it
 */
export function plainData(data: unknown): unknown {
  if (data === undefined) return null
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch {
    // A bigint, or a ring.
  }
  if (text === undefined) throw invalid('data', data, 'it must be plain data, such as JSON can write')
  return JSON.parse(text) as unknown
}

function invalid(option: string, value: unknown, rule: string): UsageError {
  const shown =
    typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value)
  return new UsageError('OPTION_INVALID', `The option ${option} is ${shown}: ${rule}.`, {
    data: { option, value: shown },
  })
}
