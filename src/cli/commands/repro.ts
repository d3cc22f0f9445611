import { hostname } from 'node:os'
import { RefusedError } from '../../errors.ts'
import { shellWord } from '../../model/shell-word.ts'
import { absoluteUrl } from '../absolute-url.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { runCommand } from '../run-command.ts'
import { changes, short } from '../text/words.ts'

const options = {} as const

export const repro: Command = command({
  positionals: [{ name: 'RUN', about: 'A run that was published, with a recorded command' }],
  options,
  note:
    'The recorded command runs again on what the run began with, in a run of its own that publishes nothing. Then each table is compared. Steps run in any case. ' +
    'Status 5 if a table differs. The code is what lies here now: run show ID tells the git checkout that belongs to it.',
  example: [
    'doltflow init',
    'doltflow run --id night-1 -- doltflow save foo foo.csv --key a',
    'doltflow repro night-1',
  ],
  run: answer,
})

export { repro as command }

interface Comparison {
  table: string
  same: boolean
  added: number
  modified: number
  removed: number
}

async function answer(call: Call<typeof options>): Promise<number> {
  const [id] = call.positionals as [string]
  const { url } = call.databaseUrl()
  const db = await call.open({ writes: true })
  const info = await db.showRun(id)
  const word = shellWord(id)
  if (info.status !== 'published' || info.command === null)
    throw new RefusedError(
      'RUN_EXISTS',
      `The run ${id} can't be repeated: ${info.command === null ? 'no command is recorded of it' : `it is ${info.status}`}. See: doltflow run show ${word}`,
      { data: { run: id, status: info.status } },
    )
  const first = await runHead(call, id)
  const again = `repro ${id} ${new Date(call.effects.clock()).toISOString()} ${hostname()}`
  await db.createBranch(branchOf(again), info.fromCommit)
  const began = await db.beginRun({ id: again, into: branchOf(again), command: info.command })
  let status = 1
  try {
    const variables = {
      DOLTFLOW_DB: absoluteUrl(call, url, db),
      DOLTFLOW_RUN: began.id,
      DOLTFLOW_BRANCH: began.branch,
      DOLTFLOW_INTO: info.into,
      DOLTFLOW_REMOTE: undefined,
      DOLTFLOW_FORCE: '1',
    }
    status = await runCommand(info.command, variables, call.effects, call.json)
    if (status !== 0)
      throw new RefusedError(
        'RUN_FAILED',
        `${info.command[0]} ended with status ${status}: the run ${id} is not repeated.`,
        { data: { run: id, exitStatus: status } },
      )
    const compared: Comparison[] = []
    for (const { table } of await db.changedTables(info.fromCommit, first))
      compared.push(await compare(table, first, began.branch))
    for (const { table } of await db.changedTables(info.fromCommit, began.branch))
      if (!compared.some((one) => one.table === table)) compared.push(await compare(table, first, began.branch))
    const reproducible = compared.every(({ same }) => same)
    call.answer({ run: id, reproducible, tables: compared }, (out) => {
      for (const { table, same, ...counts } of compared)
        out.line(`${table}: ${same ? 'the same' : `differs, ${changes(counts)}`}`)
      out.line(
        reproducible
          ? `The run ${id} is reproducible.`
          : `The run ${id} gave something else now. It began at ${short(info.fromCommit)}.`,
      )
    })
    return reproducible ? 0 : 5
  } finally {
    await db.endRun(began.id, { error: 'it was only compared' })
    await db.dropRun(began.id)
    await db.deleteBranch(branchOf(again))
  }

  async function compare(table: string, before: string, after: string): Promise<Comparison> {
    const counts = await db.diffCounts(table, before, after).catch(() => undefined)
    const { added = 0, modified = 0, removed = 0 } = counts ?? {}
    return { table, same: added + modified + removed === 0 && !counts?.schemaChanged, added, modified, removed }
  }
}

/** What the run itself had made, before others' work was merged in. */
async function runHead(call: Call<typeof options>, id: string): Promise<string> {
  const db = call.database!
  const { toCommit, fromCommit, changed } = await db.showRun(id)
  if (!changed) return fromCommit
  const { commit } = await db.show(toCommit!)
  return commit.parents[1] ?? commit.hash
}

function branchOf(name: string): string {
  return `run/${Buffer.from(name).toString('hex').slice(-60)}`
}
