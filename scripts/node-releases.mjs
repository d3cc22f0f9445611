import { join } from 'node:path'
import { fetched } from './fetched.mjs'

/**
 * The releases of Node that tools/node names, fetched once and cached.
 * @returns each one's version and the path of its `node`, the oldest first; none if this is not Linux on x64
 */
export function nodeReleases() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return []
  const { folder, packages } = fetched('node')
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, { version }]) => ({ version, path: join(folder, path, 'bin', 'node') }))
}
