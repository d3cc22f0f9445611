import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pinnedDolt } from '../scripts/build-dolt.mjs'
import { commandLines } from './contract/processes.ts'

/** How long, in ms, processes may take to end after the tests. */
const PATIENCE = 30_000

/** A folder for all that the tests, and what they kill, leave in the system's temporary folder. @returns how it is removed */
export default function setup(): () => void {
  buildDolt()
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-tests-'))
  // Some tests run as another user.
  chmodSync(folder, 0o1777)
  process.env['TMPDIR'] = folder
  // Which files were loaded from where is remembered there.
  process.env['XDG_STATE_HOME'] = join(folder, 'state')
  return () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    requireEnded(folder)
  }
}

/** Servers end by themselves a while after their last user. */
function requireEnded(folder: string): void {
  const deadline = Date.now() + PATIENCE
  while (left(folder).length > 0 && Date.now() < deadline)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  if (left(folder).length > 0) throw new Error(`Processes of the tests still run: ${left(folder).join('; ')}`)
}

/** The command lines that name a folder, where the system tells them. */
function left(folder: string): string[] {
  if (!existsSync('/proc/self/cmdline')) return []
  return commandLines().filter((line) => line.includes(folder))
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
