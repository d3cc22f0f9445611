import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ownFolder } from './files.ts'

/* What formats need comes with doltflow: here it lies where no package is. */

const folder = ownFolder()
beforeAll(() => {
  cpSync('dist', folder.path('dist'), { recursive: true })
  writeFileSync(folder.path('package.json'), '{"type":"module"}')
  writeFileSync(
    folder.path('write.js'),
    `import { runJob } from './dist/formats/job.js'
     const [, , format, kind] = process.argv
     const columns = [{ name: 'a', type: 'any' }]
     const job = kind === 'read' ? { kind, format, path: 'package.json', options: {} } : { kind, format, columns, options: {} }
     async function* input() { yield Buffer.from('1\\n') }
     try {
       for await (const _ of runJob(job, { input }));
       console.log('done')
     } catch ({ code, message }) {
       console.log(code, message)
     }`,
  )
})
afterAll(folder.remove)

const run = (format: string, kind: string): string =>
  execFileSync(process.execPath, ['write.js', format, kind], { cwd: folder.path(''), encoding: 'utf8' })

it('says that an installation without its packages is broken', () => {
  for (const kind of ['read', 'write'])
    expect(run('parquet', kind)).toMatch(/^PACKAGE_MISSING .* package (hyparquet|fzstd).* Install doltflow again\./)
})

it.each(['jsonl', 'json', 'xlsx', 'arrow'])('%s needs no package to write', (format) => {
  expect(run(format, 'write')).toBe('done\n')
})

function importsOf(text: string): string[] {
  const { staticImports, staticExports, dynamicImports } = parseSync('x.js', text).module
  return [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1)),
  ]
}

it('names each package that its files import', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, object>
  const known = new Set([...Object.keys(dependencies!), ...Object.keys(peerDependencies!)])
  // The command line is in the package as bundles: `dist/cli` isn't.
  const files = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.js') && !path.startsWith('cli/'),
  )
  const packages = new Set(
    files
      .flatMap((path) => importsOf(readFileSync(join('dist', path), 'utf8')))
      .filter((name) => !/^(\.|node:)/.test(name))
      .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]),
  )
  expect([...packages].filter((name) => !known.has(name))).toEqual([])
  expect(packages).toContain('hyparquet')
})
