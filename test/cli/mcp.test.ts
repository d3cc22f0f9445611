import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Folder } from './cli.ts'
import { McpProcess } from './mcp-client.ts'

const MAIN = join(import.meta.dirname, '../../dist/bin/doltflow.js')
const ENDLESS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n'
const folder = new Folder()
const PATH = `${folder.path}:${process.env['PATH']}`

beforeAll(async () => {
  folder.putOnPath()
  const steps =
    'doltflow step clean --in raw --out clean --key id -- cp {raw} {clean} && doltflow step sums --in clean --out sums --key id -- cp {clean} {sums}'
  folder.write('raw.csv', 'id,price\n1,10\n2,20\n')
  await folder.ok('init')
  await folder.ok('save raw raw.csv --key id --source shop:raw')
  await folder.run(['run', '--id', 'r1', '--param', 'day=1', '--', 'sh', '-c', steps], { env: { PATH } })
  folder.write('more.csv', 'id,price\n2,21\n3,30\n')
  await folder.ok('save raw more.csv --mode upsert --new-branch exp')
  const rows = Array.from({ length: 3000 }, (_, at) => `${at},${'x'.repeat(100)}`)
  folder.write('many.csv', `id,t\n${rows.join('\n')}\n`)
  await folder.ok('save many many.csv --key id')
  folder.write('odd.csv', `id,big,n\n1,${'é'.repeat(1_000_000)},9007199254740993\n2,short,7\n`)
  await folder.ok('save odd odd.csv --key id')
  const wide = Array.from({ length: 1200 }, (_, at) => `c${at}`)
  folder.write('wide.csv', `${wide.join(',')}\n${wide.map((name) => name.repeat(200)).join(',')}\n`)
  await folder.ok('save wide wide.csv --key c0')
}, 120_000)
afterAll(() => folder.remove())

const clients: McpProcess[] = []
afterEach(async () => {
  for (const one of clients.splice(0)) await one.client.close().catch(() => {})
})
async function connect(words?: readonly string[], env?: Record<string, string>, at = folder): Promise<McpProcess> {
  const one = await McpProcess.in(at.path, words, env)
  clients.push(one)
  return one
}

/** Every file of the database's folder that is the database's, and what is in it. */
function contents(at: Folder, name: string): Record<string, string> {
  const files = readdirSync(at.path).filter((file) => file.includes(name))
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(at.path, file)))
        .digest('hex'),
    ]),
  )
}

