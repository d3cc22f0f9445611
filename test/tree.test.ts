import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** What each part of src/ may import, from the face down to the ground. CONTRIBUTING's map says the same in words. */
const MAY_IMPORT: Record<string, string[]> = {
  'index.ts': [
    'database.ts',
    'open.ts',
    'verbs',
    'runs',
    'checks',
    'publishing',
    'remotes',
    'engines',
    'files',
    'history',
    'sinks',
    'formats',
    'model',
  ],
  step: ['open.ts', 'database.ts', 'verbs', 'runs', 'files', 'model'],
  cli: ['open.ts', 'database.ts', 'verbs', 'runs', 'files', 'formats', 'system', 'model'],
  'open.ts': ['database.ts', 'verbs', 'sinks', 'engines', 'system', 'model'],
  'database.ts': ['context.ts', 'verbs', 'runs', 'files', 'history', 'model'],
  verbs: [
    'context.ts',
    'runs',
    'remotes',
    'publishing',
    'checks',
    'sinks',
    'history',
    'files',
    'engines',
    'formats',
    'system',
    'model',
  ],
  runs: ['engines', 'system', 'model'],
  'context.ts': ['publishing', 'sinks', 'history', 'engines'],
  remotes: ['publishing', 'checks', 'history', 'engines', 'system', 'model'],
  publishing: ['sinks', 'checks', 'history', 'engines', 'system', 'model'],
  checks: ['history', 'engines', 'system', 'model'],
  sinks: ['history', 'engines', 'system', 'model'],
  history: ['engines', 'model'],
  files: ['engines', 'formats', 'system', 'model'],
  engines: ['formats', 'system', 'model'],
  formats: ['system', 'model'],
  system: ['model'],
  model: [],
  'types.ts': [],
  'spelling.ts': [],
  'errors.ts': [],
}
/** The ground, which everything stands on. */
const GROUND = ['types.ts', 'errors.ts', 'spelling.ts']

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const partOf = (path: string): string => path.split('/')[0]!

function importsOf(file: string): string[] {
  const text = readFileSync(join('src', file), 'utf8')
  return [...text.matchAll(/(?:from |import\()\s*'(\.[^']+)'/g)].map(([, target]) => join(dirname(file), target!))
}

describe('the tree of src/', () => {
  it('has the face and the ground at its root, and no other file', () => {
    const root = files.filter((file) => !file.includes('/')).toSorted()
    expect(root).toEqual(['context.ts', 'database.ts', 'errors.ts', 'index.ts', 'open.ts', 'spelling.ts', 'types.ts'])
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

  it('has no two exported types of one name, but for what each engine calls its connection', () => {
    const names = files.flatMap((file) => {
      const text = readFileSync(join('src', file), 'utf8')
      return [...text.matchAll(/^export (?:abstract )?(?:interface|type|class|enum) (\w+)/gm)].map(([, name]) => name!)
    })
    const twice = names.filter((name, at) => names.indexOf(name) !== at)
    expect([...new Set(twice)]).toEqual(['Connection'])
  })

  it('has no file of more than 350 lines', () => {
    const all = ['src', 'page', 'test', 'python', 'bench', 'scripts', 'examples'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(tsx?|mjs|py)$/.test(file) && !/node_modules|\.venv|_cli|types.examples/.test(file))
        .map((file) => join(folder, file)),
    )
    const long = all
      .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 350)
    expect(long).toEqual([])
  })

  // Fault: an action was made empty and filled by 37 statements in six files; when one of its fields was right, none said.
  it('composes an action in one place, and writes its fields nowhere else', () => {
    const ownFields = 'sourceHash|fromCommit|fileCommit|toCommit|tableHash|durationMs|startedAt|notices'
    const fields = `${ownFields}|changed|merged|rows|added|modified|removed|branch|table|file|sql|data|run|step|author`
    const writes = [
      /Object\.assign\((?:\w+\.)*(?:action|main|first)\b/gi,
      new RegExp(`\\.(?:${ownFields})\\s*(?:[-+*|&?]{0,2}=(?![=>])|\\+\\+)`, 'g'),
      new RegExp(`\\baction\\w*(?:\\[\\w+\\])?!?\\.(?:${fields})\\s*(?:[-+*|&?]{0,2}=(?![=>])|\\+\\+)`, 'gi'),
      /\.notices\.(?:push|unshift|splice)\b/g,
      /(?:const|let) \w+: Action = \{|\bas (?:unknown as )?Action\b(?!\[)/g,
    ]
    const found = files
      .filter((file) => file !== 'model/action.ts')
      .flatMap((file) => {
        const text = readFileSync(join('src', file), 'utf8')
        return writes.flatMap((write) => (text.match(write) ?? []).map((match) => `${file}: ${match}`))
      })
    expect(found).toEqual([])
  })

  it('waits in one place', () => {
    const found = files
      .filter((file) => file !== 'system/wait.ts')
      .flatMap((file) => {
        const text = readFileSync(join('src', file), 'utf8')
        const waits = text.match(/setTimeout\((?:resolve|done)\b|Atomics\.wait\(|timers\/promises/g) ?? []
        return waits.map((match) => `${file}: ${match}`)
      })
    expect(found).toEqual([])
  })

  // Fault: which text is a number stood twice, a value's text five times, and they had begun to differ.
  it('reads what a type pins, and makes Base64 of bytes, in one place', () => {
    // Dolt's own types, which have a precision, too.
    const others = ['model/cells.ts', 'model/column-type.ts', 'engines/dolt/saving/native-types.ts']
    const found = files
      .filter((file) => !others.includes(file))
      .flatMap((file) => {
        const text = readFileSync(join('src', file), 'utf8')
        const rules = text.match(/decimal\\\(|\btype\.startsWith\('decimal'|toString\('base64'\)/g) ?? []
        return rules.map((match) => `${file}: ${match}`)
      })
    expect(found).toEqual([])
  })
})
