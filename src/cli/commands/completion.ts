import type { Database } from '../../database.ts'
import { UsageError } from '../../errors.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { candidates } from '../completion/candidates.ts'
import { SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts'
import { didYouMean } from '../suggest.ts'

const options = {} as const

export const completion: Command = command({
  positionals: [
    { name: 'SHELL', about: 'bash, zsh or fish' },
    { name: 'WORD', about: 'After words --, as the script asks: what was typed so far', many: true, optional: true },
  ],
  usage: 'bash | zsh | fish',
  options,
  note:
    'The script completes verbs, options and their values, and from a DoltLite file the names of tables, branches, tags and remotes. ' +
    'bash: eval "$(doltflow completion bash)" in ~/.bashrc. zsh: the same with zsh in ~/.zshrc, after compinit. ' +
    'fish: doltflow completion fish > ~/.config/fish/completions/doltflow.fish',
  example: ['doltflow completion bash > doltflow.bash && . ./doltflow.bash'],
  run,
})

export { completion as command }

async function run(call: Call<typeof options>): Promise<void> {
  const [shell, ...words] = call.positionals as [string, ...string[]]
  if (shell === 'words') return tellWords(call, words)
  if (!isShell(shell) || words.length > 0)
    throw new UsageError(
      'USAGE',
      `doltflow completion has no use for ${JSON.stringify(isShell(shell) ? words[0] : shell)}: it is bash, zsh or fish.${didYouMean(shell, SHELLS)}`,
      { data: { shell } },
    )
  call.answer({ shell, script: SCRIPTS[shell] }, (out) => out.write(SCRIPTS[shell]))
}

function isShell(name: string): name is Shell {
  return (SHELLS as readonly string[]).includes(name)
}

/** A line for each word, with what it is behind a tab. */
async function tellWords(call: Call<typeof options>, words: readonly string[]): Promise<void> {
  const found = await candidates(words, (db) => openQuietly(call, db))
  for (const { word, about } of found) call.out.line(about === '' ? word : `${word}\t${about}`)
}

/** Who presses Tab waits for no server, and wants no error. */
async function openQuietly(call: Call<typeof options>, db: string | undefined): Promise<Database | undefined> {
  try {
    const url = call.databaseUrl(db).url
    return /^[a-z][a-z0-9+.-]+:/i.test(url) ? undefined : await call.open({ url, isShort: true })
  } catch {
    return undefined
  }
}