describe('the tools', () => {
  it('are listed, each with what it takes, and none that writes', async () => {
    const { client } = await connect()
    expect(client.getServerVersion()).toMatchObject({ name: 'doltflow' })
    expect(client.getInstructions()).toMatch(/only read/)
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      'status',
      'tables',
      'schema',
      'branches',
      'query',
      'log',
      'diff',
      'review',
      'trace',
      'runs',
      'why',
      'lineage',
    ])
    for (const { annotations, inputSchema, description } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false, openWorldHint: false })
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(description!.length).toBeGreaterThan(60)
    }
    const docs = readFileSync('docs/mcp.md', 'utf8')
    for (const { name } of tools) expect(docs).toContain(`| \`${name}\``)
  })

  it('tell what there is', async () => {
    const mcp = await connect()
    expect(await mcp.ok('status')).toMatchObject({ engine: 'doltlite', readOnly: 'doltflow mcp only reads' })
    const { tables, truncated } = await mcp.ok('tables')
    expect(tables.map(({ name }: { name: string }) => name)).toEqual(['clean', 'many', 'odd', 'raw', 'sums', 'wide'])
    expect(truncated).toBe(false)
    expect((await mcp.ok('tables', { at: 'exp' })).tables).toHaveLength(3)
    expect(await mcp.ok('schema', { table: 'raw' })).toMatchObject({ table: 'raw', key: ['id'] })
    const { branches, defaultBranch } = await mcp.ok('branches')
    expect([defaultBranch, branches.map(({ name }: { name: string }) => name)]).toEqual(['main', ['exp', 'main']])
  })

  it('tell what changed', async () => {
    const mcp = await connect()
    const log = await mcp.ok('log', { table: 'raw', at: 'exp', limit: 1 })
    expect(log).toMatchObject({ commits: [{ message: 'upsert raw' }], truncated: true })
    expect(await mcp.ok('diff', { from: 'main...exp' })).toMatchObject({
      tables: [{ table: 'raw', added: 1, modified: 1, removed: 0 }],
    })
    expect((await mcp.ok('diff', { to: 'exp' })).tables).toMatchObject([{ table: 'raw', added: 1, modified: 1 }])
    expect(await mcp.ok('diff', { table: 'raw', from: 'main', to: 'exp', limit: 1 })).toMatchObject({
      table: 'raw',
      added: 1,
      modified: 1,
      rows: [{ kind: 'modified', key: { id: 2 }, before: { price: 20 }, after: { price: 21 } }],
      truncated: true,
    })
    const review = await mcp.ok('review', { branch: 'exp' })
    expect(review).toMatchObject({ tables: [{ table: 'raw', added: 1 }], downstream: [{ step: 'clean' }, {}] })
    // Nothing may be written, and the two have parted: what a merge would come to is not tried.
    expect(review.merge).toBeNull()
  })

  it('tell where it comes from', async () => {
    const mcp = await connect()
    expect(await mcp.ok('why', { step: 'clean' })).toMatchObject({ step: 'clean', run: 'r1', status: 'done' })
    const trace = await mcp.ok('trace', { table: 'sums', key: ['2'], column: 'price' })
    expect(trace).toMatchObject({
      by: { step: 'sums' },
      inputs: [{ by: { step: 'clean' }, inputs: [{ table: 'raw' }] }],
    })
    const { edges } = await mcp.ok('lineage', { table: 'clean' })
    expect(edges).toContainEqual({ from: 'step clean', to: 'table clean' })
    expect((await mcp.ok('runs')).runs).toMatchObject([{ id: 'r1', status: 'published', params: { day: 1 } }])
  })

  it('query at a ref, with values', async () => {
    const mcp = await connect()
    const sql = 'SELECT id, price FROM raw WHERE price > ? ORDER BY id'
    const now = await mcp.ok('query', { sql, parameters: [10] })
    expect(now).toMatchObject({ columns: ['id', 'price'], rows: [[2, 20]], truncated: false })
    expect((await mcp.ok('query', { sql, parameters: [10], at: 'exp' })).rows).toEqual([
      [2, 21],
      [3, 30],
    ])
    const named = { sql: 'SELECT :n AS n', parameters: { n: { $integer: '9007199254740993' } } }
    expect((await mcp.ok('query', named)).rows).toEqual([[{ $integer: '9007199254740993' }]])
    expect((await mcp.ok('query', { sql: 'SELECT n FROM odd' })).rows).toEqual([
      [{ $integer: '9007199254740993' }],
      [7],
    ])
    expect((await mcp.ok('query', { sql: "SELECT x'00ff' AS b, 9e999 AS r, NULL AS z" })).rows).toEqual([
      [{ $bytes: 'AP8=' }, { $real: 'Infinity' }, null],
    ])
  })
})

describe('an answer', () => {
  it('has so many rows, and says that there are more', async () => {
    const mcp = await connect()
    const few = await mcp.ok('query', { sql: 'SELECT * FROM many', limit: 5 })
    expect([few.rows.length, few.truncated]).toEqual([5, true])
    const { document, bytes } = await mcp.call('query', { sql: 'SELECT * FROM many', limit: 1000 })
    expect(document.rows.length).toBeGreaterThan(500)
    expect(document).toMatchObject({ truncated: true })
    expect(bytes).toBeLessThanOrEqual(100_000)
    // Fault: all rows were computed before the first was told.
    const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n'
    expect(await mcp.ok('query', { sql: numbers, limit: 2 })).toMatchObject({ rows: [[1], [2]], truncated: true })
    const all = await mcp.ok('query', { sql: 'SELECT id FROM many LIMIT 1000', limit: 1000 })
    expect([all.rows.length, all.truncated]).toEqual([1000, false])
  })

  it('has the beginning of a cell of 1 MB, and says how long it is', async () => {
    const mcp = await connect()
    const { document } = await mcp.call('query', { sql: 'SELECT big FROM odd' })
    expect(document).toMatchObject({ rows: [[{ characters: 1_000_000 }], ['short']], cut: 1, truncated: false })
    expect(document.rows[0][0].$cut).toBe('é'.repeat(2000))
  })

  it('has part of a row that is too wide, and says which', async () => {
    const mcp = await connect()
    for (const [name, args] of [
      ['query', { sql: 'SELECT * FROM wide' }],
      ['diff', { table: 'wide' }],
      ['schema', { table: 'wide' }],
      ['review', { branch: 'main', into: 'exp' }],
    ] as const) {
      const { document, bytes, isError } = await mcp.call(name, args)
      expect([name, isError, document.truncated]).toEqual([name, false, true])
      expect(document.leftOut.length).toBeGreaterThan(0)
      expect(bytes).toBeLessThanOrEqual(100_000)
    }
  })
})

