import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Database } from '../../database.ts'
import { NotFoundError, RefusedError, UsageError } from '../../errors.ts'
import type { StepOptions, StepPlan, StepResult, StepWork } from '../../verbs/steps/step-options.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { namesIn } from '../lists.ts'
import { commitOptions } from '../options.ts'
import { runCommand } from '../run-command.ts'
import { leaveOrLoad } from '../step/output-files.ts'
import {
  fileVariables,
  inputWord,
  outputWord,
  paramWords,
  withFiles,
  type InputWord,
  type StepFiles,
} from '../step/step-words.ts'
import { tellPlan, tellStep } from '../step/tell-step.ts'
import { writeChanges } from '../step/write-changes.ts'

const options = {
  in: {
    type: 'string',
    value: 'T[@REF][=FILE]',
    multiple: true,
    about: 'A table that it reads: T, T[a,b] if these columns count alone, T@REF, T:changes for the rows that changed',
  },
  'in-file': { type: 'string', value: 'PATH', multiple: true, about: 'A file that it reads' },
  out: { type: 'string', value: 'T[=FILE]', multiple: true, about: 'A table that it makes' },
  'out-file': { type: 'string', value: 'PATH', multiple: true, about: 'A file that it makes' },
  param: { type: 'string', value: 'k=v', multiple: true, about: 'What else it depends on' },
  code: { type: 'string', value: 'PATH', multiple: true, about: 'Its code: a file, a folder, a hash, or name=hash' },
  key: {
    type: 'string',
    value: 'T=a,b',
    multiple: true,
    about: "An output's key, at its first save; T= may be left out of one output",
  },
  mode: { type: 'string', value: 'T=M', multiple: true, about: 'replace (the default), append or upsert' },
  plan: { type: 'boolean', about: 'Tell whether it would run, and why; nothing runs' },
  force: { type: 'boolean', about: 'Run it in any case (also with DOLTFLOW_FORCE=1)' },
  branch: { type: 'string', value: 'B', about: 'Where it reads and saves. Default: DOLTFLOW_BRANCH, else main' },
  run: { type: 'string', value: 'ID', about: "The workflow run's name. Default: DOLTFLOW_RUN" },
  ...commitOptions,
} as const

export const step: Command = command({
  positionals: [{ name: 'NAME', about: 'What the workflow calls it' }],
  options,
  takesCommand: true,
  usage: 'NAME [--in T]… [--in-file P]… [--out T]… [--out-file P]… [--param k=v]… [--code P]… -- COMMAND…',
  note:
    'The command finds its inputs as files, and leaves its outputs as files: {orders} in its words (or {in:orders}, {out:orders}), ' +
    'DOLTFLOW_IN_ORDERS and DOLTFLOW_OUT_ORDERS in its environment; CSV, or what the extension of FILE says. It runs only if an input, ' +
    'a parameter, the code or an output is another one; else the result is there already. If it fails, nothing is published, and its exit status is passed on.',
  example: [
    'doltflow init',
    'doltflow save foo foo.csv --key a',
    'doltflow step copy --in foo --out bar --key a -- cp {foo} {bar}',
    'doltflow why copy',
  ],
  run: answer,
})

export { step as command }

