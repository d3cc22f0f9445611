import { UsageError } from '../../errors.ts'
import { writePin } from '../../files/pin-file.ts'
import type { Source } from '../../files/source.ts'
import type { Action } from '../../model/action.ts'
import { listed } from '../../model/name-lists.ts'
import type { ConflictPolicy } from '../../types.ts'
import type { BranchPlan } from '../../verbs/save/branch-plan.ts'
import type { Call } from '../call.ts'
import { columnTypes, newNames } from '../column-words.ts'
import { command, type Command } from '../command.ts'
import { policyOf } from '../conflict-policy.ts'
import { allNames } from '../lists.ts'
import {
  branchOptions,
  commitOptions,
  conflictOptions,
  remoteOptions,
  runOptions,
  textOptions,
  type OptionValues,
} from '../options.ts'
import { perTable, sourcesOf } from '../save-sources.ts'
import { readOptions } from '../text-options.ts'
import { changeLine, DONE } from '../text/action.ts'
import { tellNote, tellNotices } from '../text/notices.ts'
import { changes, count } from '../text/words.ts'

const options = {
  key: {
    type: 'string',
    value: 'a,b',
    multiple: true,
    about: 'The key: the columns that identify a row. The first save pins it; a table without a key may get one later',
  },
  'no-key': {
    type: 'boolean',
    about: 'The table has no key, and may hold the same row twice. Without --key that is so, too, but a note asks',
  },
  all: {
    type: 'string',
    value: 'DIR',
    about: 'Save every file of a folder into the table of its name, all as one commit',
  },
  mode: {
    type: 'string',
    value: 'M',
    choices: ['replace', 'append', 'upsert'],
    about:
      'replace (the table becomes the file; the default), append (a key that is there is an error) or upsert (a row with that key is updated, any other added)',
  },
  schema: {
    type: 'string',
    value: 'P',
    choices: ['evolve', 'replace', 'strict'],
    about:
      "evolve (a save may add columns and widen types; the default), replace (the table takes the file's columns, types and key as they are) or strict (no change)",
  },
  ...branchOptions,
  'merge-to': { type: 'string', value: 'B', about: 'Build on --from and merge the result into this branch' },
  'new-branch': {
    type: 'string',
    value: 'B',
    about: 'Save to a new branch, made at --from; one that is there already is appended to',
  },
  from: { type: 'string', value: 'REF', about: 'What --merge-to or --new-branch builds on. Default: the head' },
  'branch-from': { type: 'string', value: 'REF', about: 'Another word for --from' },
  'on-head': {
    type: 'boolean',
    about: 'Build on the head also if the file was loaded from an earlier commit: rows added since are removed',
  },
  'no-merge': { type: 'boolean', about: 'Refuse (status 3) if the branch has moved since' },
  ...conflictOptions,
  null: {
    type: 'string',
    value: 'S',
    multiple: true,
    about:
      'A cell with this text is NULL (in CSV an unquoted one, as an empty one is), also in later saves of the table',
  },
  'no-null': { type: 'boolean', about: 'No text is NULL any more; forget the --null of earlier saves' },
  type: {
    type: 'string',
    value: 'col=T',
    multiple: true,
    about:
      "A new column's type: any, text, integer, real, decimal(2), boolean, date, timestamp(us), …; a wider one for a column that is there",
  },
  rename: {
    type: 'string',
    value: 'old=new',
    multiple: true,
    about: 'A column that the file has under another name: it keeps its type and its place',
  },
  'allow-empty': { type: 'boolean', about: 'Let a file without rows empty the table' },
  id: {
    type: 'string',
    value: 'S',
    about: 'Your own id of this save. A repeat saves nothing and says so; a retry is safe',
  },
  'on-repeat': {
    type: 'string',
    choices: ['refuse', 'first'],
    about: 'A repeat of the id with other rows: refuse it (the default), or take the first save for the answer',
  },
  source: { type: 'string', value: 'NAME', about: "What the record calls the source. Default: the file's path" },
  data: { type: 'string', value: 'JSON', about: 'Your own data, kept with the action' },
  ...remoteOptions,
  ...commitOptions,
  ...runOptions,
  ...textOptions,
  quote: { type: 'string', value: 'C', about: "One character around cells; '' if there is none" },
  'no-header': { type: 'boolean', about: 'The first line, or row of a sheet, is a row: the columns are c1, c2, …' },
  sheet: { type: 'string', value: 'S', about: 'The sheet of a workbook: its name, or its number from 1. Default: 1' },
  pin: { type: 'string', value: 'PIN', about: 'Write a pin of what was saved; left alone if it is the same' },
  check: {
    type: 'string',
    value: 'SQL',
    multiple: true,
    about: 'A query that must give no rows of what would be saved; else it is refused (status 4)',
  },
  'dry-run': { type: 'boolean', about: 'Tell what would change; change nothing' },
} as const

