import { DoltflowError, UsageError } from '../../errors.ts'
import type { CallShape } from './call-shape.ts'
import { PARAMETERS } from './parameters.ts'
import type { Fault, Rule } from './rules.ts'

/**
 * Checks what a call is given before anything is done.
 * @throws {UsageError} OPTION_INVALID for an option, USAGE for another argument
 */
export function checkArguments(call: CallShape, given: readonly unknown[]): void {
  checkGiven(call, PARAMETERS[call], given)
}

/** As `checkArguments`, for a call that is no method of a database. */
export function checkGiven(
  call: string,
  { rules, optional }: { rules: Readonly<Record<string, Rule>>; optional: readonly string[] },
  given: readonly unknown[],
): void {
  for (const [index, [argument, rule]] of Object.entries(rules).entries()) {
    const value = given[index]
    if (value === undefined && optional.includes(argument)) continue
    const isOptions = argument === 'options'
    const fault = faultOf(rule, value, isOptions ? '' : argument)
    if (fault) throw isOptions ? optionFault(call, fault) : argumentFault(call, fault)
  }
}

/** What can't be looked at, such as a getter that throws, is at fault itself. */
function faultOf(rule: Rule, value: unknown, path: string): Fault | undefined {
  try {
    return rule(value, path)
  } catch (error) {
    if (error instanceof DoltflowError) throw error
    return {
      path,
      value: undefined,
      must: `readable, and it throws: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

function optionFault(call: string, { path, value, must, known }: Fault): UsageError {
  if (path === '')
    return new UsageError('OPTION_INVALID', `The options of ${call} are ${shown(value)}: they must be ${must}.`, {
      data: { option: 'options', value: shown(value) },
    })
  const message = known
    ? `${call} has no option ${path}. There ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}.`
    : `The option ${path} is ${shown(value)}: it must be ${must}.`
  const option = path.split(/[.[]/)[0]
  return new UsageError('OPTION_INVALID', message, { data: { option, path, value: shown(value) } })
}

function argumentFault(call: string, { path, value, must, known }: Fault): UsageError {
  const message = known
    ? `${call} takes no ${path}. There ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}.`
    : `${call} was given ${shown(value)} as ${path}: it must be ${must}.`
  return new UsageError('USAGE', message, { data: { argument: path, value: shown(value) } })
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? `an object${kindOf(value)}` : String(value)
}

/** What kind of object it is, in brackets; nothing for one that can't be looked at. */
function kindOf(value: object): string {
  try {
    return ` (${Object.prototype.toString.call(value).slice(8, -1)})`
  } catch {
    return ''
  }
}
