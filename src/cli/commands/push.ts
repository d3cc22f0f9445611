import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { count } from '../text/words.ts'

const options = {} as const

export const push: Command = command({
  positionals: [
    {
      name: 'REMOTE',
      about: 'A saved name, or a URL. Default: DOLTFLOW_REMOTE, else origin, else the only one',
      optional: true,
    },
  ],
  options,
  note: "What only the remote has is merged in first. Tags and the records of actions travel with the data; scratch branches and kept conflicts don't.",
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    'doltflow remote add origin "file://$PWD/remote.db"',
    'doltflow push',
  ],
  run,
})

export { push as command }

async function run(call: Call<typeof options>): Promise<void> {
  const db = await call.open({ writes: true })
  const pushed = await call.during('pushing', db.push(call.positionals[0]))
  call.answer(pushed, (out) => {
    const { remote, branches, tags } = pushed
    const alsoTags = tags.length === 0 ? '' : `; ${count(tags.length, 'tag', 'tags')} there, too`
    out.line(
      (branches.length === 0 ? `No branch is new for ${remote}` : `Pushed to ${remote}: ${branches.join(', ')}`) +
        alsoTags,
    )
  })
}
