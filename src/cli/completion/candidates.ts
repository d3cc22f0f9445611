import type { Database } from '../../database.ts'
import type { Command } from '../command.ts'
import { commonOptions, type Options, type OptionSpec } from '../options.ts'
import { verbs } from '../verbs.ts'

/** What can stand for a word: what is typed, and what it is. */
export interface Candidate {
  word: string
  about: string
}

/** Opens the database that the words name; undefined if there is none that can be asked at once. */
export type OpenNamed = (db: string | undefined) => Promise<Database | undefined>

type Names = 'tables' | 'branches' | 'tags' | 'remotes'

const REFS: readonly Names[] = ['branches', 'tags']

/** What a placeholder of the help stands for; of one verb first. What is not here is a file, or the user's own word. */
const PLACEHOLDERS: Readonly<Record<string, readonly Names[]>> = {
  'branch NAME': ['branches'],
  'copy FROM': [],
  'copy TO': [],
  'diff TABLE': ['tables', ...REFS],
  'remote NAME': ['remotes'],
  'tag NAME': ['tags'],
  B: ['branches'],
  BRANCH: ['branches'],
  COMMIT: REFS,
  FROM: REFS,
  H: REFS,
  REF: REFS,
  REMOTE: ['remotes'],
  T: ['tables'],
  TABLE: ['tables'],
  TO: REFS,
  'URL|NAME': ['remotes'],
}
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'remote WHAT': ['add', 'list', 'remove'],
  'completion SHELL': ['bash', 'zsh', 'fish'],
}

/**
 * What can stand for the last of the words after `doltflow`; none if that is a file's name, or anything.
 * @param words the last one is what was begun, or empty
 */
export async function candidates(words: readonly string[], open: OpenNamed): Promise<Candidate[]> {
  const [name, ...rest] = withoutLeadingOptions(words.slice(0, -1))
  const current = words.at(-1) ?? ''
  if (name === undefined)
    return current.startsWith('-')
      ? optionWords({ ...commonOptions, version: { type: 'boolean', about: 'Show the version' } }, [])
      : Object.entries(verbs).map(([word, { summary }]) => ({ word, about: summary }))
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!verb) return []
  const { command } = await verb.load()
  const options: Options = { ...command.options, ...commonOptions }
  const { valued, given, positionals, ended } = read(rest, options)
  if (valued !== undefined) return valueWords(name, valued, given, open)
  if (current.startsWith('-') && !ended) return optionWords(options, [...given.keys()])
  return positionalWords(name, command, positionals, given, open)
}

interface Read {
  /** The option whose value comes next. */
  valued: OptionSpec | undefined
  given: Map<string, string>
  positionals: number
  /** Whether a `--` came. */
  ended: boolean
}

function read(words: readonly string[], options: Options): Read {
  const found: Read = { valued: undefined, given: new Map(), positionals: 0, ended: false }
  let option = ''
  for (const word of words) {
    if (found.valued) {
      found.given.set(option, word)
      found.valued = undefined
    } else if (found.ended || !word.startsWith('--')) found.positionals++
    else if (word === '--') found.ended = true
    else {
      const [, name, value] = /^--([^=]*)(?:=(.*))?$/s.exec(word)!
      option = name!
      found.given.set(option, value ?? '')
      if (value === undefined && options[option]?.type === 'string') found.valued = options[option]
    }
  }
  return found
}

function optionWords(options: Options, given: readonly string[]): Candidate[] {
  return Object.entries(options)
    .filter(([name, { multiple }]) => multiple || !given.includes(name))
    .map(([name, { about }]) => ({ word: `--${name}`, about }))
}

async function valueWords(
  verb: string,
  { choices, words = choices, value = '' }: OptionSpec,
  given: Map<string, string>,
  open: OpenNamed,
): Promise<Candidate[]> {
  if (words) return words.map((word) => ({ word, about: '' }))
  return named(verb, value, given, open)
}

async function positionalWords(
  verb: string,
  { positionals }: Command,
  index: number,
  given: Map<string, string>,
  open: OpenNamed,
): Promise<Candidate[]> {
  const last = positionals.at(-1)
  const placeholder = (positionals[index] ?? (last?.many ? last : undefined))?.name
  if (placeholder === undefined) return []
  const words = WORDS[`${verb} ${placeholder}`]
  if (words) return words.map((word) => ({ word, about: '' }))
  return named(verb, placeholder, given, open)
}

async function named(
  verb: string,
  placeholder: string,
  given: Map<string, string>,
  open: OpenNamed,
): Promise<Candidate[]> {
  const kinds = PLACEHOLDERS[`${verb} ${placeholder}`] ?? PLACEHOLDERS[placeholder] ?? []
  if (kinds.length === 0) return []
  const db = await open(given.get('db'))
  if (!db) return []
  const found: Candidate[] = []
  for (const kind of kinds) for (const { name } of await db[kind]()) found.push({ word: name, about: ABOUT[kind] })
  const isRef = REFS.every((kind) => kinds.includes(kind))
  return isRef ? [...found, { word: 'HEAD', about: 'the head of the default branch' }] : found
}

const ABOUT: Readonly<Record<Names, string>> = { tables: 'table', branches: 'branch', tags: 'tag', remotes: 'remote' }

/** Options that every verb has may stand before it. */
function withoutLeadingOptions(words: readonly string[]): string[] {
  const rest = [...words]
  const before: string[] = []
  while (rest[0]?.startsWith('--')) before.push(...rest.splice(0, rest[0] === '--db' ? 2 : 1))
  const [name, ...after] = rest
  return name === undefined ? [] : [name, ...before, ...after]
}
