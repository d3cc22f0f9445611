import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url))

export interface ReadableCopy {
  /** The path of Node. */
  node: string
  /** The URL of doltflow's index.js. */
  library: string
  remove(): void
}

/**
 * Copies Node, doltflow and the packages that it needs to where every user may read them: a checkout below root's home, or a Node
 * that lies there, is closed to others.
 */
export function makeReadableCopy(): ReadableCopy {
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-readable-'))
  const node = join(folder, 'node')
  copyFileSync(process.execPath, node)
  for (const path of ['package.json', 'dist', ...packages()])
    cpSync(join(CHECKOUT, path), join(folder, path), { recursive: true })
  chmodSync(folder, 0o755)
  execFileSync('chmod', ['-R', 'a+rX', folder])
  const library = pathToFileURL(join(folder, 'dist/index.js')).href
  return { node, library, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Where the packages are that are installed with doltflow, `node_modules/mysql2` and so on. */
function packages(): string[] {
  const text = readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8')
  const lock = JSON.parse(text) as { packages: Record<string, { dev?: true; devOptional?: true }> }
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path]) => path)
}
