import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DoltflowError } from '../errors.ts'

/** What runs in a thread or a process of its own. The build makes one file of each (`scripts/bundle.mjs`). */
type Program = 'doltlite-worker' | 'dolt-supervisor' | 'format-worker' | 'process-guard' | 'query-reader'

/**
 * The file of a program of doltflow's own.
 * @throws {DoltflowError} ENGINE_UNAVAILABLE if it isn't there: somebody has bundled doltflow without its files
 */
export function programPath(name: Program): string {
  // From `system/` as from `bin/`, where the command line is one file.
  const path = fileURLToPath(new URL(`../bin/${name}.js`, import.meta.url))
  if (existsSync(path)) return path
  throw new DoltflowError(
    'ENGINE_UNAVAILABLE',
    `doltflow starts ${path}, which isn't there. A bundle can't hold doltflow: leave it out (esbuild: --external:doltflow), and install it beside.`,
    { data: { path } },
  )
}

/** Where the files of the page of `doltflow ui` lie. */
export function pageFolder(): URL {
  return new URL('../bin/ui/', import.meta.url)
}