async function answer(call: Call<typeof options>): Promise<number> {
  const { values, positionals, command: words } = call
  const [name] = positionals as [string]
  const inputs = new Map((values.in ?? []).map(inputWord).map((word) => [word.table, word]))
  const outputs = (values.out ?? []).map(outputWord)
  const given = stepOptions(call, inputs, outputs)
  if (values.plan) {
    const db = await call.open({ writes: true })
    const plan: StepPlan = await db.planStep(name, given)
    call.answer(plan, () => tellPlan(call, plan))
    return 0
  }
  if (!words || words.length === 0)
    throw new UsageError('USAGE', 'doltflow step needs a command behind --, such as: doltflow step clean -- make clean')
  const db = await call.open({ writes: true, creates: true })
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-step-'))
  const files: StepFiles = {
    in: new Map(
      [...inputs.values()].map(({ table, file }) => [
        table,
        file ? call.path(file) : join(folder, `${fileName(table)}.csv`),
      ]),
    ),
    out: new Map(
      outputs.map(({ table, file }) => [table, file ? call.path(file) : join(folder, `out-${fileName(table)}.csv`)]),
    ),
  }
  let status = 0
  try {
    const result: StepResult = await db.step(
      name,
      { ...given, command: words, signal: call.effects.interrupt() },
      async (work) => {
        const own = [...inputs.values()].filter(({ file }) => file === undefined)
        await bring(db, work, files, new Map(own.map(({ table }) => [table, recordName(name)])))
        const variables = { ...fileVariables(files), DOLTFLOW_STEP: name }
        status = await runCommand(withFiles(words, files), variables, call.effects, call.json)
        if (status !== 0)
          throw new RefusedError(
            'STEP_FAILED',
            `The step ${name} failed: ${words[0]} ended with status ${status}. Nothing was published.`,
            { data: { step: name, exitStatus: status } },
          )
        return Object.fromEntries([...files.out].map(([table, path]) => [table, made(table, path)]))
      },
    )
    if (result.status === 'skipped') await leaveOrLoad(db, result, outputs, (path) => call.path(path))
    call.answer(result, () => tellStep(call, result))
    return 0
  } catch (error) {
    if (status === 0) throw error
    const { message } = error as Error
    if (call.json) call.answer(await db.why(name), () => {})
    else call.errors.line(message)
    return status
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Puts the inputs where the command finds them. @param targets what records call files that go when the command has ended */
async function bring(
  db: Database,
  work: StepWork,
  files: StepFiles,
  targets: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [input, path] of files.in) {
    const pinned = work.inputs[input]!
    if (pinned.changes === null) await work.load(input, path, { ifChanged: true, target: targets.get(input) })
    else await writeChanges(db, pinned, work.rows(input), path)
  }
}

/** What a record calls a file that is there only while the step runs. */
function recordName(name: string): string {
  return `step:${name}`
}

/** @throws {NotFoundError} FILE_NOT_FOUND */
function made(table: string, path: string): string {
  if (existsSync(path)) return path
  throw new NotFoundError('FILE_NOT_FOUND', `The command left no file for the output ${table}: ${path} is not there.`, {
    data: { path },
  })
}

function stepOptions(
  call: Call<typeof options>,
  inputs: ReadonlyMap<string, InputWord>,
  named: readonly { table: string; file?: string }[],
): StepOptions {
  const { values, positionals } = call
  // As the caller names it, from where this process is.
  const here = (name: string): string => relative(process.cwd(), call.path(name))
  const tables = named.map(({ table }) => table)
  const keys = ofTables(values.key, tables, '--key')
  const modes = ofTables(values.mode, tables, '--mode')
  const outputs = named.map(({ table, file }) => {
    const [key, mode] = [keys.get(table), modes.get(table)]
    const source = file === undefined ? recordName(positionals[0]!) : undefined
    return [
      table,
      {
        ...(key && { key: namesIn(key, '--key') }),
        ...(mode && { mode: mode as 'append' }),
        ...(source && { source }),
      },
    ] as const
  })
  const given = {
    inputs: Object.fromEntries([...inputs].map(([table, { file: _file, ...one }]) => [table, one])),
    files: values['in-file']?.map(here),
    outputs: Object.fromEntries(outputs),
    outFiles: values['out-file']?.map(here),
    params: paramWords(values.param),
    code: values.code?.map((name) => (existsSync(call.path(name)) ? here(name) : name)),
    force: values.force ?? (call.variable('DOLTFLOW_FORCE') === undefined ? undefined : true),
    branch: values.branch,
    run: values.run,
    message: values.message,
    author: values.author,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** Values of single outputs: `T=value`; `value` alone is that of the one output there is. @throws {UsageError} OPTION_INVALID */
function ofTables(
  texts: readonly string[] | undefined,
  tables: readonly string[],
  option: string,
): Map<string, string> {
  return new Map(
    (texts ?? []).map((text) => {
      const [, table, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [
        undefined,
        tables.length === 1 ? tables[0] : undefined,
        text,
      ]
      if (table !== undefined && tables.includes(table)) return [table, value!]
      throw new UsageError(
        'OPTION_INVALID',
        `${option} ${JSON.stringify(text)} names no output. Write ${option} ${tables[0] ?? 'TABLE'}=${value ?? text}; the outputs are: ${tables.join(', ') || 'none'}.`,
        { data: { option, value: text } },
      )
    }),
  )
}

/** A table's name as a file's. */
function fileName(table: string): string {
  return table.replace(/[^\w.-]/g, '_').replace(/^\.+/, '_')
}
