import { statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { words } from './cli.js'
import { folder, read, useFoo } from './foo.js'

useFoo()

it('writes a file and says so', async () => {
  expect((await folder.ok('load foo out.csv')).out).toMatch(/^out\.csv: 3 rows of foo, main [0-9a-f]{7}, [\d.]+ m?s\n$/)
  expect(read('out.csv')).toBe('a,b\n1,x\n2,y\n3,z\n')
  expect((await folder.ok('load foo out.tsv --json')).json).toMatchObject({ kind: 'load', rows: 3 })
  expect(read('out.tsv')).toBe('a\tb\n1\tx\n2\ty\n3\tz\n')
})

it('leaves an equal file alone with --if-changed', async () => {
  await folder.ok('load foo out.csv')
  utimesSync(join(folder.path, 'out.csv'), 1000, 1000)
  expect((await folder.ok('load foo out.csv --if-changed')).out).toContain('left alone')
  expect(statSync(join(folder.path, 'out.csv')).mtimeMs).toBe(1_000_000)
  expect((await folder.run(words('load foo --if-changed'))).code).toBe(2)
})

it('puts the data on standard output and the document on standard error', async () => {
  const { out, err } = await folder.ok('load foo --json')
  expect(out).toBe('a,b\n1,x\n2,y\n3,z\n')
  expect(JSON.parse(err)).toMatchObject({ kind: 'load', rows: 3 })
})

it('runs a query, at a ref', async () => {
  await folder.ok('save foo - --mode append', { stdin: 'a,b\n4,w\n' })
  const query = ['load', '--sql', 'SELECT count(*) AS n FROM foo']
  expect((await folder.run(query)).out).toBe('n\n4\n')
  expect((await folder.run([...query, 'n.csv', '--at', 'HEAD~1'])).code).toBe(0)
  expect(read('n.csv')).toBe('n\n3\n')
  expect((await folder.run(['load', '--sql', 'SELECT', 'x.csv'])).err).toContain('SQL_FAILED')
  expect((await folder.run([...query, 'foo', 'n.csv'])).code).toBe(2)
  expect((await folder.run(['load'])).code).toBe(2)
})

it('bounds a query by time, rows and memory', async () => {
  const endless = 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c'
  const load = async (sql: string, options: string) => folder.run(['load', '--sql', sql, ...words(options)])
  for (const [options, code] of [
    ['--timeout 300ms', 'QUERY_TIMEOUT'],
    ['--timeout 0.3 out.parquet', 'QUERY_TIMEOUT'],
    ['--max-rows 10 out.csv', 'QUERY_LIMIT'],
  ] as const) {
    const { code: status, err, out } = await load(endless, options)
    expect([options, status, err, out]).toEqual([options, 1, expect.stringContaining(code), ''])
  }
  expect((await load(endless, '--max-rows 5')).err).toContain('QUERY_LIMIT')
  expect((await load('SELECT hex(zeroblob(90000000))', '--max-memory 64')).err).toContain('64 MB')
  expect((await load('SELECT a FROM foo', '--timeout 5m --max-rows 3 --max-memory 100')).out).toBe('a\n1\n2\n3\n')
  expect((await folder.run(words('load foo --max-rows 2'))).err).toContain('QUERY_LIMIT')
  for (const wrong of ['--timeout 0', '--timeout soon', '--timeout 5d', '--max-rows 0', '--max-memory lots'])
    expect([wrong, (await load('SELECT 1', wrong)).code]).toEqual([wrong, 2])
  const { out } = await folder.run(['load', '--sql', endless, '--max-rows', '5'], { tty: true })
  expect(out).toBe('')
})

it('gives values to a query', async () => {
  const named = ['load', '--sql', 'SELECT b FROM foo WHERE a >= :least AND b <> :other ORDER BY a']
  expect((await folder.run([...named, '--param', 'least=2', '--param', 'other=a=b'])).out).toBe('b\ny\nz\n')
  expect(
    (await folder.run(['load', '--sql', 'SELECT a FROM foo WHERE a = ? OR b = ?', '--param', '1', '--param', 'z'])).out,
  ).toBe('a\n1\n3\n')
  expect((await folder.run(['load', '--sql', 'SELECT ? AS v', '--param', '007'])).out).toBe('v\n007\n')
  expect(
    (await folder.run(['load', '--sql', 'SELECT typeof(?) || typeof(?) AS t', '--param', '7', '--param', '07'])).out,
  ).toBe('t\nintegertext\n')
  for (const given of [['--param', 'least=2'], ['--param', '2', '--param', '3'], []])
    expect(await folder.run([...named, ...given])).toMatchObject({ code: 2, out: '' })
  expect((await folder.run(['load', 'foo', '--param', 'a=1'])).err).toContain('--sql')
})

it('shows 20 aligned rows on a terminal, and how many more', async () => {
  const rows = Array.from({ length: 30 }, (_, index) => `${index},${index === 0 ? '""' : 'w'.repeat(index)},`)
  folder.write('big.csv', `id,text,none\n${rows.join('\n')}\n`)
  await folder.ok('save big big.csv --key id')
  const { out } = await folder.ok('load big', { tty: true, columns: 40, env: { NO_COLOR: '1' } })
  const lines = out.split('\n')
  expect(lines[0]).toMatch(/^id {2}text +none$/)
  expect(lines[1]).toMatch(/^ 0 {2}"" +NULL$/)
  expect(lines[21]).toMatch(/^… 10 more of 30 rows; all of them: doltflow load big -$/)
  expect(lines.slice(0, 21).every((line) => line.length <= 40)).toBe(true)
  expect((await folder.ok('load big -', { tty: true })).out.split('\n')).toHaveLength(32)
  expect((await folder.ok('load big --format csv', { tty: true })).out.split('\n')).toHaveLength(32)
  expect((await folder.run(['load', '--sql', 'SELECT id FROM big'], { tty: true })).out).toContain('10 more of 30 rows')
  expect((await folder.ok('load foo', { tty: true })).out).toContain('\u001b[1m')
})

it('records what a run reads, on a terminal, too', async () => {
  await folder.ok('load foo --run r7 --step train', { tty: true })
  await folder.ok('load foo out.csv --run r7')
  const { actions } = (await folder.ok('actions --run r7 --json')).json
  expect(actions.map((action: { kind: string; step: string | null }) => [action.kind, action.step])).toEqual([
    ['load', 'train'],
    ['load', null],
  ])
})
