import { UsageError } from '../errors.ts'
import { isColumnType } from '../model/cells.ts'
import type { ColumnType } from '../types.ts'

/** How many bytes the name of an action, a run or a step has at most: it is looked up by. */
const NAME_BYTES = 1024

/** What several verbs are given, and is checked before anything else is done. */
interface Options {
  id?: string
  message?: string
  run?: string
  step?: string
  mode?: string
  schema?: string
  onConflict?: string
  types?: Record<string, ColumnType>
}

/** @throws {UsageError} OPTION_INVALID */
export function checkOptions({ id, message, run, step, mode, schema, onConflict, types = {} }: Options): void {
  if (id === '') throw invalid('id', id, 'it must not be empty; leave it out to have one made')
  for (const [option, value] of Object.entries({ id, message, run, step })) checkText(option, value)
  for (const [option, value] of Object.entries({ id, run, step }))
    if (value !== undefined && Buffer.byteLength(value) > NAME_BYTES)
      throw invalid(
        option,
        `${value.slice(0, 40)}…`,
        `it has ${Buffer.byteLength(value)} bytes, and at most ${NAME_BYTES} fit`,
      )
  checkChoice('mode', mode, ['replace', 'append', 'upsert'])
  checkChoice('schema', schema, ['evolve', 'replace', 'strict'])
  if (schema === 'replace' && (mode ?? 'replace') !== 'replace')
    throw invalid(
      'schema',
      schema,
      `it takes the source's schema as it is, and so the mode replace; ${mode} keeps rows of the old one`,
    )
  checkChoice('onConflict', onConflict, ['fail', 'ours', 'theirs'])
  for (const [column, type] of Object.entries(types))
    if (!isColumnType(type))
      throw invalid('types', type, `the type of ${column} must be any, text, integer, real or decimal(N)`)
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

function checkChoice(option: string, value: string | undefined, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value))
    throw invalid(option, value, `it must be one of ${choices.join(', ')}`)
}

/** A commit's message must be able to hold it. */
function checkText(option: string, value: unknown): void {
  if (value !== undefined && (typeof value !== 'string' || value.includes('\0') || !value.isWellFormed()))
    throw invalid(option, value, 'it must be text, without NUL')
}

function invalid(option: string, value: unknown, rule: string): UsageError {
  const shown =
    typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value)
  return new UsageError('OPTION_INVALID', `The option ${option} is ${shown}: ${rule}.`, {
    data: { option, value: shown },
  })
}
