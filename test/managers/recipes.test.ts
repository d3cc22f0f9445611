import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TableHandle } from '../../dist/index.js'
import { Project } from './engines/project.ts'

/* Engines whose steps call `tableStep` themselves: what their pages in docs/ let one paste is a part of what runs here. */

const ENGINES = [
  { name: 'openworkflow', triesForGood: undefined },
  { name: 'langgraph', triesForGood: 1 },
  // The first, and `retries`.
  { name: 'mastra', triesForGood: 4 },
]

let project: Project
beforeAll(() => {
  project = new Project('recipes')
})
afterAll(() => project && rmSync(project.folder, { recursive: true, force: true }))

/** Runs an example in a folder of its own. */
function run(name: string, env: Record<string, string> = {}): { said: string; status: number | null } {
  const folder = mkdtempSync(join(project.folder, `${name}-`))
  cpSync('examples/recipes', folder, { recursive: true })
  const { stdout, stderr, status } = spawnSync(project.node, [`${name}.mjs`], {
    cwd: folder,
    env: { ...process.env, NODE_NO_WARNINGS: '1', DO_NOT_TRACK: '1', MASTRA_TELEMETRY_DISABLED: '1', ...env },
    encoding: 'utf8',
    timeout: 120_000,
  })
  return { said: stdout + stderr, status }
}

describe.each(ENGINES)('$name', ({ name }) => {
  it('has a page whose programs are parts of the example', () => {
    const example = readFileSync(`examples/recipes/${name}.mjs`, 'utf8')
    const programs = [...readFileSync(`docs/${name}.md`, 'utf8').matchAll(/^```js\n([^]*?)^```$/gm)]
    expect(programs).toHaveLength(2)
    for (const [, program] of programs) expect(example).toContain(program)
  })

  it('tries a step again that failed after its save, which is done once', () => {
    const { said, status } = run(name)
    expect(status, said).toBe(0)
    expect(said.match(/^clean: try \d$/gm)).toEqual(['clean: try 1', 'clean: try 2'])
    const [result] = [...said.matchAll(/^the result: (.*)$/gm)].map(([, text]) => JSON.parse(text!) as TableHandle)
    const saved = [...said.matchAll(/^saved: (.*)$/gm)].map(([, text]) => JSON.parse(text!) as Record<string, string>)
    expect(saved.map(({ table, step }) => [table, step])).toEqual([
      ['orders', null],
      ['clean', 'clean'],
      ['total', 'total'],
    ])
    expect(saved[1]!['run']).toBe(saved[2]!['run'])
    expect(result).toMatchObject({ db: 'pipeline', table: 'total', commit: saved[2]!['toCommit'], rows: 1 })
  })
})

describe.each(ENGINES.filter(({ triesForGood }) => triesForGood !== undefined))('$name', ({ name, triesForGood }) => {
  it('tries what would fail again as often as its page says', () => {
    const { said } = run(name, { KEY: 'nothing' })
    expect(said.match(/^clean: try/gm)).toHaveLength(triesForGood!)
    expect(said).not.toMatch(/^saved: .*"(?:clean|total)"/m)
  })
})
