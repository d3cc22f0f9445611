import { spawnSync } from 'node:child_process'
import { expect } from 'vitest'
import { environment, installWheel, type Python } from './pythons.ts'

/** Runs the tests of a folder of `python/` with the wheel as it is installed, and with packages of exact versions. */
export function expectPytest(
  python: Python,
  folder: string,
  packages: readonly string[],
  { built = [] }: { built?: readonly string[] } = {},
): void {
  const interpreter = environment(python, folder.replace('tests-', ''), ['pytest==9.0.2', ...packages], { built })
  installWheel(interpreter)
  const { status, stdout, stderr } = spawnSync(interpreter, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], {
    cwd: `python/${folder}`,
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', DAGSTER_DISABLE_TELEMETRY: '1', DO_NOT_TRACK: '1' },
  })
  expect(status, stdout + stderr).toBe(0)
  expect(stdout).toMatch(/^\d+ passed/m)
  expect(stdout).not.toMatch(/skipped|xfailed|deselected/)
}