const groups = {
  'The table': ['key', 'no-key', 'mode', 'schema', 'type', 'rename', 'allow-empty', 'check', 'pin', 'dry-run'],
  'The file': ['all', 'format', 'delimiter', 'quote', 'no-header', 'null', 'no-null', 'sheet'],
  'The branch': [
    'branch',
    'merge-to',
    'new-branch',
    'from',
    'branch-from',
    'on-head',
    'no-merge',
    'on-conflict',
    'remote',
  ],
  'The record': ['message', 'author', 'run', 'step', 'id', 'on-repeat', 'data', 'source'],
}

export const save: Command = command({
  positionals: [
    {
      name: 'TABLE',
      about: 'The table; its first save makes it. TABLE=FILE for each of several tables',
      optional: true,
    },
    {
      name: 'FILE',
      about:
        'A file in any format (by its extension: CSV, TSV, JSON, JSON Lines, Parquet, Arrow, Excel; text as .gz, too), several of one header, or - for standard input',
      many: true,
      optional: true,
    },
  ],
  usage:
    'TABLE FILE… | - | TABLE=FILE… | --all DIR [--key a,b] [--branch B | --from REF --merge-to B | --new-branch B [--from REF]] [options]',
  options,
  groups,
  note:
    'A save happens completely or not at all. If others saved to the branch since, their rows and yours are merged. A conflict ' +
    'is status 3: your work is kept on a branch that the message names. The same data again makes no commit. ' +
    'Several tables are one commit, all of them or none. An option for one of them names it: --key orders=id, --type orders.price=text. ' +
    'Put a column name with a comma in quotes: --key \'"a,b",c\'.',
  example: [
    'doltflow init',
    'doltflow save foo foo.csv --key a',
    'doltflow load foo foo.parquet && doltflow save foo foo.parquet',
    "printf 'a,b\\n9,new\\n' | doltflow save foo - --mode append --new-branch exp",
  ],
  run,
})

export { save as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals } = call
  const sources = await sourcesOf(positionals, values.all, (given) => call.path(given))
  refuseContradictions(values)
  const noKey = values['no-key'] === true
  const settings = {
    branch: branchPlan(values),
    onConflict: policy(values),
    text: readOptions(values),
    data: dataOf(values.data),
    mode: values.mode,
    schema: values.schema,
    onHead: values['on-head'],
    onRepeat: values['on-repeat'],
    noMerge: values['no-merge'],
    message: values.message,
    format: values.format,
    sheet: values.sheet,
    source: values.source,
    allowEmpty: values['allow-empty'],
    id: values.id,
    check: values.check,
    dryRun: values['dry-run'],
    // From before the database is opened, so that no moment is left in which a signal ends the process as it is.
    signal: call.effects.interrupt(),
  }
  const line = (action: Action): string => (values['dry-run'] ? dryLine(action) : changeLine(action, values.mode))
  if ('table' in sources) {
    const { table } = sources
    const source = sourceOf(call, sources.files)
    const own = {
      key: noKey ? null : allNames(values.key, '--key'),
      types: values.type && columnTypes(values.type),
      rename: values.rename && newNames(values.rename),
    }
    const db = await call.open({ writes: true, creates: true, isShort: sources.files.map((file) => call.path(file)) })
    const action = await db.save(table, source, {
      ...settings,
      ...own,
      onProgress: call.progress(`saving ${table}`, 'read'),
    })
    if (values.pin !== undefined && action.handle) await writePin(call.path(values.pin), await db.pin(action.handle))
    call.answer(action, (out) => out.line(line(action)))
    if (!call.json) tellAll(call, [action])
    return
  }
  const forOne = (['pin', 'rename'] as const).find((name) => values[name] !== undefined)
  if (forOne) throw new UsageError('USAGE', `--${forOne} is about one table: save each by itself.`)
  const names = Object.keys(sources.tables)
  const { key, tables } = perTable(names, { key: values.key, type: values.type }, columnTypes)
  if (!call.json && sources.others.length > 0)
    tellNote(
      `${listed(sources.others)} ${sources.others.length === 1 ? 'is passed over: its extension names' : 'are passed over: their extensions name'} no format`,
      call.errors,
    )
  const db = await call.open({ writes: true, creates: true })
  const actions = await db.saveAll(sources.tables, {
    ...settings,
    key: noKey ? null : key,
    tables,
    onProgress: call.progress(`saving ${names.length} tables`, 'read'),
  })
  call.answer({ actions }, (out) => {
    for (const action of actions) out.line(line(action))
  })
  if (!call.json) tellAll(call, actions)
}

