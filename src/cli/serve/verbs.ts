import type { Database } from '../../database.ts'
import { UsageError } from '../../errors.ts'
import { accept } from '../../verbs/accept.ts'
import type { CallShape } from '../../verbs/arguments/call-shape.ts'
import { PARAMETERS } from '../../verbs/arguments/parameters.ts'
import { copy } from '../../verbs/copy/copy.ts'
import { clone } from '../../verbs/remotes.ts'
import { didYouMean } from '../suggest.ts'

/** The library's functions that need no opened database. */
const FUNCTIONS: Partial<Record<CallShape, (...given: never[]) => Promise<unknown>>> = { accept, clone, copy }

/** The verbs of the protocol itself. */
const OWN_VERBS = ['open', 'close', 'next', 'return', 'cancel'] as const

/** How a verb's answers are told while it runs. */
export interface CallEffects {
  signal: AbortSignal
  progress(progress: unknown): void
}

/**
 * A call of a verb of the library, by its name and its arguments' names: what it does with the database, which is opened
 * only if the verb needs one. It gives a promise, or what is given one by one.
 * @throws {UsageError} USAGE for an unknown verb or argument
 */
export function verbCall(
  verb: string,
  params: Record<string, unknown>,
  effects: CallEffects,
): (database: () => Promise<Database>) => Promise<unknown> {
  if (!isVerb(verb)) throw unknownVerb(verb)
  const given = argumentsOf(verb, params, effects)
  const own = FUNCTIONS[verb]
  if (own) return () => own(...(given as never[]))
  return async (database) => {
    const methods = (await database()) as unknown as Record<string, (...words: unknown[]) => unknown>
    return methods[verb]!(...given)
  }
}

function isVerb(verb: string): verb is CallShape {
  return Object.hasOwn(PARAMETERS, verb) && verb !== 'open'
}

function unknownVerb(verb: string): UsageError {
  const known = [...Object.keys(PARAMETERS), ...OWN_VERBS]
  return new UsageError('USAGE', `The library has no verb ${verb}.${didYouMean(verb, known)}`, { data: { verb } })
}

/** The arguments in their order, with a signal and a callback if the verb takes them. */
function argumentsOf(verb: CallShape, params: Record<string, unknown>, { signal, progress }: CallEffects): unknown[] {
  const { rules } = PARAMETERS[verb]
  const names = Object.keys(rules)
  const unknown = Object.keys(params).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new UsageError(
      'USAGE',
      `${verb} takes no ${unknown}. ${names.length === 0 ? 'It takes nothing' : `It takes: ${names.join(', ')}`}.`,
      { data: { verb, argument: unknown } },
    )
  const given = { ...params }
  if (rules['options']) {
    const takes = (option: string, value: unknown): boolean => rules['options']!({ [option]: value }, '') === undefined
    const { onProgress, ...options } = Object(given['options']) as Record<string, unknown>
    if (onProgress === true) options['onProgress'] = progress
    else if (onProgress !== undefined && onProgress !== false) options['onProgress'] = onProgress
    if (takes('signal', signal)) options['signal'] = signal
    if (isObject(given['options']) || given['options'] === undefined) given['options'] = options
  }
  return names.map((name) => given[name] ?? undefined)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
