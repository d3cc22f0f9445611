import type { Database } from '../../database.ts'
import { RefusedError, UsageError } from '../../errors.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { RunInfo } from '../../runs/run-states.ts'
import { absoluteUrl } from '../absolute-url.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { policyOf } from '../conflict-policy.ts'
import { conflictOptions, remoteOptions } from '../options.ts'
import { runCommand } from '../run-command.ts'
import { paramWords } from '../step/step-words.ts'
import { short } from '../text/words.ts'

const options = {
  id: { type: 'string', value: 'ID', about: "The workflow manager's name for the run. Default: one that is made" },
  into: {
    type: 'string',
    value: 'B',
    about: 'The branch that it is published to. Default: DOLTFLOW_BRANCH, else main',
  },
  message: { type: 'string', value: 'S', about: 'The message of the commit that publishes it. Default: run ID' },
  param: { type: 'string', value: 'k=v', multiple: true, about: 'A parameter of this execution, for the record' },
  author: { type: 'string', value: '"N <e>"', about: "Default: DOLTFLOW_AUTHOR, else Git's user, else user@host" },
  ...conflictOptions,
  ...remoteOptions,
} as const

const ACTIONS = ['show', 'resume', 'publish', 'drop'] as const

export const run: Command = command({
  positionals: [
    {
      name: 'show|resume|publish|drop',
      about: 'What to do with a run that was begun; without it, a run begins',
      optional: true,
    },
    { name: 'ID', about: 'That run', optional: true },
  ],
  options,
  takesCommand: true,
  usage: '[resume ID] [options] -- COMMAND… | show|publish|drop ID',
  note:
    'Every load and save of the command, in any language, works on the branch run/ID (by DOLTFLOW_DB, DOLTFLOW_RUN, DOLTFLOW_BRANCH); nobody else sees it. ' +
    'If the command ends with 0, all of it is published as one merge commit; else nothing is, its exit status is passed on, and the tables stay on run/ID. ' +
    'An ID that was published is not run again.',
  example: [
    'doltflow init',
    'doltflow run --id night-1 -- doltflow save foo foo.csv --key a',
    'doltflow run show night-1',
    'doltflow runs',
  ],
  run: answer,
})

export { run as command }

async function answer(call: Call<typeof options>): Promise<number | void> {
  const { positionals, command: words, values } = call
  const [action, id] = positionals
  if (action === undefined) return begin(call, values.id, false)
  if (!(ACTIONS as readonly string[]).includes(action))
    throw new UsageError(
      'USAGE',
      `doltflow run has no use for ${JSON.stringify(action)}. A command stands behind --: doltflow run -- ${positionals.map(shellWord).join(' ')}`,
      { data: { positionals } },
    )
  if (id === undefined)
    throw new UsageError('USAGE', `doltflow run ${action} needs the ID of a run. See: doltflow runs`)
  if (action === 'resume') return begin(call, id, true)
  if (words) throw new UsageError('USAGE', `doltflow run ${action} takes no command.`)
  const db = await call.open({ writes: true })
  if (action === 'show') return show(call, db, id)
  const settings = { onConflict: policyOf(values), message: values.message, remote: values.remote }
  const info = action === 'publish' ? await db.publishRun(id, settings) : await db.dropRun(id)
  call.answer(info, () => tellEnd(call, info))
}

/** Runs a command in a run. */
async function begin(call: Call<typeof options>, id: string | undefined, resume: boolean): Promise<number> {
  const { values, command: words, effects, errors, json } = call
  if (!words || words.length === 0)
    throw new UsageError('USAGE', 'doltflow run needs a command behind --, such as: doltflow run -- make all')
  const { url } = call.databaseUrl()
  const db = await call.open({ writes: true, creates: true, isShort: [] })
  // One that is not known would begin.
  if (resume) await db.showRun(id!)
  let status = 0
  let begun: RunInfo | undefined
  const given = {
    id,
    into: values.into,
    message: values.message,
    author: values.author,
    onConflict: policyOf(values),
    resume,
    command: words,
    params: values.param === undefined ? undefined : paramWords(values.param),
  }
  const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  try {
    const result = await db.run(settings, async (inner, info) => {
      begun = info
      const variables = {
        DOLTFLOW_DB: absoluteUrl(call, url, inner),
        DOLTFLOW_RUN: info.id,
        DOLTFLOW_BRANCH: info.branch,
        DOLTFLOW_INTO: info.into,
        DOLTFLOW_REMOTE: undefined,
      }
      status = await runCommand(words, variables, effects, json)
      if (status !== 0)
        throw new RefusedError('RUN_FAILED', `${words[0]} ended with status ${status}`, {
          data: { exitStatus: status },
        })
    })
    call.answer(result, () => tellEnd(call, result, result.repeated))
    return 0
  } catch (error) {
    if (status === 0 || !begun) throw error
    const { id: own, into, branch } = begun
    const word = shellWord(own)
    if (json) call.answer(await db.showRun(own), () => {})
    else
      errors.line(
        `Run ${own} failed: ${words[0]} ended with status ${status}. ${into} is as it was; what the run saved is on ${branch}. ` +
          `Go on: doltflow run resume ${word} -- COMMAND. Or: doltflow run drop ${word}`,
      )
    return status
  }
}

function tellEnd({ out }: Call<typeof options>, info: RunInfo, repeated = false): void {
  const { id, status, into, toCommit, changed, endedAt } = info
  if (repeated) return out.line(`Run ${id} was published at ${endedAt}: nothing ran now.`)
  if (status === 'dropped')
    return out.line(`Dropped run ${id}: what it saved goes with the gc in 30 days, its record stays.`)
  out.line(
    changed
      ? `Published run ${id}: ${into} ${short(toCommit!)}`
      : `Run ${id} changed nothing: ${into} ${short(toCommit!)}`,
  )
}

async function show(call: Call<typeof options>, db: Database, id: string): Promise<void> {
  const info = await db.showRun(id)
  const actions = await db.actions({ run: id })
  call.answer({ ...info, actions }, () => {
    const { out } = call
    const lines: [string, string | null][] = [
      ['run', info.id],
      ['status', info.status],
      ['into', `${info.into}${info.toCommit === null ? '' : ` ${short(info.toCommit)}`}`],
      ['branch', info.status === 'published' || info.status === 'dropped' ? null : info.branch],
      ['from', short(info.fromCommit)],
      ['part of', info.parent],
      ['command', info.command?.map(shellWord).join(' ') ?? null],
      [
        'params',
        info.params &&
          Object.entries(info.params)
            .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
            .join(' '),
      ],
      ['error', info.error],
      ['started', `${info.startedAt} by ${info.author}${info.host === null ? '' : ` on ${info.host}`}`],
      ['ended', info.endedAt],
      [
        'versions',
        Object.entries(info.versions)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
      ],
      [
        'code',
        info.git && `git checkout ${info.git.commit}${info.git.dirty ? ' (with changes that were not committed)' : ''}`,
      ],
    ]
    for (const [name, value] of lines) if (value !== null) out.line(`${name.padEnd(8)} ${value}`)
    for (const { kind, table, sql, toCommit, fromCommit } of actions)
      out.line(`  ${kind.padEnd(7)} ${table ?? sql ?? ''}  ${short(toCommit ?? fromCommit ?? '')}`.trimEnd())
  })
}
