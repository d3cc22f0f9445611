import type { Command, Positional } from './command.ts'
import { commonOptions, type Options, type OptionSpec } from './options.ts'
import { wrapped } from './text/width.ts'
import { verbs, type Verb } from './verbs.ts'

/** `doltflow --help`: the verbs by group. */
export function overview(columns: number): string {
  const width = Math.max(...Object.keys(verbs).map((name) => name.length))
  const groups = [...new Set(Object.values(verbs).map(({ group }) => group))]
  const lists = groups.map((group) => {
    const members = Object.entries(verbs).filter(([, verb]) => verb.group === group)
    return [group, ...members.map(([name, { summary }]) => entry(name, summary, width, columns))].join('\n')
  })
  return `doltflow: versioned tables for workflow managers

Usage: doltflow VERB …

${lists.join('\n\n')}

To begin:
  doltflow init
  doltflow save prices prices.csv --key id
  doltflow load prices old.csv --at HEAD~1

Each verb: doltflow VERB --help. The version: doltflow --version
`
}

/** `doltflow VERB --help`. */
export function verbHelp(name: string, { summary }: Verb, command: Command, columns: number): string {
  const { positionals } = command
  const parts = [
    `${summary}.`,
    wrapped(`Usage: ${usageLine(name, command)}`, Math.min(columns, 110) - 4).join('\n    '),
    ...(positionals.length === 0
      ? []
      : [
          table(
            positionals.map((positional) => [shown(positional), positional.about]),
            columns,
          ),
        ]),
    ...optionGroups(command).map(([title, group]) => `${title}:\n${optionTable(group, columns)}`),
    `Every verb's:\n${optionTable(commonOptions, columns)}`,
    wrapped(command.note, Math.min(columns, 100)).join('\n'),
    `Example:\n${command.example.map((line) => `  ${line}`).join('\n')}`,
  ]
  return `${parts.join('\n\n')}\n`
}

/** How a verb is called, in one line. */
export function usageLine(name: string, { usage, positionals, options }: Command): string {
  if (usage !== undefined) return `doltflow ${name} ${usage}`
  const words = positionals.map((positional) => (positional.optional ? `[${shown(positional)}]` : shown(positional)))
  return ['doltflow', name, ...words, ...(Object.keys(options).length === 0 ? [] : ['[options]'])].join(' ')
}

function optionGroups({ options, groups }: Command): [title: string, options: Options][] {
  if (groups)
    return Object.entries(groups).map(([title, names]) => [
      title,
      Object.fromEntries(names.map((name) => [name, options[name]!])),
    ])
  return Object.keys(options).length === 0 ? [] : [['Options', options]]
}

function shown({ name, many }: Positional): string {
  return many ? `${name}…` : name
}

function optionTable(options: Options, columns: number): string {
  return table(
    Object.entries(options).map(([name, spec]) => [optionForm(name, spec), spec.about]),
    columns,
  )
}

function optionForm(name: string, { value, multiple }: OptionSpec): string {
  return `--${name}${value === undefined ? '' : ` ${value}`}${multiple ? '…' : ''}`
}

const WIDEST = 30

function table(rows: string[][], columns: number): string {
  const width = Math.min(WIDEST, Math.max(...rows.map(([form]) => form!.length)))
  return rows.map(([form, about]) => entry(form!, about!, width, columns)).join('\n')
}

/** A word and what it means, the meaning folded under itself. */
function entry(word: string, meaning: string, width: number, columns: number): string {
  const indent = ' '.repeat(width + 4)
  const lines = wrapped(meaning, Math.max(30, Math.min(columns, 110) - width - 4))
  const [first, ...rest] =
    word.length <= width
      ? [`  ${word.padEnd(width)}  ${lines[0]}`, ...lines.slice(1).map((line) => indent + line)]
      : [`  ${word}`, ...lines.map((line) => indent + line)]
  return [first, ...rest].join('\n')
}
