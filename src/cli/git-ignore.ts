import { existsSync } from 'node:fs'
import { appendFile, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Lists a database, and the files beside it, in the `.gitignore` of its folder, where that is in a Git repository.
 * @returns the file that was written; null if nothing had to be
 */
export async function ignoreInGit(database: string): Promise<string | null> {
  const folder = dirname(database)
  if (!isInGit(folder)) return null
  const file = join(folder, '.gitignore')
  const name = basename(database).replace(/[\\*?[\]!# ]/g, '\\$&')
  const text = await readFile(file, 'utf8').catch(() => '')
  const known = text.split(/\r?\n/)
  const missing = [`/${name}`, `/${name}.heads*`, `/.${name}*`].filter((line) => !known.includes(line))
  if (missing.length === 0) return null
  await appendFile(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`)
  return file
}

function isInGit(folder: string): boolean {
  for (let here = folder; ; here = dirname(here)) {
    if (existsSync(join(here, '.git'))) return true
    if (here === dirname(here)) return false
  }
}
