import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { count, short } from '../text/words.ts'

const options = {} as const

export const accept: Command = command({
  positionals: [],
  options,
  note:
    'A database that has lost commits which it was known to have is refused (DATABASE_TRUNCATED). Where that is meant, because an older copy was ' +
    'put in its place, this takes the heads that it has as the ones that count. Commits that were saved after the copy was made are not in it.',
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
