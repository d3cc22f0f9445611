import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { nearest } from '../model/nearest.ts'
import { shellWord } from '../model/shell-word.ts'
import type { Command } from './command.ts'
import { optionHabit, sameOption, wordHabit } from './habits.ts'
import { usageLine } from './help.ts'
import { commonOptions, type Given, type Options } from './options.ts'
import { didYouMean } from './suggest.ts'

/**
 * Reads a verb's options and positionals.
 * @throws {UsageError} USAGE, OPTION_INVALID
 */
export function parse(name: string, command: Command, words: readonly string[]): Given<Options> {
  const end = command.takesCommand ? words.indexOf('--') : -1
  const argv = end === -1 ? words : words.slice(0, end)
  const specs: Options = { ...command.options, ...commonOptions }
  const { values, positionals } = parsed(name, specs, argv)
  if (values['help'] === true)
    return { values: { help: true }, positionals: [], typed: '' } as unknown as Given<Options>
  for (const [option, { choices }] of Object.entries(specs)) {
    const value = values[option] as string | undefined
    if (choices && value !== undefined && !choices.includes(value))
      throw new UsageError(
        'OPTION_INVALID',
        `--${option} is ${choices.join(', ')}, not ${JSON.stringify(value)}.${didYouMean(value, choices)}`,
        { data: { option, value, choices } },
      )
  }
  checkPositionals(name, command, positionals)
  const typed = ['doltflow', name, ...words.map(shellWord)].join(' ')
  return { values, positionals, typed, ...(end === -1 ? {} : { command: words.slice(end + 1) }) } as Given<Options>
}

function parsed(
  name: string,
  specs: Options,
  argv: readonly string[],
): { values: Record<string, unknown>; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(specs).map(([option, { type, multiple }]) => [
      option,
      { type, multiple: multiple ?? false, ...(option === 'help' ? { short: 'h' } : {}) },
    ]),
  )
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw translated(error as NodeJS.ErrnoException, name, specs, argv)
  }
}

/** Node's words for what is wrong, in ours. */
function translated(error: NodeJS.ErrnoException, name: string, specs: Options, argv: readonly string[]): unknown {
  if (!error.code?.startsWith('ERR_PARSE_ARGS')) return error
  const option = /'(?:-h, )?(--?[^'\s=]+)/.exec(error.message)?.[1] ?? ''
  const spec = specs[option.replace(/^-+/, '')]
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return unknownOption(option, name, specs, argv)
  const message =
    spec?.type === 'boolean'
      ? `${option} takes no value.`
      : `${option} needs a value (${spec?.value ?? 'S'}). One that begins with - is given as ${option}=-…`
  return new UsageError('USAGE', message, { data: { verb: name, option } })
}

function unknownOption(option: string, name: string, specs: Options, argv: readonly string[]): UsageError {
  const near = nearest(option.replace(/^-+/, ''), Object.keys(specs))
  const number = /^-(\d+)$/.exec(option)?.[1]
  const isLimit = number !== undefined && 'limit' in specs
  const other = isLimit ? `--limit ${number}` : sameOption(option, specs)
  const hint =
    (other === undefined ? optionHabit(name, option) : `Type: ${retyped(name, argv, option, other)}`) ??
    (number === undefined && near !== undefined ? `Did you mean --${near}?` : `See: doltflow ${name} --help`)
  const asValue = number === undefined ? '' : ` (if ${option} is a value, put -- before it)`
  return new UsageError('USAGE', `doltflow ${name} has no option ${option}. ${hint}${asValue}`, {
    data: { verb: name, option },
  })
}

/** The line that was given, with another option in the place of one; `-n5` has its value with it, as `--name=5` has. */
function retyped(name: string, argv: readonly string[], option: string, other: string): string {
  const isShort = /^-\w$/.test(option)
  const place = argv.findIndex((word) => word === option || word.startsWith(isShort ? option : `${option}=`))
  const words = argv.map((word, index) => {
    if (index !== place) return shellWord(word)
    const value = word.slice(option.length).replace(/^=/, '')
    return value === '' ? other : `${other} ${shellWord(value)}`
  })
  return ['doltflow', name, ...words].join(' ')
}

function checkPositionals(name: string, command: Command, given: readonly string[]): void {
  const { positionals } = command
  const missing = positionals[given.length]
  if (missing && !missing.optional) {
    const left = positionals.slice(given.length).filter(({ optional }) => !optional)
    throw new UsageError(
      'USAGE',
      `doltflow ${name} needs ${left.map((positional) => positional.name).join(' and ')}: ${usageLine(name, command)}`,
      { data: { verb: name, missing: left.map((positional) => positional.name) } },
    )
  }
  if (given.length > positionals.length && !positionals.at(-1)?.many)
    throw new UsageError(
      'USAGE',
      `doltflow ${name} has no use for ${JSON.stringify(given[positionals.length])}. ${wordHabit(name, given) ?? `Usage: ${usageLine(name, command)}`}`,
      { data: { verb: name, positionals: given } },
    )
}
