import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { freePort } from '../../../dist/system/free-port.js'
import { wait } from '../../../dist/system/wait.js'
import { fetched } from '../../../scripts/fetched.mjs'

const QUIET = { NEXT_TELEMETRY_DISABLED: '1', NITRO_TELEMETRY: '0' }

/** A user's application: doltflow as it is packed, the bundlers of tools/bundlers, and its own files. */
export class App {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'doltflow-app-'))

  constructor() {
    // Next refuses packages that are linked from elsewhere.
    copyTree(join(fetched('bundlers').folder, 'node_modules'), join(this.folder, 'node_modules'))
    this.write({ 'package.json': '{ "private": true, "type": "module" }' })
    const packed = this.#pack()
    mkdirSync(this.path('node_modules/doltflow'))
    execFileSync('tar', ['-xzf', packed, '--strip-components=1', '-C', this.path('node_modules/doltflow')])
    for (const name of needed(JSON.parse(readFileSync('package.json', 'utf8')) as Manifest)) {
      const target = this.path(join('node_modules', name))
      mkdirSync(dirname(target), { recursive: true })
      if (!existsSync(target)) cpSync(join('node_modules', name), target, { recursive: true, dereference: true })
    }
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true })
      writeFileSync(this.path(name), text)
    }
  }

  /** Runs a file with Node. @returns what it says, and its status */
  node(file: string, ...words: string[]): { out: string; err: string; status: number | null } {
    const env = { ...process.env, ...QUIET }
    const { stdout, stderr, status } = spawnSync(process.execPath, [this.path(file), ...words], {
      cwd: this.folder,
      env,
      encoding: 'utf8',
    })
    return { out: stdout, err: stderr, status }
  }

  /**
   * Starts a server that was built, where nothing is but what the build made, and asks it.
   * @param built the folder of the build
   * @param main its program
   */
  async ask(built: string, main: string, path: string): Promise<unknown> {
    const elsewhere = mkdtempSync(join(tmpdir(), 'doltflow-served-'))
    const port = await freePort()
    cpSync(this.path(built), elsewhere, { recursive: true })
    const env = { ...QUIET, PATH: process.env['PATH'], HOME: process.env['HOME'], DB: join(elsewhere, 'app.db') }
    const server = spawn(process.execPath, [main], {
      cwd: elsewhere,
      env: { ...env, PORT: String(port), HOSTNAME: '127.0.0.1', HOST: '127.0.0.1' },
      stdio: 'ignore',
    })
    const ended = new Promise((done) => server.once('exit', done))
    try {
      for (let tries = 0; tries < 100; tries++) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined)
        if (response) return await response.json()
        await wait(200)
      }
      throw new Error(`${main} did not answer`)
    } finally {
      server.kill()
      await ended
      rmSync(elsewhere, { recursive: true, force: true })
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #pack(): string {
    const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', this.folder]
    const [{ filename }] = JSON.parse(execFileSync('npm', words, { encoding: 'utf8' })) as [{ filename: string }]
    return this.path(filename)
  }
}

interface Manifest {
  dependencies?: Record<string, string>
}

/** The packages that a package needs, and those that they need. */
function needed({ dependencies = {} }: Manifest, known = new Set<string>()): Set<string> {
  for (const name of Object.keys(dependencies)) {
    if (known.has(name)) continue
    known.add(name)
    needed(JSON.parse(readFileSync(resolve('node_modules', name, 'package.json'), 'utf8')) as Manifest, known)
  }
  return known
}

/** A copy of a folder, of links to the same files where that can be: it has half a gigabyte. */
function copyTree(from: string, to: string): void {
  const { status } = spawnSync('cp', ['-al', from, to], { stdio: 'ignore' })
  if (status === 0) return
  rmSync(to, { recursive: true, force: true })
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
}
