import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { dolt, missingDolt } from '../engines/dolt-server.ts'

/*
 * The package as its users have it, on each Node. What is larger than Node's pool of small buffers, and what is smaller, go
 * different ways between threads: on Node 26 everything small failed.
 */

const installed = process.env['DOLTFLOW_INSTALLED']!
const nodes = JSON.parse(process.env['DOLTFLOW_NODES']!) as { version: string; path: string }[]
const main = join(installed, 'node_modules/doltflow/dist/bin/doltflow.js')
const run = promisify(execFile)

const CELLS = 'id,text,number\n1,007,0.50\n2,"a ""b"", c",12.00\n3,,1.25\n4,"",\n5,é😀,100.00\n'
const WEATHER = 'id,city,temp\n1,Oslo,4.5\n2,Rome,18.0\n'
const LATER = 'id,city,temp\n1,Oslo,5.0\n2,Rome,18.0\n3,Lima,21.5\n'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

it('runs on the Nodes that the package is for', () => {
  const majors = nodes.map(({ version }) => version.split('.')[0])
  expect(majors).toEqual(expect.arrayContaining(['22', '24', '26']))
})

it('takes less than 50 MB, without the optional packages', () => {
  const modules = join(installed, 'node_modules')
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as {
    packages: Record<string, { optional?: boolean; peer?: boolean }>
  }
  // What S3 and OpenTelemetry need is the user's to install; the tests install it beside.
  const optional = /^node_modules\/(@opentelemetry|@aws|@smithy|@nodable|bowser|fast-xml|strnum|path-expression|xml-)/
  const sizes = Object.keys(lock.packages)
    .filter((path) => !optional.test(path))
    .map((path) => sizeOf(join(installed, path)))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(50e6)
})

/** In bytes, without the packages below it. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => (entry.isDirectory() ? sizeOf(join(folder, entry.name)) : statSync(join(folder, entry.name)).size))
    .reduce((sum, size) => sum + size, 0)
}

describe.each(nodes)('Node $version', ({ version, path: node }) => {
  it('is that version', async () => {
    expect((await run(node, ['--version'])).stdout.trim()).toBe(`v${version}`)
  })

  it.each([
    ['a few rows', CELLS, 5],
    ['rows that fill a page', large(), 40_000],
  ])('saves, loads, queries and compares %s', async (_name, csv, count) => {
    const { script } = await workplace(node, { 'in.csv': csv, 'less.csv': `${csv.split('\n', 3).join('\n')}\n` })
    const got = await script(`
      import { readFileSync } from 'node:fs'
      import { open } from 'doltflow'
      const db = await open('data.db')
      const saved = await db.save('t', 'in.csv', { key: 'id' })
      await db.load('t', 'out.csv')
      const less = await db.save('t', 'less.csv')
      await db.load('t', 'before.csv', { at: 'HEAD~1' })
      let queried = 0
      for await (const { rows } of db.rows({ sql: 'SELECT id, text FROM t WHERE id <= :most', parameters: { most: 2 } }, { at: saved.toCommit, as: 'batches' }))
        queried += rows.length
      let removed = 0
      for await (const { kind } of db.diff('t', saved.toCommit, less.toCommit)) removed += kind === 'removed'
      await db.close()
      const text = (name) => readFileSync(name, 'utf8')
      console.log(JSON.stringify({ rows: saved.rows, same: text('out.csv') === text('in.csv'), before: text('before.csv') === text('in.csv'), queried, removed }))`)
    expect(JSON.parse(got)).toEqual({ rows: count, same: true, before: true, queried: 2, removed: count - 2 })
  })

  it.each(['csv.gz', 'tsv', 'jsonl', 'json', 'xlsx', 'parquet', 'arrow'])(
    '%s holds the same table',
    async (extension) => {
      const { cli } = await workplace(node, { 'in.csv': CELLS })
      await cli('save', 't', 'in.csv', '--key', 'id', '--db', 'doltflow.db')
      await cli('load', 't', `out.${extension}`)
      const saved = JSON.parse(await cli('save', 't', `out.${extension}`, '--json')) as { changed: boolean }
      expect(saved.changed).toBe(false)
    },
  )

  it('plays the first minute of the README on the command line', async () => {
    const { cli, write } = await workplace(node, { 'weather.csv': WEATHER })
    await cli('init')
    await cli('save', 'weather', 'weather.csv', '--key', 'id')
    write('weather.csv', LATER)
    await cli('save', 'weather', 'weather.csv')
    const { rows } = JSON.parse(await cli('diff', 'weather', '--json')) as { rows: { kind: string }[] }
    expect(rows.map(({ kind }) => kind).toSorted()).toEqual(['added', 'modified'])
    expect(await cli('load', 'weather', '--at', 'HEAD~1')).toBe(WEATHER)
    expect(await cli('load', '--sql', 'SELECT city FROM weather WHERE id = 3')).toBe('city\nLima\n')
    expect(await cli('blame', 'weather', '1')).toContain('1')
  })

  it('is required from CommonJS', async () => {
    const { path } = await workplace(node, {
      'main.cjs': `const { open } = require('doltflow'); open('none.db').then((db) => db.load('t', 'out.csv')).catch((error) => console.log(error.code))`,
    })
    expect((await run(node, ['main.cjs'], { cwd: path })).stdout).toBe('DATABASE_NOT_FOUND\n')
  })

  it.skipIf(missingDolt() !== undefined)('works on a Dolt server', async () => {
    const { cli } = await workplace(node, { 'in.csv': CELLS })
    await cli('save', 't', 'in.csv', '--key', 'id', '--db', 'dolt:repo')
    expect(await cli('load', 't', '--db', 'dolt:repo')).toBe(CELLS)
  })
})

/** Rows of more bytes than a page has, in key order. */
function large(): string {
  const rows = Array.from({ length: 40_000 }, (_, index) => `${index + 1},${'x'.repeat(index % 150)}y,${index}.25`)
  return `id,text,number\n${rows.join('\n')}\n`
}

/** A folder beside the installed package, with some files. */
async function workplace(node: string, files: Record<string, string>) {
  const path = mkdtempSync(join(installed, 'work-'))
  folders.push(path)
  const write = (name: string, text: string): void => writeFileSync(join(path, name), text)
  for (const [name, text] of Object.entries(files)) write(name, text)
  const env = { ...process.env, DOLTFLOW_DOLT: dolt(), GIT_CONFIG_GLOBAL: '/dev/null', HOME: path }
  const of = async (...args: string[]): Promise<string> => (await run(node, args, { cwd: path, env })).stdout
  return {
    path,
    write,
    cli: (...args: string[]) => of(main, ...args),
    script: (code: string) => (write('script.mjs', code), of('script.mjs')),
  }
}
