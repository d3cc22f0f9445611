import type { Database } from '../../database.ts'
import { UsageError } from '../../errors.ts'
import { be, type Rule } from '../../verbs/arguments/rules.ts'
import { didYouMean } from '../suggest.ts'

/** What a tool is given by one name: what its client is told of it, and what it must be. */
export interface ToolParam<T> {
  schema: Readonly<Record<string, unknown>>
  rule: Rule
  required: boolean
  /** For the types alone. */
  readonly given?: T
}

type ToolParams = Readonly<Record<string, ToolParam<unknown>>>

type GivenTo<Params extends ToolParams> = {
  [Name in keyof Params]: Params[Name] extends ToolParam<infer T> ? T : never
}

/** What a client may ask for. */
export interface Tool {
  name: string
  title: string
  description: string
  params: ToolParams
  /** @returns what it found; it is made to fit an answer */
  run(db: Database, given: Record<string, unknown>): Promise<object>
}

/** Ties the type of what a tool is given to its parameters. */
export function toolOf<const Params extends ToolParams>(
  spec: Omit<Tool, 'params' | 'run'> & { params: Params; run(db: Database, given: GivenTo<Params>): Promise<object> },
): Tool {
  return spec as unknown as Tool
}

const word = be('text', (value) => typeof value === 'string' && value.length < 1_000_000)

export function text(description: string): ToolParam<string | undefined> {
  return { schema: { type: 'string', description }, rule: word, required: false }
}

export function choice<const T extends string>(description: string, choices: readonly T[]): ToolParam<T | undefined> {
  const rule = be(`one of ${choices.join(', ')}`, (value) => choices.includes(value as T))
  return { schema: { type: 'string', enum: choices, description }, rule, required: false }
}

/** A whole number; the description says what it is if it is left out. */
export function number(description: string, most: number): ToolParam<number | undefined> {
  const rule = be(
    `a whole number from 1 to ${most}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most,
  )
  return { schema: { type: 'integer', minimum: 1, maximum: most, description }, rule, required: false }
}

/** Values by their place, or by their name. */
export function values(description: string, isByName = false): ToolParam<unknown> {
  const list = { type: 'array', items: {} }
  const schema = isByName ? { anyOf: [list, { type: 'object' }] } : list
  const must = isByName ? 'a list of values, or an object of values by name' : 'a list of values'
  const test = (value: unknown): boolean => Array.isArray(value) || (isByName && typeof value === 'object')
  return { schema: { ...schema, description }, rule: be(must, test), required: false }
}

/** One that can't be left out. */
export function needed<T>(param: ToolParam<T | undefined>): ToolParam<T> {
  return { schema: param.schema, rule: param.rule, required: true }
}

/** What a client is told of a tool's parameters, as a JSON Schema. */
export function inputSchema({ params }: Tool): { type: 'object'; [name: string]: unknown } {
  const required = Object.keys(params).filter((name) => params[name]!.required)
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(params).map(([name, { schema }]) => [name, schema])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
}

/** What a tool is given; models write null for what they leave out. @throws {UsageError} OPTION_INVALID */
export function givenTo(
  { name: called, params }: Tool,
  args: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null))
  const names = Object.keys(params)
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(params, name))
      throw refusal(name, `${called} takes no ${name}.${didYouMean(name, names)} It takes: ${names.join(', ')}.`)
    const fault = params[name]!.rule(value, name)
    if (fault) throw refusal(name, `${called} was given ${shown(value)} as ${name}: it must be ${fault.must}.`)
  }
  const missing = names.find((name) => params[name]!.required && given[name] === undefined)
  if (missing !== undefined)
    throw refusal(missing, `${called} needs ${missing}: ${String(params[missing]!.schema['description'])}`)
  return given
}

function refusal(argument: string, message: string): UsageError {
  return new UsageError('OPTION_INVALID', message, { data: { argument } })
}

function shown(value: unknown): string {
  const words = JSON.stringify(value)
  return words.length > 60 ? `${words.slice(0, 60)}…` : words
}
