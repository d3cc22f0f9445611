/*
 * What a value of the public API must be. Options may be undefined, as if they were left out; an unknown one is
 * refused, at every depth.
 */

/** What is wrong with a value: where it stands (`branch.from`), and what it must be, in words. */
export interface Fault {
  path: string
  value: unknown
  must: string
  /** The names that are known there, if the name itself is the fault. */
  known?: readonly string[]
}

/** Looks at a value; gives what is wrong with it. */
export type Rule = (value: unknown, path: string) => Fault | undefined

/** How many bytes the name of an action, a run or a step has at most: it is looked up by. */
export const NAME_BYTES = 1024

/** A rule by a test. @param must what the value must be, to complete "it must be …" */
export function be(must: string, test: (value: unknown) => boolean): Rule {
  return (value, path) => (test(value) ? undefined : { path, value, must })
}

export const text: Rule = (value, path) =>
  isText(value)
    ? undefined
    : { path, value, must: typeof value === 'string' ? 'without NUL and half surrogate pairs' : 'text' }
/** A name or a ref, whose characters the verb itself looks at. */
export const word: Rule = be('text', (value) => typeof value === 'string')
export const flag: Rule = be('true or false', (value) => typeof value === 'boolean')
export const count: Rule = be('a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0)
export const callback: Rule = be('a function', (value) => typeof value === 'function')
export const anything: Rule = () => undefined
export const signal: Rule = be(
  'an AbortSignal, such as controller.signal',
  (value) => isObject(value) && 'aborted' in value && 'addEventListener' in value,
)
export const sink: Rule = be(
  'a function, an object with the function write, or text such as jsonl:actions.jsonl',
  (value) =>
    typeof value === 'string' ||
    typeof value === 'function' ||
    (isObject(value) && typeof (value as { write?: unknown }).write === 'function'),
)

/** The name of an action, a run or a step. */
export const name: Rule = (value, path) =>
  text(value, path) ??
  be(`text of at most ${NAME_BYTES} bytes`, () => Buffer.byteLength(value as string) <= NAME_BYTES)(value, path)

export function choice(...choices: readonly string[]): Rule {
  return be(`one of ${choices.join(', ')}`, (value) => choices.includes(value as string))
}

/** A list whose members are alike. */
export function listOf(rule: Rule, must: string): Rule {
  return (value, path) => {
    if (!Array.isArray(value)) return { path, value, must }
    for (const [index, member] of value.entries()) {
      const fault = rule(member, `${path}[${index}]`)
      if (fault) return fault
    }
    return undefined
  }
}

/** One value, or a list of such. */
export function oneOrMore(rule: Rule, must: string): Rule {
  return (value, path) =>
    Array.isArray(value) ? listOf(rule, must)(value, path) : rule(value, path) && { path, value, must }
}

export function orNull(rule: Rule): Rule {
  return (value, path) => (value === null ? undefined : rule(value, path))
}

/** Text, or an object. */
export function textOr(rule: Rule, must: string): Rule {
  return (value, path) => (isText(value) ? undefined : isPlainObject(value) ? rule(value, path) : { path, value, must })
}

/** The rule that a value's own shape asks for. */
export function by(choose: (value: unknown) => Rule): Rule {
  return (value, path) => choose(value)(value, path)
}

/** An object with these members alone. Each may be left out, but for the required ones. */
export function object<T extends object>(
  members: { readonly [Name in keyof Required<T>]: Rule },
  required: readonly (keyof T & string)[] = [],
): Rule {
  const rules = new Map(Object.entries<Rule>(members))
  return (value, path) => {
    if (!isPlainObject(value)) return { path, value, must: 'an object' }
    for (const [key, member] of Object.entries(value)) {
      const rule = rules.get(key)
      const place = path === '' ? key : `${path}.${key}`
      if (!rule) return { path: place, value: member, must: 'left out', known: [...rules.keys()] }
      const fault = member === undefined ? undefined : rule(member, place)
      if (fault) return fault
    }
    const missing = required.find((key) => (value as Record<string, unknown>)[key] === undefined)
    return missing && { path: path === '' ? missing : `${path}.${missing}`, value: undefined, must: 'given' }
  }
}

/** An object whose names are the caller's, and whose values are alike. */
export function mapOf(rule: Rule, must: string): Rule {
  return (value, path) => {
    if (!isPlainObject(value)) return { path, value, must }
    for (const [key, member] of Object.entries(value)) {
      const fault = member === undefined ? undefined : rule(member, path === '' ? key : `${path}.${key}`)
      if (fault) return fault
    }
    return undefined
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0') && value.isWellFormed()
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isPlainObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]'
}
