import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { run } from '../../dist/cli/run.js'

const PROGRAM = join(import.meta.dirname, '../../dist/bin/doltflow.js')

/** What asks Git is left out where it is not installed; doltflow itself goes on without it. */
export const hasGit: boolean = spawnSync('git', ['--version']).status === 0

export interface Result {
  code: number
  out: string
  err: string
  /** Standard output, where it is no text. */
  bytes: Buffer
  /** Standard output as JSON. */
  json: any
}

export interface Setting {
  stdin?: string | Uint8Array
  env?: Record<string, string>
  /** Which outputs are a terminal. */
  tty?: boolean | { stdout?: boolean; stderr?: boolean }
  columns?: number
  signal?: AbortSignal
}

/** A folder of its own, in which command lines are run in this process. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'doltflow-cli-'))

  write(name: string, text: string): string {
    writeFileSync(join(this.path, name), text)
    return name
  }

  async run(argv: readonly string[], setting: Setting = {}): Promise<Result> {
    const out = collector()
    const err = collector()
    const tty = typeof setting.tty === 'boolean' ? { stdout: setting.tty, stderr: setting.tty } : (setting.tty ?? {})
    const code = await run(argv, {
      stdout: out.stream,
      stderr: err.stream,
      stdin: Readable.from(setting.stdin === undefined ? [] : [Buffer.from(setting.stdin)]),
      env: {
        PATH: process.env['PATH'],
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_SYSTEM: '/dev/null',
        HOME: this.path,
        ...setting.env,
      },
      cwd: this.path,
      isTTY: { stdin: false, stdout: tty.stdout ?? false, stderr: tty.stderr ?? false },
      columns: setting.columns ?? 80,
      clock: Date.now,
      interrupt: () => setting.signal ?? new AbortController().signal,
    })
    const text = out.text()
    return {
      code,
      out: text,
      bytes: out.bytes(),
      err: err.text(),
      get json() {
        return JSON.parse(text)
      },
    }
  }

  /** Puts a program `doltflow` into the folder, for commands that call it. @returns an environment whose PATH begins there */
  putOnPath(): { PATH: string } {
    const program = `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`
    writeFileSync(join(this.path, 'doltflow'), program, { mode: 0o755 })
    return { PATH: `${this.path}:${process.env['PATH']}` }
  }

  /** Runs words parted by spaces; expects success. */
  async ok(line: string, setting: Setting = {}): Promise<Result> {
    const result = await this.run(words(line), setting)
    if (result.code !== 0) throw new Error(`doltflow ${line} ended with ${result.code}: ${result.err}`)
    return result
  }

  /** A new folder with the same files. */
  copy(): Folder {
    const folder = new Folder()
    cpSync(this.path, folder.path, { recursive: true })
    return folder
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

export function words(line: string): string[] {
  return line.split(' ').filter((word) => word !== '')
}

function collector(): { stream: Writable; text(): string; bytes(): Buffer } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  const bytes = (): Buffer => Buffer.concat(chunks)
  return { stream, bytes, text: () => bytes().toString() }
}