describe('a refusal', () => {
  it('is an error document, and the server goes on', async () => {
    const mcp = await connect()
    const refusals: [string, Record<string, unknown>, string, RegExp][] = [
      ['query', { sql: 'DROP TABLE raw' }, 'SQL_FAILED', /./],
      ['query', { sql: "SELECT writefile('x', 'y')" }, 'SQL_FAILED', /./],
      ['query', { sql: "SELECT dolt_commit('-am', 'x')" }, 'SQL_FAILED', /./],
      ['query', { sql: 'SELECT * FROM rwa' }, 'SQL_FAILED', /rwa/],
      ['query', { sql: 'SELECT 1', limit: 1001 }, 'OPTION_INVALID', /from 1 to 1000/],
      ['query', { sql: 'SELECT 1', limit: '5' }, 'OPTION_INVALID', /"5" as limit/],
      ['query', {}, 'OPTION_INVALID', /needs sql/],
      ['query', { sql: 'SELECT ?', parameters: [] }, 'OPTION_INVALID', /./],
      ['query', { sql: 'SELECT 1', branch: 'x' }, 'OPTION_INVALID', /takes no branch/],
      ['schema', { table: 'rwa' }, 'TABLE_NOT_FOUND', /Did you mean raw/],
      ['tables', { at: 'nope' }, 'REF_NOT_FOUND', /nope/],
      ['trace', { table: 'raw', key: [99] }, 'ROW_NOT_FOUND', /99/],
      ['trace', { table: 'raw', key: [1], column: 'odd' }, 'OPTION_INVALID', /no column odd/],
      ['log', { table: 'rwa' }, 'TABLE_NOT_FOUND', /Did you mean raw/],
      ['runs', { id: 'nope' }, 'RUN_NOT_FOUND', /nope/],
      ['runs', { status: 'odd' }, 'OPTION_INVALID', /one of running/],
    ]
    for (const [name, args, code, message] of refusals) {
      const error = await mcp.refused(name, args)
      expect([name, args, error.code]).toEqual([name, args, code])
      expect(error).toMatchObject({
        message: expect.stringMatching(message),
        retryable: false,
        data: expect.any(Object),
      })
    }
    expect(await mcp.ok('query', { sql: 'SELECT 1 AS one', at: null, parameters: null })).toMatchObject({ rows: [[1]] })
    await expect(mcp.call('quer')).rejects.toThrow(/no tool quer.*Did you mean query/)
    expect(existsSync(join(folder.path, 'x'))).toBe(false)
  })

  it('of a database that is not there ends when it is made', async () => {
    const other = new Folder()
    const mcp = await connect(['--db', 'later.db'], {}, other)
    expect(await mcp.refused('tables')).toMatchObject({ code: 'DATABASE_NOT_FOUND' })
    writeFileSync(join(other.path, 'later.db'), '')
    expect(await mcp.refused('tables')).toMatchObject({ code: 'DATABASE_NOT_FOUND' })
    expect(Object.keys(contents(other, 'later.db'))).toEqual(['later.db'])
    await other.ok('init --db later.db')
    expect(await mcp.ok('tables')).toMatchObject({ tables: [] })
    await mcp.client.close()
    other.remove()
  })

  it('of a query that never ends comes at its time, and others are answered meanwhile', async () => {
    const mcp = await connect()
    const endless = mcp.refused('query', { sql: ENDLESS, timeout: 2000 })
    await expect(mcp.ok('query', { sql: 'SELECT 1' })).resolves.toBeDefined()
    expect(await endless).toMatchObject({ code: 'QUERY_TIMEOUT', message: expect.stringContaining('2 s') })
    // A client that cancels gives the turn back: more than can work at once.
    for (let at = 0; at < 6; at++) {
      const controller = new AbortController()
      const asked = mcp.call('query', { sql: ENDLESS }, { signal: controller.signal })
      await sleep(150)
      controller.abort()
      await expect(asked).rejects.toThrow(/abort/i)
    }
    expect((await mcp.ok('query', { sql: 'SELECT 2 AS two' })).rows).toEqual([[2]])
  }, 30_000)
})

