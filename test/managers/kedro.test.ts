import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { environment, installWheel, pythons } from './pythons.ts'

const all = pythons()
const PYTEST = 'pytest==9.0.2'
const OLD = ['pandas==2.3.3', 'pyarrow==25.0.1']
const NEW = ['pandas==3.1.1', 'pyarrow==26.0.1']
/** Kedro of both major versions, on the oldest Python and on the newest. */
const KEDROS = [
  { kedro: '0.19.15', python: all[0] },
  { kedro: '1.7.0', python: all.at(-1) },
]

describe('Kedro', () => {
  test('there is a Python for it', () => {
    expect(all, 'no python3 of 3.10 to 3.13 with venv is on PATH').not.toEqual([])
  })

  test.each(KEDROS)('$kedro runs the example project, in each of its runners', ({ kedro, python }) => {
    const frames = python!.version === '3.10' ? OLD : NEW
    const interpreter = environment(python!, `kedro-${kedro}`, [PYTEST, `kedro==${kedro}`, ...frames])
    installWheel(interpreter)
    const { status, stdout, stderr } = spawnSync(interpreter, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], {
      cwd: 'python/tests-kedro',
      encoding: 'utf8',
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', KEDRO_DISABLE_TELEMETRY: '1', DO_NOT_TRACK: '1' },
    })
    expect(status, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/^\d+ passed/m)
    expect(stdout).not.toMatch(/skipped|xfailed|deselected/)
  })
})
