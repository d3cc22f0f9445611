import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/*
 * Builds the Python package's wheel and sdist into python/dist: with the command line inside, and the packages that it needs.
 * `npm run build` first.
 */

const BUILDERS = ['build==1.6.1', 'hatchling==1.31.0']
/** What nothing runs: sources, types, maps, and the engine's own shell. */
const LEFT_OUT = /\.(map|d\.[cm]?ts|md|cpp|h|gyp)$|[/\\]prebuilds[/\\][^/\\]+[/\\]doltlite(\.exe)?$/
const CLI = resolve('python/src/doltflow/_cli')

const folder = mkdtempSync(join(tmpdir(), 'doltflow-python-'))
try {
  copyCommandLine()
  run(python(), ['-m', 'build', '--no-isolation', '--outdir', 'python/dist', 'python'])
} finally {
  rmSync(CLI, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
}

/** Installs the package as npm would, and takes what runs. */
function copyCommandLine() {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { encoding: 'utf8' }),
  )
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', `./${packed.filename}`], folder)
  rmSync(CLI, { recursive: true, force: true })
  mkdirSync(CLI, { recursive: true })
  const modules = join(folder, 'node_modules')
  for (const name of ['dist/bin', 'package.json'])
    cpSync(join(modules, 'doltflow', name), join(CLI, name), {
      recursive: true,
      filter: (path) => !LEFT_OUT.test(path),
    })
  rmSync(join(modules, 'doltflow'), { recursive: true })
  rmSync(join(modules, '.bin'), { recursive: true, force: true })
  rmSync(join(modules, 'node-addon-api'), { recursive: true, force: true })
  cpSync(modules, join(CLI, 'node_modules'), { recursive: true, filter: (path) => !LEFT_OUT.test(path) })
}

/** A Python with what builds wheels, in a virtual environment of its own, made once. */
function python() {
  const home = resolve('node_modules/.cache/doltflow-build')
  const path = join(home, 'bin', 'python')
  const done = join(home, BUILDERS.join(' '))
  if (existsSync(done)) return path
  rmSync(home, { recursive: true, force: true })
  run('python3', ['-m', 'venv', home])
  run(path, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', ...BUILDERS])
  mkdirSync(done)
  return path
}

function run(command, words, cwd) {
  execFileSync(command, words, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
}
