import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bench, describeOf, type EngineUnderTest } from '../bench.ts'
import { makeReadableCopy, type ReadableCopy } from '../readable-copy.ts'

const NOBODY = 65534
const LIBRARY = new URL('../../../dist/index.js', import.meta.url)

/** What a user who may only read does; told to him as a program. */
const READER = `
  const [library, url, folder] = process.argv.slice(1)
  const { open } = await import(library)
  const { readFileSync } = await import('node:fs')
  const told = {}
  const database = await open(url)
  const text = async (table, at, name, options = {}) => {
    const action = await database.load(table, folder + '/' + name, { at, ...options })
    told[name + ' notices'] = action.notices.map(({ code }) => code)
    return readFileSync(folder + '/' + name, 'utf8')
  }
  told.foo = await text('foo', 'HEAD', 'foo.csv')
  told.old = await text('foo', 'HEAD~2', 'old.csv')
  told.dropped = await text('gone', 'HEAD~2', 'gone.csv')
  told.recorded = await text('foo', 'HEAD', 'run.csv', { run: 'r' })
  told.sql = await text({ sql: 'SELECT count(*) AS n FROM foo' }, 'HEAD', 'sql.csv')
  told.rows = []
  for await (const { rows } of database.rows('foo', { as: 'batches' })) told.rows.push(...rows)
  told.log = (await database.log()).length
  told.diff = []
  for await (const row of database.diff('foo')) told.diff.push(row.kind)
  told.blame = (await database.blame('foo')).length
  told.actions = (await database.actions()).length
  told.branches = (await database.branches()).map(({ name }) => name)
  told.status = (await database.status()).readOnly
  const code = async (work) => { try { await work(); return 'done' } catch (error) { return error.code ?? error.stack } }
  told.save = await code(() => database.save('foo', { rows: [{ id: 1, a: 2 }] }))
  told.tag = await code(() => database.createTag('t'))
  await database.close()
  console.log(JSON.stringify(told))
`

export function readOnlyContract(engine: EngineUnderTest): void {
  // Permissions bind nobody who is root, so that a child of another user reads.
  if (process.platform === 'win32') return
  describeOf(engine, 'readOnly', 'a database that may only be read', () => {
    const bench = new Bench(engine)
    const root = process.getuid?.() === 0
    let copy: ReadableCopy | undefined
    beforeAll(() => {
      if (root) copy = makeReadableCopy()
    })
    afterAll(async () => {
      await bench.end()
      copy?.remove()
    })

    async function filled(): Promise<{ url: string; log: number }> {
      const url = bench.url()
      const database = await bench.open(url)
      await bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id' })
      await bench.save(database, 'gone', 'id,a\n7,y\n', { key: 'id' })
      await database.drop('gone')
      await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n')
      const log = (await database.log()).length
      await database.close()
      return { url, log }
    }

    test.for(engine.readOnly)('$name: loads all, saves nothing', async ({ make }) => {
      const { url, log } = await filled()
      const reader = await make(url)
      const out = dirname(bench.file(''))
      chmodSync(out, 0o777)
      const { node, library } = copy ?? { node: process.execPath, library: LIBRARY.href }
      const child = spawnSync(node, ['--input-type=module', '-e', READER, library, reader.url, out], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] ?? '', XDG_CACHE_HOME: join(out, 'cache'), HOME: out, ...reader.env },
        ...(root ? { uid: NOBODY, gid: NOBODY } : {}),
      })
      await reader.end()
      expect(child).toMatchObject({ stderr: '', status: 0 })
      const told = JSON.parse(child.stdout) as Record<string, unknown>
      expect(told).toMatchObject({
        foo: 'id,a\n1,x\n2,y\n',
        old: 'id,a\n1,x\n',
        dropped: 'id,a\n7,y\n',
        recorded: 'id,a\n1,x\n2,y\n',
        'run.csv notices': ['TABLE_SINK_LEFT_OUT'],
        'foo.csv notices': [],
        sql: 'n\n2\n',
        rows: [
          [1, 'x'],
          [2, 'y'],
        ],
        log,
        diff: ['added'],
        blame: 2,
        actions: 4,
        branches: ['main'],
        save: 'DATABASE_READ_ONLY',
        tag: 'DATABASE_READ_ONLY',
      })
      expect(told['status']).toMatch(/may only be read/)
    })
  })
}
