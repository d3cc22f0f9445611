/*
 * Options are declared once: what parses them also writes `--help`. Groups that several verbs share are here.
 */

export interface OptionSpec {
  type: 'string' | 'boolean'
  /** What stands for the value in `--help`. */
  value?: string
  multiple?: boolean
  choices?: readonly string[]
  /** What a Tab offers of values that are no choice of a few. */
  words?: readonly string[]
  about: string
}

export type Options = Readonly<Record<string, OptionSpec>>

type ValueOf<Spec> = Spec extends { type: 'boolean' }
  ? boolean
  : Spec extends { multiple: true }
    ? string[]
    : Spec extends { choices: readonly (infer Choice)[] }
      ? Choice
      : string

/** The values that were given, by option. */
export type OptionValues<Specs> = { [Name in keyof Specs]?: ValueOf<Specs[Name]> }

/** Every verb has these. */
export const commonOptions = {
  db: {
    type: 'string',
    value: 'URL',
    about: 'The database. Default: DOLTFLOW_DB, else the nearest doltflow.db here or in a folder above',
  },
  json: { type: 'boolean', about: 'Print one JSON document; an error is one on standard error' },
  debug: { type: 'boolean', about: "Show an error's stack (also with DOLTFLOW_DEBUG)" },
  help: { type: 'boolean', about: 'Show this help' },
} as const

export const runOptions = {
  run: { type: 'string', value: 'ID', about: "The workflow run's name. Default: DOLTFLOW_RUN" },
  step: { type: 'string', value: 'NAME', about: "The run's step. Default: DOLTFLOW_STEP" },
} as const

export const commitOptions = {
  message: { type: 'string', value: 'S', about: "The commit's message. Default: what was done" },
  author: { type: 'string', value: '"N <e>"', about: "Default: DOLTFLOW_AUTHOR, else Git's user, else user@host" },
} as const

export const conflictOptions = {
  'on-conflict': {
    type: 'string',
    value: 'fail|ours|theirs|[T.]COL=RULE,…',
    words: ['fail', 'ours', 'theirs'],
    about:
      'Which side wins a cell that both sides changed: ours is the target branch, theirs what is merged in. Or a rule a column, * for the others: fail, ours, theirs, base, newest (the later one has the row), sum (the base plus both changes). Default: fail',
  },
} as const

export const remoteOptions = {
  remote: {
    type: 'string',
    value: 'URL|NAME',
    about: 'Pull from it before, and after a save push to it. Default: DOLTFLOW_REMOTE',
  },
} as const

export const atOptions = {
  at: {
    type: 'string',
    value: 'REF',
    about: 'Branch, tag, commit, HEAD, run:ID or date, each with ~N. Default: the head of the default branch',
  },
} as const

export const branchOptions = {
  branch: { type: 'string', value: 'B', about: 'The branch. Default: DOLTFLOW_BRANCH, else main' },
} as const

export const textOptions = {
  format: {
    type: 'string',
    value: 'F',
    about:
      "csv, tsv, jsonl, json, parquet, arrow, xlsx, or a text format with .gz, as csv.gz. Default: by the file's extension, else csv",
  },
  delimiter: { type: 'string', value: 'C', about: 'The character between cells; tab or \\t for a tab' },
} as const
/** What was given on the command line. */
export interface Given<Specs> {
  values: OptionValues<Specs>
  positionals: string[]
  /** What stood behind `--`, if the verb runs a command. */
  command?: readonly string[]
  /** The line as it was typed, for a shell. */
  typed: string
}
