import { UsageError } from '../../errors.ts'
import { readPin, writePin } from '../../files/pin-file.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { count, short } from '../text/words.ts'

const options = {
  at: { type: 'string', value: 'REF', about: 'The table as it was then. Default: the head of the branch' },
  branch: { type: 'string', value: 'B', about: 'Default: DOLTFLOW_BRANCH, else main' },
  check: { type: 'boolean', about: 'Only tell whether the table is still what FILE names: status 5 if it is not' },
} as const

export const pin: Command = command({
  positionals: [
    { name: 'TABLE', about: 'The table; with --check only FILE is given' },
    { name: 'FILE', about: 'A small text file that Git can track', optional: true },
  ],
  options,
  usage: 'TABLE FILE [--at REF] [--branch B] | --check FILE',
  note:
    'The file names the table at its commit, and is left alone, its time too, as long as the table is the same: so make and dvc run only what the table asks for. ' +
    'load --pin FILE gives that version, save --pin FILE writes the new one. gc keeps what is pinned.',
  example: [
    'doltflow init',
    'doltflow save foo foo.csv --key a',
    'doltflow pin foo foo.pin',
    'doltflow load --pin foo.pin copy.csv',
    'doltflow pin --check foo.pin',
  ],
  run: answer,
})

export { pin as command }

async function answer(call: Call<typeof options>): Promise<number> {
  const { values, positionals } = call
  const [first, second] = positionals as [string, string?]
  if (values.check) {
    if (second !== undefined) throw new UsageError('USAGE', 'pin --check takes only the FILE: it names its table.')
    return check(call, first)
  }
  if (second === undefined)
    throw new UsageError(
      'USAGE',
      `doltflow pin needs TABLE and FILE: doltflow pin ${shellWord(first)} ${shellWord(`${first}.pin`)}`,
    )
  const db = await call.open({ writes: true })
  const handle = await db.pin(first, values.at ?? values.branch ?? db.defaultBranch)
  const changed = await writePin(call.path(second), handle)
  call.answer({ ...handle, file: second, changed }, (out) =>
    out.line(
      changed
        ? `${second}: ${handle.table} at ${short(handle.commit)}, ${count(handle.rows, 'row')}`
        : `${second}: left alone, ${handle.table} is the same`,
    ),
  )
  return 0
}

async function check(call: Call<typeof options>, file: string): Promise<number> {
  const { values } = call
  const pinned = await readPin(call.path(file))
  const db = await call.open({ ...call.pinned(pinned.db) })
  const now = (await db.tables({ at: values.at ?? values.branch ?? db.defaultBranch })).find(
    ({ name }) => name === pinned.table,
  )
  const same = now?.hash === pinned.hash
  call.answer({ ...pinned, file, same, now: now?.hash ?? null }, (out) =>
    out.line(`${file}: ${pinned.table} ${same ? 'is the same' : now ? 'is another one now' : 'is gone'}`),
  )
  return same ? 0 : 5
}
