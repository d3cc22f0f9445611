import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const PACKAGES = ['pandas==3.1.1', 'pyarrow==26.0.1', 'openpyxl==3.1.5']

/** Why Python can't be had here; undefined where it can. */
export function missingPython(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import ensurepip, sys, venv; assert sys.version_info >= (3, 11)'], {
      stdio: 'ignore',
    })
    return undefined
  } catch {
    return 'there is no python3 of 3.11 or later with venv'
  }
}

/** A Python with the packages, installed from PyPI once and kept beside the packages of npm. */
export function pythonWithPackages(): string {
  const home = resolve('node_modules/.cache/doltflow-python')
  const python = join(home, 'bin', 'python')
  if (existsSync(join(home, PACKAGES.join(' ')))) return python
  rmSync(home, { recursive: true, force: true })
  execFileSync('python3', ['-m', 'venv', home])
  execFileSync(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', ...PACKAGES],
    { stdio: 'pipe' },
  )
  mkdirSync(join(home, 'done'))
  renameSync(join(home, 'done'), join(home, PACKAGES.join(' ')))
  return python
}
