import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Folder } from './cli.js'

/* Each script in its own shell, at a terminal of its own, with a real Tab. */

let folder: Folder
let environment: NodeJS.ProcessEnv
beforeAll(async () => {
  folder = new Folder()
  mkdirSync(join(folder.path, 'bin'))
  symlinkSync(resolve('dist/bin/doltflow.js'), join(folder.path, 'bin/doltflow'))
  environment = {
    ...process.env,
    PATH: `${join(folder.path, 'bin')}:${process.env['PATH']}`,
    HOME: folder.path,
    TERM: 'dumb',
    DOLTFLOW_DB: '',
  }
  folder.write('my file.csv', 'id,v\n1,a\n')
  await folder.ok('init')
  await folder.run(['save', 'weather daily', 'my file.csv', '--key', 'id'])
  await folder.ok('branch experiment')
  await folder.ok('tag v1')
  await folder.ok(`remote add origin file://${folder.path}/remote.db`)
})
afterAll(() => folder.remove())

/** Whether a shell is not there to be tried; in CI that is a failure. */
function isLeftOut(shell: string): boolean {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    return process.env['CI'] === undefined
  }
}

/** A shell at a terminal, in the folder. */
class Terminal {
  readonly #child
  #text = ''

  constructor(shell: string) {
    this.#child = spawn('script', ['-qec', shell, '/dev/null'], { cwd: folder.path, env: environment })
    this.#child.stdout.on('data', (chunk) => (this.#text += chunk))
  }

  /** Types, and waits for what the terminal shows then. */
  async type(keys: string, shown: string): Promise<void> {
    const from = this.#text.length
    this.#child.stdin.write(keys)
    const end = Date.now() + 20_000
    while (!this.#text.slice(from).includes(shown)) {
      if (Date.now() > end) throw new Error(`${JSON.stringify(keys)} did not give ${shown}: ${this.#text.slice(from)}`)
      await new Promise((done) => setTimeout(done, 50))
    }
  }

  async end(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('exit', done))
    this.#child.stdin.write('\u0015exit\n')
    await ended
  }
}

/** What is typed before a Tab, the line after it, and the word that was found. */
const TABS: [typed: string, line: string, word: string][] = [
  ['doltflow compl', 'doltflow completion', 'completion'],
  ['doltflow load we', 'doltflow load weather\\ daily', 'weather daily'],
  ['doltflow load x --at exp', 'doltflow load x --at experiment', 'experiment'],
  ['doltflow merge x --on-conflict th', 'doltflow merge x --on-conflict theirs', 'theirs'],
  ['doltflow save x y --allow', 'doltflow save x y --allow-empty', '--allow-empty'],
  ['doltflow save x my', 'doltflow save x my\\ file.csv', 'my file.csv'],
]

describe.skipIf(process.platform !== 'linux')('a real Tab', () => {
  const begin = {
    bash: [
      'bash --norc --noprofile -i',
      'bind "set bell-style none"; eval "$(doltflow completion bash)"; echo RE\'\'ADY\n',
    ],
    zsh: ['zsh -f -i', 'autoload -Uz compinit; compinit -D -u; eval "$(doltflow completion zsh)"; echo RE""ADY\n'],
  } as const

  it.skipIf(isLeftOut('bash'))('in bash', { timeout: 120_000 }, () => pressTabs('bash'))
  it.skipIf(isLeftOut('zsh'))('in zsh', { timeout: 120_000 }, () => pressTabs('zsh'))

  async function pressTabs(shell: 'bash' | 'zsh'): Promise<void> {
    const [start, setup] = begin[shell]
    const terminal = new Terminal(start)
    await terminal.type(setup, 'READY')
    for (const [typed, line] of TABS) await terminal.type(`\u0015${typed}\t`, line)
    await terminal.end()
  }

  it.skipIf(isLeftOut('fish'))('in fish', { timeout: 120_000 }, async () => {
    const lines = TABS.map(([typed]) => `complete -C '${typed}'`)
    const script = ['doltflow completion fish | source', ...lines].join('; ')
    const { stdout } = await promisify(execFile)('fish', ['--no-config', '-c', script], {
      cwd: folder.path,
      env: environment,
    })
    const found = stdout.split('\n').map((line) => line.split('\t')[0])
    expect(found).toEqual([...TABS.map(([, , word]) => word), ''])
  })
})

describe('the words that a script gets', () => {
  const after = async (typed: readonly string[]): Promise<string[]> => {
    const { out } = await folder.run(['completion', 'words', '--', ...typed])
    return out
      .split('\n')
      .filter(Boolean)
      .map((found) => found.split('\t')[0]!)
  }

  it.each<[string[], string[]]>([
    [['load', ''], ['weather daily']],
    [['load', 'weather daily', ''], []],
    [
      ['diff', ''],
      ['weather daily', 'experiment', 'main', 'v1', 'HEAD'],
    ],
    [
      ['merge', ''],
      ['experiment', 'main'],
    ],
    [
      ['save', 'x', 'y', '--branch', ''],
      ['experiment', 'main'],
    ],
    [
      ['save', 'x', 'y', '--mode', ''],
      ['replace', 'append', 'upsert'],
    ],
    [
      ['tag', 'v1', ''],
      ['experiment', 'main', 'v1', 'HEAD'],
    ],
    [['push', ''], ['origin']],
    [
      ['remote', ''],
      ['add', 'list', 'remove'],
    ],
    [['remote', 'remove', ''], ['origin']],
    [['copy', ''], []],
    [['nope', ''], []],
    [['load', '--db', 'nowhere.db', ''], []],
    [['load', '--db', 'mysql://127.0.0.1:1/x', ''], []],
  ])('after %j', async (typed, expected) => {
    expect(await after(typed)).toEqual(expected)
  })
})
