import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

/** A copy of an example with its source, the weather of Seattle, in a folder of its own; `doltflow` is on its PATH. */
export class Example {
  readonly folder: string
  readonly #env: NodeJS.ProcessEnv

  /** @param path folders before those of PATH */
  constructor(name: string, env: Record<string, string>, path: readonly string[] = []) {
    this.folder = mkdtempSync(join(tmpdir(), `doltflow-${name}-`))
    cpSync(join('examples', name), this.folder, { recursive: true })
    this.write('seattle-weather.csv', readFileSync('node_modules/vega-datasets/data/seattle-weather.csv', 'utf8'))
    this.command('doltflow', [process.execPath, resolve('dist/bin/doltflow.js')])
    const own = Object.entries(process.env).filter(([word]) => !word.startsWith('DOLTFLOW_'))
    const folders = [...path, join(this.folder, '.bin'), process.env['PATH']]
    const home = { HOME: this.folder, XDG_STATE_HOME: join(this.folder, '.state'), DO_NOT_TRACK: '1' }
    this.#env = { ...Object.fromEntries(own), ...home, ...env, PATH: folders.join(delimiter) }
    this.run(['doltflow', 'init', '--db', 'doltflow.db'])
  }

  /** Puts a command on its PATH. */
  command(name: string, words: readonly string[]): void {
    mkdirSync(join(this.folder, '.bin'), { recursive: true })
    const text = `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`
    writeFileSync(join(this.folder, '.bin', name), text, { mode: 0o755 })
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text)
  }

  /** Replaces a text that is in a file. */
  edit(file: string, before: string, after: string): void {
    const text = readFileSync(join(this.folder, file), 'utf8')
    assert.ok(text.includes(before), `${file} has no ${before}`)
    this.write(file, text.replace(before, after))
  }

  /** Runs a command that must end with a status. @returns all that it printed */
  run(
    words: readonly string[],
    { status = 0, env = {} }: { status?: number; env?: Record<string, string> } = {},
  ): string {
    const [program, ...others] = words as [string, ...string[]]
    const options = { cwd: this.folder, env: { ...this.#env, ...env }, encoding: 'utf8' } as const
    const { stdout, stderr, status: found, error } = spawnSync(program, others, options)
    const said = `${words.join(' ')}\n${stdout}${stderr}${error?.message ?? ''}`
    assert.equal(found, status, said)
    return said
  }

  /** What a doltflow command prints with `--json`. */
  tells(...words: string[]): any {
    const { stdout, stderr, status } = spawnSync('doltflow', [...words, '--json'], {
      cwd: this.folder,
      env: this.#env,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout)
  }

  /** The commit that `main` is at. */
  head(): string {
    return this.tells('branch').branches.find(({ name }: { name: string }) => name === 'main').hash
  }

  /** The kind, table and step of each load and save of a run, in the order of their names. */
  recorded(run: string): string[] {
    const { actions } = this.tells('actions', '--run', run) as { actions: Record<string, string>[] }
    return actions.map(({ kind, table, step }) => `${step} ${kind} ${table}`).toSorted()
  }

  /** What became of each step of a run at last: `done` or `skipped`. */
  steps(run: string): Record<string, string> {
    const { steps } = this.tells('steps', '--run', run) as { steps: { step: string; status: string }[] }
    return Object.fromEntries(steps.toReversed().map(({ step, status }) => [step, status]))
  }

  /** Requires each program of a page to be a part of the example. */
  requirePasted(page: string, files: readonly string[]): void {
    const texts = files.map((file) => readFileSync(join(this.folder, file), 'utf8'))
    const programs = [...readFileSync(page, 'utf8').matchAll(/^```(?:python|groovy|ini)\n([^]*?)^```$/gm)]
    assert.ok(programs.length > 0, `${page} has nothing to paste`)
    for (const [, program] of programs)
      assert.ok(
        texts.some((text) => text.includes(program!)),
        `not in the example: ${program}`,
      )
  }
}