describe('the database', () => {
  it('stays as it is, to the byte', async () => {
    const before = contents(folder, 'doltflow.db')
    const mcp = await connect()
    for (const [name, args] of [
      ['status', {}],
      ['tables', {}],
      ['query', { sql: 'SELECT * FROM raw' }],
      ['diff', { table: 'raw', from: 'main', to: 'exp' }],
      ['review', { branch: 'exp' }],
      ['trace', { table: 'sums', key: [1] }],
      ['lineage', {}],
      ['runs', {}],
    ] as const)
      await mcp.ok(name, args)
    await mcp.client.close()
    expect(contents(folder, 'doltflow.db')).toEqual(before)
  })

  it('has a record of queries only in a run', async () => {
    const mine = folder.copy()
    const plain = await connect([], { DOLTFLOW_SINKS: 'jsonl:told.jsonl' }, mine)
    await plain.ok('query', { sql: 'SELECT 1' })
    await plain.client.close()
    expect(existsSync(join(mine.path, 'told.jsonl'))).toBe(false)
    const running = await connect(['--run', 'asked'], {}, mine)
    await running.ok('query', { sql: 'SELECT * FROM raw' })
    // Where records may be written, a merge is tried, too.
    expect((await running.ok('review', { branch: 'exp' })).merge).toMatchObject({ total: 0 })
    await running.client.close()
    const { actions } = (await mine.ok('actions --run asked --json')).json
    expect(actions).toMatchObject([{ kind: 'load', sql: 'SELECT * FROM raw', rows: 2 }])
    mine.remove()
  })

  it('is read while another process saves', async () => {
    const mine = folder.copy()
    const mcp = await connect([], {}, mine)
    let counted = (await mcp.ok('query', { sql: 'SELECT count(*) FROM raw' })).rows[0][0]
    for (let at = 10; at < 16; at++) {
      mine.write('one.csv', `id,price\n${at},1\n`)
      const saving = spawn(process.execPath, [MAIN, 'save', 'raw', 'one.csv', '--mode', 'append'], { cwd: mine.path })
      const ended = once(saving, 'exit')
      const seen = await mcp.ok('query', { sql: 'SELECT count(*) FROM raw' })
      expect([counted, counted + 1]).toContain(seen.rows[0][0])
      expect((await ended)[0]).toBe(0)
      counted = (await mcp.ok('query', { sql: 'SELECT count(*) FROM raw' })).rows[0][0]
      expect(counted).toBe(at - 7)
      expect(await mcp.ok('tables')).toMatchObject({ truncated: false })
    }
    await mcp.client.close()
    mine.remove()
  }, 60_000)
})

describe('the process', () => {
  const ask = (name: string, args: object): string =>
    `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } })}\n`

  it('answers what was piped in, and ends with its input', async () => {
    const { code, out } = await folder.run(['mcp'], { stdin: ask('query', { sql: 'SELECT 5 AS five' }) })
    expect(code).toBe(0)
    expect(JSON.parse(out).result.structuredContent.rows).toEqual([[5]])
  })

  it.each([
    ['with its input', (child: ReturnType<typeof spawn>) => child.stdin!.end(), 0],
    ['when it is told to', (child: ReturnType<typeof spawn>) => child.kill('SIGTERM'), 143],
  ])(
    'ends %s, though a query never ends',
    async (_how, end, status) => {
      const child = spawn(process.execPath, [MAIN, 'mcp'], { cwd: folder.path, stdio: ['pipe', 'pipe', 'ignore'] })
      const ended = once(child, 'exit')
      child.stdin!.write(ask('query', { sql: ENDLESS }))
      await sleep(1500)
      const since = Date.now()
      end(child)
      expect((await ended)[0]).toBe(status)
      expect(Date.now() - since).toBeLessThan(6000)
    },
    20_000,
  )

  it('says so if it stands at a terminal, or hears no message', async () => {
    const lines = await folder.run(['mcp'], { stdin: 'nonsense\n{}\n[]\n' + ask('query', { sql: 'SELECT 6' }) })
    expect(lines.code).toBe(0)
    expect(lines.out).toContain('[6]')
    const long = await folder.run(['mcp'], { stdin: 'x'.repeat(11 * 2 ** 20) })
    expect([long.code, long.err]).toEqual([2, expect.stringContaining('maximum size')])
  })
})
