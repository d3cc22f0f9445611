import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { count, short } from '../text/words.ts'

const options = {} as const

export const accept: Command = command({
  positionals: [],
  options,
  note:
    'A database that lacks commits which were saved to it is refused (DATABASE_TRUNCATED). If you put a backup in its place, ' +
    'accept it: from then on the heads that it has count. Commits that were saved after the backup are gone.',
  example: ['doltflow init', 'doltflow accept'],
  run,
})

export { accept as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { accept: acceptAt } = await import('../../verbs/accept.ts')
  const accepted = await acceptAt(call.databaseUrl().url)
  call.answer(accepted, (out) => {
    out.line(`Accepted ${accepted.location} with ${count(accepted.branches.length, 'branch', 'branches')}:`)
    for (const { name, hash } of accepted.branches) out.line(`  ${name} ${short(hash)}`)
  })
}
