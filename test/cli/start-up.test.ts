import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/*
 * What a command opens before it does anything. Time is measured by bench/; files and threads can be counted. The log
 * opened 202 modules of doltflow's own before it was bundled.
 */

const CLI = resolve('dist/bin/doltflow.js')
const folder = mkdtempSync(join(tmpdir(), 'doltflow-start-up-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(() => {
  writeFileSync(join(folder, 't.csv'), 'id,a\n1,x\n')
  doltflow(['init'])
  doltflow(['save', 't', 't.csv', '--key', 'id'])
})

function doltflow(words: readonly string[], env: Record<string, string> = {}): string {
  return execFileSync(process.execPath, [CLI, ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
}

/** The files that each thread of a command had, as V8 counts them. */
function opened(words: readonly string[]): string[][] {
  const counts = join(folder, 'counts')
  mkdirSync(counts)
  try {
    doltflow(words, { NODE_V8_COVERAGE: counts })
    return readdirSync(counts).map((name) => {
      const { result } = JSON.parse(readFileSync(join(counts, name), 'utf8')) as { result: { url: string }[] }
      return result.map(({ url }) => url).filter((url) => url.startsWith('file:'))
    })
  } finally {
    rmSync(counts, { recursive: true })
  }
}

describe('a command', () => {
  it('opens hardly a file to say its version', () => {
    expect(opened(['--version']).flat()).toHaveLength(2)
  })

  it.each([[['log']], [['status']], [['tables']], [['branch']], [['schema', 't']], [['save', 't', 't.csv']]])(
    '%j opens few files, and starts no thread',
    (words) => {
      const threads = opened(words)
      expect(threads).toHaveLength(1)
      const all = threads.flat()
      expect(all.length, all.join('\n')).toBeGreaterThan(3)
      expect(all.length, all.join('\n')).toBeLessThanOrEqual(12)
    },
  )

  it('has no other engine, and no package of another one', () => {
    const all = opened(['log']).flat().join('\n')
    expect(all).not.toMatch(/mysql2|hyparquet|apache-arrow|client-s3|mcp-sdk|doltflow-(dolt|memory|through-bucket)-/)
  })

  it('has a thread for what may take long, so that an interrupt is heard', () => {
    writeFileSync(
      join(folder, 'large.csv'),
      `id,a\n${Array.from({ length: 50_000 }, (_, at) => `${at},x`).join('\n')}\n`,
    )
    expect(opened(['save', 'large', 'large.csv', '--key', 'id'])).toHaveLength(2)
  })

  it('has stacks that end in TypeScript', () => {
    writeFileSync(join(folder, 'not-a.db'), 'x'.repeat(8192))
    expect(() => doltflow(['log', '--db', 'not-a.db', '--debug'])).toThrow(/src\/[\w/-]+\.ts:\d+/)
  })
})
