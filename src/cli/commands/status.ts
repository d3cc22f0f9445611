import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { bytes, count } from '../text/words.ts'

const options = {} as const

export const status: Command = command({
  positionals: [],
  options,
  note: '"Not pushed" goes by what was last seen of the remote, which is not asked again. Uncommitted changes come from another program; doltflow makes none.',
  example: ['doltflow init', 'doltflow status'],
  run,
})

export { status as command }

async function run(call: Call<typeof options>): Promise<void> {
  const db = await call.open({ isShort: true })
  const found = await db.status()
  const { location, engine, size, defaultBranch, branches, readOnly, dirty, conflicts, notPushed } = found
  call.answer(found, (out) => {
    out.line(`${location} (${size === null ? engine : `${engine}, ${bytes(size)}`})`)
    out.line(`default branch ${defaultBranch}, ${count(branches, 'branch', 'branches')}`)
    if (readOnly !== null) out.line(`read only: ${readOnly}`)
    for (const { branch, tables } of dirty)
      out.line(
        `uncommitted changes on ${branch}: ${tables.join(', ')} (another program left them; commit or reset them there)`,
      )
    for (const name of conflicts) {
      out.line(`conflict kept on ${name}`)
      out.line(
        `  finish: doltflow merge ${shellWord(name)} --into ${shellWord(defaultBranch)} --on-conflict ours|theirs`,
      )
      out.line(`  or give it up: doltflow branch ${shellWord(name)} --delete`)
    }
    for (const { remote, branches: names } of notPushed) {
      const data = names.filter((name) => name !== 'doltflow')
      out.line(
        `not pushed to ${remote}: ${data.length === 0 ? 'records of actions' : data.join(', ')} (doltflow push ${shellWord(remote)})`,
      )
    }
    if (dirty.length + conflicts.length + notPushed.length === 0) out.line('clean: nothing to finish')
  })
}
