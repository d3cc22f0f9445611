import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const codes = [...readFileSync('src/errors.ts', 'utf8').matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code]) => code!)
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && path !== 'errors.ts')
  .map((path) => readFileSync(`src/${path}`, 'utf8'))
  .join('\n')

describe('docs/errors.md', () => {
  const documented = new Set(
    readFileSync('docs/errors.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `') && !line.startsWith('| `UsageError') && !line.includes('Error`'))
      .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code!)),
  )

  it.each(codes)('has %s', (code) => {
    expect([...documented]).toContain(code)
  })

  it('has no code that src/errors.ts has not', () => {
    expect([...documented].filter((code) => !codes.includes(code))).toEqual([])
  })
})

describe('src/errors.ts', () => {
  it.each(codes)('%s is raised somewhere', (code) => {
    expect(sources.includes(`'${code}'`)).toBe(true)
  })
})

describe('README.md', () => {
  it('links to files that are there', () => {
    for (const [, path] of readFileSync('README.md', 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect(readFileSync(path!, 'utf8').length).toBeGreaterThan(0)
  })
})
