import { execFileSync } from 'node:child_process'
import { cpSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
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
  ['parquet', 'npm install hyparquet hyparquet-writer fzstd'],
  ['arrow', 'npm install apache-arrow fzstd'],
])('%s says what to install', (format, command) => {
  for (const kind of ['read', 'write']) {
    const said = run(format, kind)
    expect(said).toMatch(/^PACKAGE_MISSING /)
    expect(said).toContain(command)
  }
})

it.each(['jsonl', 'json', 'xlsx'])('%s needs none', (format) => {
  expect(run(format, 'write')).toBe('done\n')
})
