import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const PACKAGES = ['pandas==3.1.1', 'pyarrow==26.0.1', 'openpyxl==3.1.5', 'polars==2.1.0', 'duckdb==2.0.1']

/** A Python with the packages, installed from PyPI once and kept beside the packages of npm; or why there is none. */
export function pythonWithPackages(
  packages: readonly string[] = PACKAGES,
  name = 'doltflow-python',
): { python: string; missing?: undefined } | { missing: string } {
  const home = resolve('node_modules/.cache', name)
  const python = join(home, 'bin', 'python')
  if (existsSync(join(home, packages.join(' ')))) return { python }
  rmSync(home, { recursive: true, force: true })
  const check = 'import ensurepip, sys, venv; assert sys.version_info >= (3, 11)'
  if (!runs('python3', '-c', check)) return { missing: 'there is no python3 of 3.11 or later with venv' }
  const install = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--only-binary',
    ':all:',
    ...packages,
  ]
  if (!runs('python3', '-m', 'venv', home) || !runs(python, ...install))
    return { missing: `${packages.join(', ')} can't be installed from PyPI` }
  mkdirSync(join(home, packages.join(' ')))
  return { python }
}

function runs(command: string, ...argv: string[]): boolean {
  try {
    execFileSync(command, argv, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