/** The notices, and what a nightly job wants to hear of: a feed that was empty. */
function tellAll({ values, errors }: Call<typeof options>, actions: readonly Action[]): void {
  tellNotices(actions, errors)
  const done = DONE[values.mode ?? 'replace']
  for (const { table, rows } of done === undefined ? [] : actions)
    if (rows === 0) tellNote(`The source of table ${table} has no rows: nothing was ${done}.`, errors)
}

/** @throws {UsageError} USAGE if both are given */
function refuseContradictions(values: OptionValues<typeof options>): void {
  if (values['no-key'] && values.key !== undefined)
    throw new UsageError('USAGE', '--key and --no-key contradict each other. Give one.')
  if (values['no-null'] && values.null !== undefined)
    throw new UsageError('USAGE', '--null and --no-null contradict each other. Give one.')
}

function dryLine({ table, rows, branch, changed, ...action }: Action): string {
  const what = changed ? `${changes(action)} on ${branch}` : `no change on ${branch}`
  return `${table}: ${count(rows ?? 0, 'row')}, would be ${what} (a dry run: nothing was saved)`
}

function sourceOf(call: Call<typeof options>, files: string[]): Source {
  if (!files.includes('-')) return files.length === 1 ? call.path(files[0]!) : files.map((file) => call.path(file))
  if (files.length > 1)
    throw new UsageError('USAGE', 'Standard input (-) is the only source of a save; leave the files out, or - out.')
  if (call.effects.isTTY.stdin) tellNote('reading from the terminal; end with Ctrl-D', call.errors)
  return call.effects.stdin
}

/** @throws {UsageError} USAGE if the flags contradict each other */
function branchPlan(values: OptionValues<typeof options>): BranchPlan | undefined {
  const { branch, 'merge-to': mergeTo, 'new-branch': made, from: plain, 'branch-from': other } = values
  if (plain !== undefined && other !== undefined && plain !== other)
    throw new UsageError(
      'USAGE',
      `--from ${plain} and --branch-from ${other} are the same option with two values. Give one.`,
    )
  const from = plain ?? other
  const targets = Object.entries({ '--branch': branch, '--merge-to': mergeTo, '--new-branch': made }).filter(
    ([, value]) => value !== undefined,
  )
  if (targets.length > 1)
    throw new UsageError(
      'USAGE',
      `A save goes to one branch: ${targets.map(([name]) => name).join(' and ')} can't be given together.`,
    )
  if (mergeTo !== undefined) return { from, mergeTo }
  if (made !== undefined) return { new: made, from }
  if (from !== undefined)
    throw new UsageError(
      'USAGE',
      `--from says what to build on; say where that goes, too: --merge-to B (merge it into B) or --new-branch B.${branch === undefined ? '' : ' --branch always builds on the head.'}`,
    )
  return branch
}

function policy(values: OptionValues<typeof options>): ConflictPolicy | undefined {
  const chosen = values['on-conflict']
  if (values['no-merge'] && chosen !== undefined && chosen !== 'fail')
    throw new UsageError(
      'USAGE',
      `--no-merge refuses to merge, so --on-conflict ${chosen} has nothing to decide. Leave one out.`,
    )
  return policyOf(values)
}

function dataOf(text: string | undefined): unknown {
  if (text === undefined) return undefined
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw new UsageError(
      'OPTION_INVALID',
      `--data is not JSON: ${(error as Error).message}. Such as: --data '{"rows": 3}'`,
      { data: { value: text } },
    )
  }
  const changed = numbersOf(text).find((number) => !isKept(number))
  if (changed === undefined) return data
  throw new UsageError(
    'OPTION_INVALID',
    `--data has the number ${changed}, which JSON's readers would change to ${Number(changed)}. Write it as text: "${changed}".`,
    { data: { value: changed } },
  )
}

/** The numbers in valid JSON, as they are written. */
function numbersOf(json: string): string[] {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d[\d.eE+-]*/g) ?? []
}

/** Whether a double holds a number: all of an integer, and the size of any. */
function isKept(number: string): boolean {
  const value = Number(number)
  return Number.isFinite(value) && (!/^-?\d+$/.test(number) || BigInt(value) === BigInt(number))
}
