import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** An interpreter that the package supports. */
export interface Python {
  /** As `3.11`. */
  version: string
  path: string
}

const OLDEST = 10
const NEWEST = 13

/** Every supported Python of this machine, the oldest first: on PATH, and those of pyenv. */
export function pythons(): Python[] {
  const found = new Map<number, string>()
  for (const path of candidates()) {
    const minor = minorOf(path)
    if (minor !== undefined && minor >= OLDEST && minor <= NEWEST && !found.has(minor)) found.set(minor, path)
  }
  return [...found].toSorted(([a], [b]) => a - b).map(([minor, path]) => ({ version: `3.${minor}`, path }))
}

/**
 * A virtual environment with packages from PyPI, made once and kept beside the packages of npm.
 * @param built packages that have no wheel: they are built here
 * @returns its interpreter
 */
export function environment(
  { version, path }: Python,
  name: string,
  packages: readonly string[],
  { built = [] }: { built?: readonly string[] } = {},
): string {
  const home = resolve('node_modules/.cache', `doltflow-${name}-${version}`)
  const python = join(home, 'bin', 'python')
  const done = join(home, 'done', packages.join(' ').replaceAll('/', '_'))
  if (existsSync(done)) return python
  rmSync(home, { recursive: true, force: true })
  execFileSync(path, ['-m', 'venv', home])
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:']
  const sources = built.flatMap((one) => ['--no-binary', one])
  execFileSync(python, [...install, ...sources, ...packages], { stdio: ['ignore', 'inherit', 'inherit'] })
  mkdirSync(done, { recursive: true })
  return python
}

/** The newest supported Python, with packages and the wheel that was built before the tests. @returns its interpreter */
export function newestWith(name: string, packages: readonly string[]): string {
  const python = pythons().at(-1)
  if (!python) throw new Error(`no python3 of 3.${OLDEST} to 3.${NEWEST} with venv is on PATH`)
  const interpreter = environment(python, name, packages)
  installWheel(interpreter)
  return interpreter
}

function candidates(): string[] {
  const versions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions')
  const own = existsSync(versions) ? readdirSync(versions).map((name) => join(versions, name, 'bin', 'python3')) : []
  const numbered = Array.from({ length: NEWEST - OLDEST + 1 }, (_, at) => `python3.${OLDEST + at}`)
  return ['python3', ...numbered, ...own]
}

/** undefined for one that is not there, or can't make virtual environments. */
function minorOf(path: string): number | undefined {
  try {
    const program = 'import ensurepip, sys, venv; print(*sys.version_info[:2])'
    const [major, minor] = execFileSync(path, ['-c', program], {
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    })
      .split(' ')
      .map(Number)
    return major === 3 ? minor : undefined
  } catch {
    return undefined
  }
}

/** The wheel that was built before the tests. */
export function wheelPath(): string {
  const [wheel, ...others] = readdirSync('python/dist').filter((name) => name.endsWith('.whl'))
  if (wheel === undefined || others.length > 0) throw new Error('python/dist has not exactly one wheel')
  return resolve('python/dist', wheel)
}

/** Puts the wheel into an environment, without the packages that its extras name. */
export function installWheel(python: string): void {
  const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--force-reinstall']
  execFileSync(python, [...words, wheelPath()], { stdio: ['ignore', 'inherit', 'inherit'] })
}
