import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pinnedDolt } from '../scripts/build-dolt.mjs'

/** A folder for all that the tests, and what they kill, leave in the system's temporary folder. @returns how it is removed */
export default function setup(): () => void {
  buildDolt()
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-tests-'))
  // Some tests run as another user.
  chmodSync(folder, 0o1777)
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
}

/** Builds the Dolt that its engine's tests run, where it is not built yet and Go is there. In CI it must be. */
function buildDolt(): void {
  if (process.env['DOLTFLOW_DOLT'] || pinnedDolt({ build: false })) return
  process.stderr.write('Building dolt from its Go module, once; it takes minutes.\n')
  if (pinnedDolt()) return
  const missing = 'dolt is not built: Go is not on PATH, or the build failed (https://go.dev/doc/install)'
  if (process.env['CI']) throw new Error(missing)
  process.stderr.write(`${missing}. The tests of the Dolt engine do not run.\n`)
}
