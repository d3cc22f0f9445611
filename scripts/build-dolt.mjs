import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../tools/dolt/', import.meta.url))

/**
 * The path of the pinned `dolt`, built and cached by the hash of its versions: the first build takes minutes.
 * @returns undefined where it is not built and can't be: no Go, or `build` is false
 */
export function pinnedDolt({ build = true } = {}) {
  const versions = ['go.mod', 'go.sum'].map((name) => readFileSync(join(FOLDER, name)))
  const hash = createHash('sha256').update(Buffer.concat(versions)).digest('hex').slice(0, 16)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'doltflow')
  const path = join(cache, `dolt-${hash}`, 'dolt')
  if (existsSync(path)) return path
  if (!build || spawnSync('go', ['version']).status !== 0) return undefined
  mkdirSync(join(path, '..'), { recursive: true })
  const temporary = `${path}.${randomUUID()}`
  const args = ['build', '-tags', 'gms_pure_go', '-o', temporary, 'github.com/dolthub/dolt/go/cmd/dolt']
  const { status } = spawnSync('go', args, { cwd: FOLDER, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) return undefined
  renameSync(temporary, path)
  return path
}
