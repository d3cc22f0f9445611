import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The path of a program that is built from a folder with a Go module, and cached by the hash of what is in it.
 * @returns undefined if it is not built and can't be: no Go, or `build` is false
 */
export function built({ name, program, folder, tags = [], build = true }) {
  const sources = readdirSync(folder)
    .toSorted()
    .filter((file) => /^(go\.(mod|sum)|main\.go)$/.test(file))
  const hash = createHash('sha256')
    .update(Buffer.concat(sources.map((file) => readFileSync(join(folder, file)))))
    .digest('hex')
    .slice(0, 16)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'doltflow')
  const path = join(cache, `${name}-${hash}`, name)
  if (existsSync(path)) return path
  if (!build || spawnSync('go', ['version']).status !== 0) return undefined
  mkdirSync(join(path, '..'), { recursive: true })
  const temporary = `${path}.${randomUUID()}`
  const args = ['build', ...(tags.length > 0 ? ['-tags', tags.join(',')] : []), '-o', temporary, program]
  const { status } = spawnSync('go', args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) return undefined
  renameSync(temporary, path)
  return path
}
