import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installLine } from '../../dist/formats/install-line.js'
import { ownFolder } from './files.ts'

/* Packages that a format needs are the user's to install: here doltflow lies where none is. */

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

it.each([
  ['parquet', 'hyparquet hyparquet-writer fzstd'],
  ['arrow', 'apache-arrow fzstd'],
])('%s says what to install, and where', (format, packages) => {
  for (const kind of ['read', 'write']) {
    const said = run(format, kind)
    expect(said).toMatch(/^PACKAGE_MISSING /)
    // A newcomer installed it in the folder that they were in, and got the same error again.
    expect(said).toContain(`npm install --prefix ${folder.path('').replace(/\/$/, '')} ${packages}`)
  }
})

it('knows a program of its own, and a global one', () => {
  const modules = (name: string): string => folder.path(`${name}/node_modules/doltflow/`)
  mkdirSync(folder.path('app'))
  writeFileSync(folder.path('app/package.json'), '{}')
  expect(installLine(['x', 'y'], modules('app'))).toBe(`npm install --prefix ${folder.path('app')} x y`)
  expect(installLine(['x'], modules('lib'))).toBe('npm install -g x')
  expect(installLine(['x'], folder.path('my place'))).toBe(`npm install --prefix '${folder.path('my place')}' x`)
})

it.each(['jsonl', 'json', 'xlsx'])('%s needs none', (format) => {
  expect(run(format, 'write')).toBe('done\n')
})
