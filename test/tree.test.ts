import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** What each part of src/ may import, from the face down to the ground. CONTRIBUTING's map says the same in words. */
const MAY_IMPORT: Record<string, string[]> = {
  'index.ts': [
    'database.ts',
    'open.ts',
    'verbs',
    'remotes',
    'engines',
    'files',
    'history',
    'sinks',
    'formats',
    'model',
  ],
  cli: ['open.ts', 'database.ts', 'verbs', 'files', 'formats', 'model'],
  'open.ts': ['database.ts', 'verbs', 'engines', 'system', 'model'],
  'database.ts': ['context.ts', 'verbs', 'files', 'history', 'model'],
  verbs: ['context.ts', 'remotes', 'publishing', 'sinks', 'history', 'files', 'engines', 'formats', 'system', 'model'],
  'context.ts': ['publishing', 'sinks', 'history', 'engines'],
  remotes: ['publishing', 'history', 'engines', 'system', 'model'],
  publishing: ['sinks', 'history', 'engines', 'system', 'model'],
  sinks: ['history', 'engines', 'model'],
  history: ['engines', 'model'],
  files: ['engines', 'formats', 'system', 'model'],
  engines: ['formats', 'system', 'model'],
  formats: ['system', 'model'],
  system: ['model'],
  model: [],
  'types.ts': [],
  'errors.ts': [],
}
/** The ground, which everything stands on. */
const GROUND = ['types.ts', 'errors.ts']

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const partOf = (path: string): string => path.split('/')[0]!

function importsOf(file: string): string[] {
  const text = readFileSync(join('src', file), 'utf8')
  return [...text.matchAll(/(?:from |import\()\s*'(\.[^']+)'/g)].map(([, target]) => join(dirname(file), target!))
}

describe('the tree of src/', () => {
  it('has the face and the ground at its root, and no other file', () => {
    const root = files.filter((file) => !file.includes('/')).toSorted()
    expect(root).toEqual(['context.ts', 'database.ts', 'errors.ts', 'index.ts', 'open.ts', 'types.ts'])
  })

  it('has arrows that go down only', () => {
    const up = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => partOf(target) !== partOf(file) && !GROUND.includes(target))
        .filter((target) => !MAY_IMPORT[partOf(file)]?.includes(partOf(target)))
        .map((target) => `${file} -> ${target}`),
    )
    expect(up).toEqual([])
  })

  it('has no file of more than 350 lines', () => {
    const long = files
      .map((file) => ({ file, lines: readFileSync(join('src', file), 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 350)
    expect(long).toEqual([])
  })
})
