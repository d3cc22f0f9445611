import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { pythonWithPackages } from './interop/python.ts'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-docs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

/** The blocks of a page in a language, each with the heading before it. */
function blocks(page: string, language: string): { title: string; code: string }[] {
  const found: { title: string; code: string }[] = []
  let title = page
  for (const [, heading, code] of readFileSync(page, 'utf8').matchAll(
    new RegExp(`^#+ (.*)$|^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'),
  ))
    if (heading !== undefined) title = heading
    else found.push({ title, code: code! })
  return found
}

const bin = join(folder, 'bin')
mkdirSync(bin)
writeFileSync(
  join(bin, 'doltflow'),
  `#!/bin/sh\nexec "${process.execPath}" "${resolve('dist/bin/doltflow.js')}" "$@"\n`,
)
chmodSync(join(bin, 'doltflow'), 0o755)

/** A folder of its own, and what has `doltflow` on the PATH. */
function place(): { cwd: string; env: NodeJS.ProcessEnv } {
  const cwd = join(folder, String(++count))
  mkdirSync(cwd)
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DOLTFLOW_')))
  return { cwd, env: { ...env, PATH: `${bin}${delimiter}${process.env['PATH']}` } }
}

describe.each([
  'docs/recipes.md',
  'docs/sinks.md',
  'docs/steps.md',
  'docs/checks.md',
  'docs/lineage.md',
  'docs/review.md',
  'docs/merges.md',
  'docs/pins.md',
  'docs/mcp.md',
])('%s', (page) => {
  it.concurrent.each(blocks(page, 'sh'))('$title', async ({ code }) => {
    const { cwd, env } = place()
    const { stdout } = await promisify(execFile)('bash', ['-eu', '-o', 'pipefail', '-c', code], { cwd, env })
    const wanted = code.match(/^#=> .*/gm)?.map((line) => line.slice('#=> '.length)) ?? []
    expect(`\n${stdout}`).toContain(wanted.length === 0 ? '' : `\n${wanted.join('\n')}\n`)
  })
})

const python = pythonWithPackages()
describe.skipIf(python.missing !== undefined)(
  `docs/with-python.md${python.missing === undefined ? '' : ` (${python.missing})`}`,
  () => {
    it.each(blocks('docs/with-python.md', 'python'))('$title', async ({ code }) => {
      const { cwd, env } = place()
      await promisify(execFile)('python' in python ? python.python : '', ['-c', code], { cwd, env })
    })
  },
)

describe.each([
  'docs/library.md',
  'docs/sinks.md',
  'docs/steps.md',
  'docs/checks.md',
  'docs/review.md',
  'docs/merges.md',
])('%s', (page) => {
  const programs = blocks(page, 'ts')
  const { cwd, env } = place()
  it.each(programs)('$title', ({ code }) => {
    mkdirSync(join(cwd, 'node_modules'), { recursive: true })
    rmSync(join(cwd, 'node_modules', 'doltflow'), { force: true })
    symlinkSync(resolve('.'), join(cwd, 'node_modules', 'doltflow'))
    const file = join(cwd, 'program.mts')
    writeFileSync(file, code)
    writeFileSync(
      join(cwd, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2023',
          strict: true,
          types: ['node'],
          typeRoots: [resolve('node_modules/@types')],
        },
        files: ['program.mts'],
      }),
    )
    execFileSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', cwd], { cwd, env, stdio: 'pipe' })
    execFileSync(process.execPath, [join(cwd, 'program.mjs')], { cwd, env, stdio: 'pipe' })
  })
})
