import { either } from '../spelling.ts'
import { shellWord } from './shell-word.ts'

/* What messages advise: a call of a verb, or an option. Each front says it in its own words. */

/** A word that the reader puts in: `REF`, or one of several. */
export class Blank {
  readonly words: readonly string[]

  constructor(words: readonly string[]) {
    this.words = words
  }
}

/** A name that stands for what the reader means, such as `REF`. */
export function blank(name: string): Blank {
  return new Blank([name])
}

/** One of several values, such as `ours|theirs`. */
export function oneOf(...values: string[]): Blank {
  return new Blank(values.map((value) => `'${value}'`))
}

type Given = string | true | Blank | readonly string[] | Readonly<Record<string, string>>
type Options = Readonly<Record<string, Given>>

/** Commands that are called otherwise than the library's verb; each `…` is one of its arguments, the others follow. */
const COMMANDS: Readonly<Record<string, string>> = {
  branches: 'branch',
  tags: 'tag',
  createTag: 'tag',
  deleteBranch: 'branch … --delete',
  deleteTag: 'tag … --delete',
  addRemote: 'remote add',
  removeRemote: 'remote remove',
  removeCheck: 'check remove',
  showRun: 'run show',
  dropRun: 'run drop',
  restore: 'restore … --at …',
}
/** Flags that are called otherwise than the library's option. */
const FLAGS: Readonly<Record<string, string>> = { types: 'type', nulls: 'null' }

/**
 * A call of a verb of `Database`: `db.merge('exp', { into: 'main' })`, `doltflow merge exp --into main`.
 * @param verb as the library calls it
 */
export function call(verb: string, given: readonly (string | Blank)[] = [], options: Options = {}): string {
  const named = Object.entries(options)
  const members = named.map(([name, value]) => `${name}: ${literal(value, 'library')}`)
  const library = [
    ...given.map((one) => literal(one, 'library')),
    ...(members.length > 0 ? [`{ ${members.join(', ')} }`] : []),
  ]
  const python = [
    ...given.map((one) => literal(one, 'python')),
    ...named.map(([name, value]) => `${snake(name)}=${literal(value, 'python')}`),
  ]
  const words = given.map(word)
  const command = (COMMANDS[verb] ?? verb).replace(/…/g, () => words.shift()!)
  const shell = ['doltflow', command, ...words, ...named.flatMap(([name, value]) => flags(name, value))]
  return either(`db.${verb}(${library.join(', ')})`, shell.join(' '), `db.${snake(verb)}(${python.join(', ')})`)
}

/** The call that makes a database. */
export function initAt(location: string): string {
  const url = quoted(location)
  return either(
    `(await open(${url})).init()`,
    `doltflow init --db ${shellWord(location)}`,
    `doltflow.open(${url}).init()`,
  )
}

/** The call that goes on with a run. */
export function resumed(id: string): string {
  return either(
    `db.run(work, { id: ${quoted(id)}, resume: true })`,
    `doltflow run resume ${shellWord(id)} -- COMMAND`,
    `db.run(work, id=${quoted(id)}, resume=True)`,
  )
}

/** An option, with the value that is advised: `mode: 'upsert'`, `--mode upsert`; or its name alone. */
export function option(name: string, value?: Given): string {
  if (value === undefined) return either(`the option ${name}`, flag(name), `the option ${snake(name)}`)
  const python = `${snake(name)}=${literal(value, 'python')}`
  return either(`${name}: ${literal(value, 'library')}`, flags(name, value).join(' '), python)
}

function flag(name: string): string {
  return `--${FLAGS[name] ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function flags(name: string, value: Given): string[] {
  if (value === true) return [flag(name)]
  const values =
    typeof value === 'string' || value instanceof Blank
      ? [word(value)]
      : Array.isArray(value)
        ? value.map(shellWord)
        : Object.entries(value as Record<string, string>).map(([key, text]) => shellWord(`${key}=${text}`))
  return values.map((text) => `${flag(name)} ${text}`)
}

function word(given: string | Blank): string {
  return given instanceof Blank ? given.words.map((text) => text.replaceAll("'", '')).join('|') : shellWord(given)
}

function literal(value: Given, language: 'library' | 'python'): string {
  if (value === true) return language === 'python' ? 'True' : 'true'
  if (value instanceof Blank) return value.words.join(' | ')
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(quoted).join(', ')}]`
  const isPlain = (name: string): boolean => language === 'library' && /^[A-Za-z_$][\w$]*$/.test(name)
  const members = Object.entries(value as Record<string, string>).map(
    ([name, text]) => `${isPlain(name) ? name : quoted(name)}: ${quoted(text)}`,
  )
  return language === 'library' ? `{ ${members.join(', ')} }` : `{${members.join(', ')}}`
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
