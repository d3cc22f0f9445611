import { existsSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { nearestDatabase } from '../find-database.ts'
import { ignoreInGit } from '../git-ignore.ts'
import { tellNote } from '../text/notices.ts'

const options = {} as const

export const init: Command = command({
  positionals: [],
  options,
  note:
    'The database is ./doltflow.db, or what --db (or DOLTFLOW_DB) names; one that is there already stays as it is. ' +
    'In a Git repository it is listed in the .gitignore of its folder: a database does not belong in a commit; push it to a remote.',
  example: ['doltflow init', 'doltflow init --db other.db'],
  run,
})

export { init as command }

async function run(call: Call<typeof options>): Promise<void> {
  const url = call.newDatabaseUrl()
  const path = /^[a-z][a-z0-9+.-]+:/i.test(url) ? undefined : resolve(url)
  const existed = path !== undefined && existsSync(path)
  const db = await call.open({ writes: true, creates: true, isShort: true, url })
  await db.init()
  const ignored = path === undefined ? null : await ignoreInGit(path)
  call.answer({ database: db.location, created: !existed, gitignore: ignored }, (out) => {
    out.line(existed ? `${db.location} is there already; nothing was changed in it.` : `Made ${db.location}`)
    if (ignored !== null) out.line(`Listed it in ${ignored}`)
    if (!existed) out.line('Next: doltflow save TABLE FILE --key COLUMN')
    const isFound = path !== undefined && basename(path) === 'doltflow.db'
    const above = existed || !isFound ? undefined : nearestDatabase(dirname(dirname(path)))
    if (above !== undefined)
      tellNote(
        `There is a database in a folder above, too: ${above}. Commands in this folder used that one until now. To go back to it, remove this one.`,
        call.errors,
      )
  })
}
