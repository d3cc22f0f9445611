import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shellWord } from '../model/shell-word.ts'

/**
 * The command that installs packages where doltflow finds them: beside itself, which is seldom the folder that one is in.
 * @param own doltflow's own folder
 */
export function installLine(
  packages: readonly string[],
  own: string = fileURLToPath(new URL('../..', import.meta.url)),
): string {
  const folder = /^(.*)[/\\]node_modules[/\\]doltflow[/\\]?$/.exec(own)?.[1]
  // A folder of modules without a package of its own is where npm -g installs.
  const isGlobal = folder !== undefined && !existsSync(join(folder, 'package.json'))
  const place = isGlobal ? '-g' : `--prefix ${shellWord((folder ?? own).replace(/[/\\]+$/, ''))}`
  return `npm install ${place} ${packages.join(' ')}`
}
