import { execFile } from 'node:child_process'
import type { Effects } from './effects.ts'

/** Git's user as `Name <email>`; undefined if Git is not there or does not know both. */
export function defaultAuthor({ cwd, env }: Effects): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { cwd, env: env as NodeJS.ProcessEnv, timeout: 2000 }
    execFile('git', ['config', '--null', '--get-regexp', '^user\\.(name|email)$'], options, (error, output) => {
      if (error) return resolve(undefined)
      const known = new Map(output.split('\0').map((entry) => entry.split('\n') as [string, string]))
      const name = known
        .get('user.name')
        ?.replace(/[<>\0]/g, '')
        .trim()
      const email = known.get('user.email')?.replace(/[<>\s]/g, '')
      resolve(name && email ? `${name} <${email}>` : undefined)
    })
  })
}
