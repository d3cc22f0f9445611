import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * Runs the tests, and tells which lines of src/ ran, in every process and thread: the engine works in threads, formats and
 * the command line in processes. Arguments go to vitest. `npm run build` first.
 */

const counts = mkdtempSync(join(tmpdir(), 'doltflow-coverage-'))
// Some tests run as another user.
chmodSync(counts, 0o1777)
const vitest = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--config',
  'vitest.coverage.config.ts',
  ...process.argv.slice(2),
]
const measured = [
  '--all',
  '--include',
  'dist/**',
  '--extension',
  '.js',
  '--exclude',
  'dist/bin/**',
  ...typesOnly().flatMap((path) => ['--exclude', path]),
]
const reports = ['text', 'text-summary', 'html'].flatMap((name) => ['--reporter', name])
try {
  execFileSync(process.execPath, ['scripts/bundle.mjs', '--modules'])
  const options = ['--no-clean', '--temp-directory', counts, '--merge-async', ...measured, ...reports]
  const { status } = spawnSync('node_modules/.bin/c8', [...options, process.execPath, ...vitest], { stdio: 'inherit' })
  process.exitCode = status ?? 1
} finally {
  execFileSync(process.execPath, ['scripts/bundle.mjs'])
  rmSync(counts, { recursive: true, force: true })
}

/** Files of types alone: nothing in them can run. */
function typesOnly() {
  return readdirSync('dist', { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => name.endsWith('.js') && /^export \{\};\s*(\/\/#.*)?\s*$/.test(readFileSync(join('dist', name), 'utf8')),
    )
    .map((name) => join('dist', name))
}
