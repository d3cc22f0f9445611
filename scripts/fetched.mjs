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
  const from = toolFolder(name)
  const lock = readFileSync(join(from, 'package-lock.json'))
  const folder = cached(name, lock, (into) => {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(from, file), join(into, file))
    fetchBy('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: into })
  })
  return { folder, packages: JSON.parse(lock.toString()).packages }
}

/** The folder `tools/<name>`. */
export function toolFolder(name) {
  return fileURLToPath(new URL(`../tools/${name}/`, import.meta.url))
}

/** A folder in the cache, by the hash of a lock file; `fill` is called with one that is new, and renamed when it is whole. */
export function cached(name, lock, fill) {
  const hash = createHash('sha256').update(lock).digest('hex').slice(0, 16)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'doltflow')
  const folder = join(cache, `${name}-${hash}`)
  if (existsSync(folder)) return folder
  const temporary = `${folder}.${randomUUID()}`
  mkdirSync(temporary, { recursive: true })
  try {
    fill(temporary)
    renameSync(temporary, folder)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
  return folder
}

/** @throws {Error} if the program is not there, or fails */
export function fetchBy(program, words, options) {
  const { status, error } = spawnSync(program, words, { ...options, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0)
    throw new Error(`${program} ${words[0]} could not fetch what the tests need: ${error?.message ?? `status ${status}`}`)
}
