import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Database } from '../dist/index.js'
import * as api from '../scripts/api-reference.mjs'

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
  // Fault: a merge had left its marks, and both its sides.
  it('and no page of docs/ has marks of a merge', () => {
    const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...readdirSync('docs').map((name) => `docs/${name}`)]
    expect(pages.filter((page) => /^(<{7} |>{7} |={7}$)/m.test(readFileSync(page, 'utf8')))).toEqual([])
  })

  it('links to files that are there', () => {
    for (const [, path] of readFileSync('README.md', 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect(readFileSync(path!, 'utf8').length).toBeGreaterThan(0)
  })
})

describe('docs/testing.md', () => {
  const testing = readFileSync('docs/testing.md', 'utf8')
  const chapters = testing.split(/^(?=###? )/m)
  const promises = [...readFileSync('README.md', 'utf8').matchAll(/^(\d+)\. \*\*(.+?)\*\*/gm)]

  it('finds the promises of the README', () => expect(promises.length).toBeGreaterThanOrEqual(8))

  it.each(promises.map(([, number, words]) => `${number}. ${words!.replace(/[.:]$/, '')}`))(
    'has tests for "%s"',
    (promise) => {
      const chapter = chapters.find((text) => text.startsWith(`### ${promise}\n`))
      expect(chapter?.match(/^- `(test|bench)\//gm)?.length ?? 0).toBeGreaterThan(0)
    },
  )

  it('names files that are there', () => {
    const named = [...testing.matchAll(/`((?:test|bench)\/[\w./-]+)`/g)].map(([, path]) => path!)
    expect(named.filter((path) => !existsSync(path))).toEqual([])
  })
})

describe('docs/stability.md', () => {
  it('names every trailer that is written', () => {
    const trailers = readFileSync('src/model/trailers.ts', 'utf8').matchAll(/'(Doltflow-[A-Za-z]+)'/g)
    const stability = readFileSync('docs/stability.md', 'utf8')
    for (const [, trailer] of trailers) expect(stability).toContain(`\`${trailer}\``)
  })
})

interface Described {
  name: string
  signature: string
  doc: { text: string; throws: string[]; example?: string } | undefined
}

describe('docs/api.md', () => {
  const groups: { members: Described[] }[] = api.databaseGroups()
  const methods = groups.flatMap(({ members }) => members)
  const functions: Described[] = api.functions()
  const types: (Described & { node: any; file: any })[] = api.types()
  const fields = types.flatMap((type) => {
    const members: Described[] = type.node.type === 'TSInterfaceDeclaration' ? api.membersOf(type) : []
    return members.map(({ name, doc }) => ({ name: `${type.name}.${name}`, doc }))
  })

  it('is what `npm run docs` writes, and so are its examples, which the compiler reads', () => {
    expect(readFileSync('docs/api.md', 'utf8')).toBe(api.apiReference())
    expect(readFileSync('test/types/examples.ts', 'utf8')).toBe(api.examples())
  })

  it("names no type that a caller can not import, but for the language's own", () => {
    const own = [
      'AbortSignal',
      'AsyncGenerator',
      'AsyncIterable',
      'Exclude',
      'Iterable',
      'Omit',
      'Promise',
      'ReadableStream',
    ]
    const builtIn = [...own, 'Readonly', 'Record', 'URL', 'Uint8Array', 'Writable']
    expect(api.unexportedTypes().filter((name: string) => !builtIn.includes(name))).toEqual([])
  })

  it('has every method of a database', () => {
    const own = Object.getOwnPropertyNames(Database.prototype).filter((name) => name !== 'constructor')
    expect(methods.map(({ name }) => name).filter((name) => !name.startsWith('['))).toEqual(expect.arrayContaining(own))
  })

  it.each([...methods, ...functions])('$name has a sentence, an example and known codes', ({ doc }) => {
    expect(doc?.text).toMatch(/^[A-Z].*\.$/s)
    expect(doc?.example).not.toBeUndefined()
    const named = doc!.throws.join(' ').match(/\b[A-Z]+_[A-Z_]+\b/g) ?? []
    expect(named.filter((code) => !codes.includes(code))).toEqual([])
  })

  it.each(methods)('$name says what it raises', ({ name, signature, doc }) => {
    const raised = doc!.throws.join(' ')
    if (/\(\w/.test(signature)) expect(raised).toMatch(/UsageError|as `(save|load)`/)
    if (!/^(location|name|defaultBranch|close|\[.*\])$/.test(name)) expect(raised).not.toBe('')
  })

  it.each([...types, ...fields])('$name is described', ({ doc }) => {
    expect(doc?.text).toMatch(/\S/)
  })
})
