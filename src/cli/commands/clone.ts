import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'

const options = {} as const

export const clone: Command = command({
  positionals: [
    {
      name: 'URL',
      about:
        'file:///path/remote.db, s3://bucket/prefix, http://host/db or https://host/db; into Dolt also owner/name and aws://[table:bucket]/db',
    },
  ],
  options,
  note: 'The copy is ./doltflow.db, or what --db (or DOLTFLOW_DB) names; that file must not exist yet. The remote is saved as origin.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    'doltflow remote add origin "file://$PWD/remote.db" && doltflow push',
    'doltflow clone "file://$PWD/remote.db" --db copy.db',
  ],
  run,
})

export { clone as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { clone: cloneInto } = await import('../../verbs/remotes.ts')
  const cloned = await call.during('cloning', cloneInto(call.positionals[0]!, call.newDatabaseUrl()))
  const branches = cloned.branches.filter((name) => name !== 'doltflow')
  call.answer({ database: cloned.location, branches }, (out) =>
    out.line(`Cloned into ${cloned.location}: ${branches.join(', ')}`),
  )
}
