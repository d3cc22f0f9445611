import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../tools/node/', import.meta.url))

/**
 * The releases of Node that tools/node names, fetched once and cached by the hash of their versions.
 * @returns each one's version and the path of its `node`, the oldest first; none if this is not Linux on x64
 */
export function nodeReleases() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return []
  const lock = readFileSync(join(FOLDER, 'package-lock.json'))
  const hash = createHash('sha256').update(lock).digest('hex').slice(0, 16)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'doltflow')
  const folder = join(cache, `node-${hash}`)
  if (!existsSync(folder)) fetchInto(folder)
  return Object.entries(JSON.parse(lock.toString()).packages)
    .filter(([path]) => path !== '')
    .map(([path, { version }]) => ({ version, path: join(folder, path, 'bin', 'node') }))
}

function fetchInto(folder) {
  const temporary = `${folder}.${randomUUID()}`
  mkdirSync(temporary, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(FOLDER, name), join(temporary, name))
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: temporary,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) {
    rmSync(temporary, { recursive: true, force: true })
    throw new Error('The releases of Node that tools/node names could not be fetched: npm ci failed.')
  }
  renameSync(temporary, folder)
}
