import { execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, readdirSync, readlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verbs } from '../../dist/cli/verbs.js'
import { version } from '../../dist/system/version.js'
import { cliReference } from '../../scripts/cli-reference.mjs'
import { Folder, words } from './cli.js'

const MAIN = resolve('dist/bin/doltflow.js')
const names = Object.keys(verbs)

let folder: Folder
beforeAll(async () => {
  folder = new Folder()
  mkdirSync(join(folder.path, 'bin'))
  symlinkSync(MAIN, join(folder.path, 'bin/doltflow'))
  folder.write('foo.csv', 'a,b\n1,x\n2,y\n')
  await folder.ok('init')
  await folder.ok('save foo foo.csv --key a')
})
afterAll(() => folder.remove())

function environment(path = folder.path): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${join(folder.path, 'bin')}:${process.env['PATH']}`,
    HOME: path,
    DOLTFLOW_DB: '',
    NO_COLOR: '',
  }
}

/** What a shell makes of a line. */
async function shell(line: string, cwd = folder.path): Promise<{ code: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', line], { cwd, env: environment(cwd) })
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

/** What design.md's section on the CLI names, verb by verb. */
const FLAGS: Record<string, string> = {
  run: 'id into message param author on-conflict remote',
  runs: 'status limit',
  check: 'warn at table author',
  step: 'in in-file out out-file param code key mode plan force branch run message author',
  steps: 'step run limit',
  changes: 'since at branch before limit',
  why: 'run',
  pin: 'at branch check',
  plan: 'branch',
  repro: '',
  trace: 'at',
  lineage: 'run format',
  recall: '',
  review: 'into markdown html',
  serve: 'stdio',
  save: 'key no-key all mode schema branch from branch-from merge-to new-branch no-merge on-conflict message author null no-null type rename allow-empty check pin id run step data remote format delimiter quote no-header sheet dry-run',
  mcp: 'run step',
  ui: 'port write export',
  load: 'sql all param pin at branch format delimiter null excel-safe sheet if-changed run step remote',
  diff: 'stat format with columns limit exit-code',
  init: '',
  status: '',
  log: 'graph at limit',
  show: '',
  blame: '',
  tables: 'at',
  schema: 'at',
  branch: 'from message delete remote all',
  tag: 'message',
  conflicts: 'into format on-conflict limit',
  rules: '',
  merge: 'into on-conflict resolve override reason',
  accept: '',
  restore: 'at',
  revert: '',
  delete: 'where',
  drop: '',
  actions: 'run table commit',
  remote: '',
  clone: '',
  copy: '',
  pull: 'on-conflict',
  push: '',
  gc: '',
  completion: '',
}

describe('help', () => {
  it('lists the verbs by group, with and without --help', async () => {
    const { out, code } = await folder.run([])
    expect(code).toBe(0)
    for (const name of names) expect(out).toContain(`\n  ${name} `)
    expect((await folder.run(['--help'])).out).toBe(out)
    expect((await folder.run(['help'])).out).toBe(out)
    expect((await folder.run(['help', 'save'])).out).toBe((await folder.run(['save', '--help'])).out)
  })

  it('knows just the verbs of the design', () => {
    expect(names.toSorted()).toEqual(Object.keys(FLAGS).toSorted())
  })

  it.each(names)('%s --help has a sentence, all its flags and an example', async (name) => {
    const { out, code } = await folder.run([name, '--help'], { columns: 70 })
    expect(code).toBe(0)
    expect(out).toMatch(/^[A-Z].*\.\n\nUsage: doltflow /)
    expect(out).toMatch(/\nExample:\n {2}doltflow /)
    for (const flag of [...FLAGS[name]!.split(' ').filter(Boolean), 'db', 'json', 'help'])
      expect(out).toMatch(new RegExp(`^ +--${flag}(…| |$)`, 'm'))
    for (const line of out.split('\n').filter((text) => !/^(Usage:| {2}(doltflow|printf))/.test(text)))
      expect(line.length).toBeLessThanOrEqual(70)
  })

  it('has each option of a verb with groups in one of them', async () => {
    for (const { load } of Object.values(verbs)) {
      const { options, groups } = (await load()).command
      if (groups) expect(Object.values(groups).flat().toSorted()).toEqual(Object.keys(options).toSorted())
    }
  })

  it('is what docs/cli.md says (node scripts/cli-reference.mjs writes it)', async () => {
    expect(readFileSync('docs/cli.md', 'utf8')).toBe(await cliReference())
  })

  it.concurrent.each(names)("%s's example runs", async (name) => {
    const own = new Folder()
    try {
      own.write('foo.csv', 'a,b\n1,x\n2,y\n')
      const { command } = await verbs[name]!.load()
      const { code, err } = await shell(`set -e -o pipefail\n${command.example.join('\n')}`, own.path)
      expect(err.replace(/^(note|warning): .*\n/gm, '')).toBe('')
      expect(code).toBe(0)
    } finally {
      own.remove()
    }
  })
})

describe('wrong use', () => {
  it.each([
    ['sav', 'Did you mean doltflow save?'],
    ['stats', 'Did you mean doltflow status?'],
    ['--versoin', 'Did you mean --version?'],
    ['qwertz', 'See: doltflow --help'],
    ['__proto__', 'has no verb'],
    ['save foo f.csv --keys a', 'Did you mean --key?'],
    ['save foo f.csv --on-conflit ours', 'Did you mean --on-conflict?'],
    ['save foo f.csv --on-conflict our', 'Did you mean ours?'],
    ['save foo', 'needs FILE'],
    ['save', 'needs TABLE and FILE'],
    ['tables foo', 'no use for "foo"'],
    ['save foo f.csv --key', '--key needs a value'],
    ['status --json=yes', '--json takes no value'],
    ['log --limit 0', '--limit is a whole number'],
  ])('doltflow %s: %s', async (line, text) => {
    const { code, err, out } = await folder.run(words(line))
    expect(code).toBe(2)
    expect(err).toContain(text)
    expect(err).toMatch(/^error [A-Z_]+: [^\n]+\n$/)
    expect(out).toBe('')
  })

  it('tells an error as one JSON document on standard error', async () => {
    const { code, err, out } = await folder.run(words('load nope --json'))
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(JSON.parse(err)).toEqual({
      error: {
        code: 'TABLE_NOT_FOUND',
        message: expect.any(String),
        retryable: false,
        data: expect.objectContaining({ table: 'nope' }),
      },
    })
    expect(JSON.parse((await folder.run(words('load --nope --json'))).err).error.code).toBe('USAGE')
  })

  it('shows a stack with --debug or DOLTFLOW_DEBUG alone', async () => {
    expect((await folder.run(words('load nope'))).err).not.toContain('    at ')
    expect((await folder.run(words('load nope --debug'))).err).toContain('    at ')
    expect((await folder.run(words('load nope'), { env: { DOLTFLOW_DEBUG: '1' } })).err).toContain('    at ')
  })

  it('takes the common options before the verb, too', async () => {
    expect((await folder.ok(`--db ${join(folder.path, 'doltflow.db')} --json tables`)).json.tables).toHaveLength(1)
  })

  it('colours nothing outside a terminal, nor with NO_COLOR', async () => {
    expect((await folder.run(words('load nope'))).err).not.toContain('\u001b')
    expect((await folder.run(words('load nope'), { tty: true })).err).toContain('\u001b[31merror')
    expect((await folder.run(words('load nope'), { tty: true, env: { NO_COLOR: '1' } })).err).not.toContain('\u001b')
  })
})

describe('the program', () => {
  it('tells its version', async () => {
    expect(await shell('doltflow --version')).toEqual({ code: 0, out: `${version()}\n`, err: '' })
    expect((await folder.run(['--version'])).out).toBe(`${version()}\n`)
  })

  it('loads nothing but two small files for --version', () => {
    const graph = execFileSync(
      process.execPath,
      [
        '--trace-uncaught',
        '-e',
        `process.argv = ['node', 'doltflow', '--version']; import(${JSON.stringify(MAIN)}).then(() => setTimeout(() => { if (require('node:worker_threads').threadId !== 0 || process.moduleLoadList.some((name) => /parse_args|child_process/.test(name))) process.exitCode = 9 }))`,
      ],
      { encoding: 'utf8' },
    )
    expect(graph).toBe(`${version()}\n`)
  })

  it('ends quietly where the reader goes away', async () => {
    const rows = Array.from({ length: 300_000 }, (_, index) => `${index},${'x'.repeat(20)}`).join('\n')
    folder.write('big.csv', `id,text\n${rows}\n`)
    expect((await shell('doltflow save big big.csv --key id')).code).toBe(0)
    const { code, out, err } = await shell('doltflow load big | head -1; echo "status ${PIPESTATUS[0]}"')
    expect({ code, out, err }).toEqual({ code: 0, out: 'id,text\nstatus 0\n', err: '' })
    expect((await shell('doltflow diff big --format csv | head -1; echo "status ${PIPESTATUS[0]}"')).out).toMatch(
      /^kind,.*\nstatus 0\n$/,
    )
  })

  it('tells where the output has no room', async () => {
    const { code, err } = await shell('doltflow load foo > /dev/full')
    expect(code).toBe(1)
    expect(err).toMatch(/^error IO_FAILED: .*ENOSPC/)
  })

  it('reads standard input, and gives the exit codes', async () => {
    const codes = [
      ['printf "a,b\\n1,q\\n" | doltflow save foo - --mode upsert', 0],
      ['doltflow load nope', 1],
      ['doltflow nope', 2],
      ['printf "a,b\\n1,r\\n" | doltflow save foo - --mode upsert --from HEAD~1 --merge-to main', 3],
      ['doltflow merge $(doltflow status --json | grep -o "conflict/[0-9a-f]*" | head -1) --on-conflict ours', 0],
      ['printf "a,b\\n" | doltflow save foo -', 4],
      ['doltflow diff foo --exit-code', 5],
    ] as const
    for (const [line, code] of codes) expect([line, (await shell(line)).code]).toEqual([line, code])
  })

  it('ends at once where a stream is refused, though it goes on', async () => {
    const child = spawn(MAIN, ['save', 'bad', '-', '--key', 'a'], { cwd: folder.path, env: environment() })
    child.stdin.on('error', () => {})
    child.stdin.write('a,b\n1,2\n1,2,3\n')
    let err = ''
    child.stderr.on('data', (chunk) => (err += chunk))
    expect(await new Promise((done) => child.on('exit', done))).toBe(1)
    expect(err).toContain('CSV_RAGGED')
  })

  it.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    // A closed terminal.
    ['SIGHUP', 129],
  ] as const)('cleans up where it is interrupted by %s, and ends with %d', async ([signal, status]) => {
    const child = spawn(MAIN, ['save', 'slow', '-', '--key', 'a'], { cwd: folder.path, env: environment() })
    child.stdin.write('a,b\n1,2\n')
    // It has begun once it has the database open.
    const opened = (): boolean => {
      const folderOfFiles = `/proc/${child.pid}/fd`
      return readdirSync(folderOfFiles).some((name) => {
        try {
          return readlinkSync(join(folderOfFiles, name)).endsWith('/doltflow.db')
        } catch {
          return false
        }
      })
    }
    while (!opened()) await new Promise((done) => setTimeout(done, 20))
    child.kill(signal)
    const code = await new Promise((done) => child.on('exit', done))
    expect(code).toBe(status)
    expect((await shell('doltflow schema slow')).err).toContain('TABLE_NOT_FOUND')
    expect(existsSync(join(folder.path, 'doltflow.db'))).toBe(true)
    rmSync(join(folder.path, 'big.csv'), { force: true })
  })
})
