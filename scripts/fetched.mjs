import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folder of the packages that `tools/<name>` names, fetched once and cached by the hash of their versions.
 * @throws {Error} if npm can't fetch them
 */
export function fetched(name) {
  const from = fileURLToPath(new URL(`../tools/${name}/`, import.meta.url))
  const lock = readFileSync(join(from, 'package-lock.json'))
  const hash = createHash('sha256').update(lock).digest('hex').slice(0, 16)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'doltflow')
  const folder = join(cache, `${name}-${hash}`)
  if (!existsSync(folder)) fetchInto(folder, from)
  return { folder, packages: JSON.parse(lock.toString()).packages }
}

function fetchInto(folder, from) {
  const temporary = `${folder}.${randomUUID()}`
  mkdirSync(temporary, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(from, name), join(temporary, name))
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: temporary,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) {
    rmSync(temporary, { recursive: true, force: true })
    throw new Error(`What ${from} names could not be fetched: npm ci failed.`)
  }
  renameSync(temporary, folder)
}
