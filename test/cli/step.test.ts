import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { Folder } from './cli.ts'

let folder: Folder
const made: Folder[] = []
beforeEach(async () => {
  folder = new Folder()
  made.push(folder)
  folder.write('raw.csv', 'id,price\n1,10\n2,20\n')
  await folder.run(['init'])
  await folder.run(['save', 'raw', 'raw.csv', '--key', 'id'])
})
afterAll(() => {
  for (const one of made) one.remove()
})
const step = (script: string, ...options: string[]) =>
  folder.run(['step', 'clean', ...options, '--', 'sh', '-c', script])
const read = (name: string) => readFileSync(join(folder.path, name), 'utf8')
const table = async (name: string) => (await folder.run(['load', name])).out
const dropFirst = ['--in', 'raw', '--out', 'clean', '--key', 'id']

test('the command finds files in its words and its environment; the second time nothing runs', async () => {
  const first = await step('grep -v "^1" {raw} > {clean}; echo ran >> ran.txt', ...dropFirst)
  expect(first.code).toBe(0)
  expect(first.out).toMatch(
    /^clean: ran, .*\n {2}because it never ran with success\n {2}clean: 1 row, \+1 ~0 -0, main /,
  )
  expect(await table('clean')).toBe('id,price\n2,20\n')
  const second = await step('grep -v "^1" {raw} > {clean}; echo ran >> ran.txt', ...dropFirst)
  expect(second.out).toMatch(/^clean: skipped, its result is that of 20/)
  expect(read('ran.txt')).toBe('ran\n')
  folder.write('raw.csv', 'id,price\n1,10\n2,22\n3,30\n')
  await folder.run(['save', 'raw', 'raw.csv'])
  const plan = await folder.run(['step', 'clean', ...dropFirst, '--plan'])
  expect(plan.out).toMatch(/^clean: would run\n {2}because raw: 1 added, 1 modified \(column price\) since 20/)
  const third = await step(
    'tail -n +3 "$DOLTFLOW_IN_RAW" | sed 1iid,price > "$DOLTFLOW_OUT_CLEAN"',
    ...dropFirst,
    '--json',
  )
  expect(third.json).toMatchObject({ status: 'done', step: 'clean', causes: [{ kind: 'table', name: 'raw' }] })
  expect(await table('clean')).toBe('id,price\n2,22\n3,30\n')
  expect((await folder.run(['why', 'clean'])).out).toMatch(/^clean \(20.*\) ran\n {2}because raw: 1 added/)
  const { json } = await folder.run(['steps', '--json'])
  expect(json.steps.map(({ status }: { status: string }) => status)).toEqual(['done', 'skipped', 'done'])
})

test('a command that fails: its exit status, and nothing is published', async () => {
  const failed = await step('echo id > {clean}; exit 7', ...dropFirst)
  expect(failed.code).toBe(7)
  expect(failed.err).toContain('The step clean failed: sh ended with status 7. Nothing was published.')
  expect((await folder.run(['tables', '--json'])).json.tables).toHaveLength(1)
  expect((await folder.run(['why', 'clean', '--json'])).json).toMatchObject({ status: 'failed' })
  const missing = await step('true', ...dropFirst)
  expect(missing.code).toBe(1)
  expect(missing.err).toContain('The command left no file for the output clean')
})

test('files of one’s own are left alone if they have these bytes, and written from the table if not', async () => {
  const own = ['--in', 'raw=in.csv', '--out', 'clean=out.csv', '--key', 'id', '--param', 'n=1', '--code', 'raw.csv']
  await step('cp {in:raw} {out:clean}', ...own)
  const before = statSync(join(folder.path, 'out.csv'), { bigint: true }).mtimeNs
  expect((await step('false', ...own)).code).toBe(0)
  expect(statSync(join(folder.path, 'out.csv'), { bigint: true }).mtimeNs).toBe(before)
  folder.write('out.csv', 'scribble\n')
  expect((await step('false', ...own)).code).toBe(0)
  expect(read('out.csv')).toBe('id,price\n1,10\n2,20\n')
  expect((await step('exit 3', ...own, '--param', 'n=2')).code).toBe(3)
})

test('rows that changed, of an input and of a table', async () => {
  const own = ['--in', 'raw:changes+before', '--out-file', 'seen.csv']
  await step('cp {raw} seen.csv', ...own)
  folder.write('raw.csv', 'id,price\n1,11\n3,30\n')
  await folder.run(['save', 'raw', 'raw.csv'])
  expect((await folder.run(['changes', 'raw', '--since', 'step:clean'])).out).toBe(
    'id,price,_change\n1,11,modified\n2,20,removed\n3,30,added\n',
  )
  await step('cp {raw} seen.csv', ...own)
  expect(read('seen.csv')).toBe(
    'id,price,_change,_before_id,_before_price\n1,11,modified,1,10\n2,20,removed,2,20\n3,30,added,,\n',
  )
  expect((await folder.run(['changes', 'raw', '--since', 'HEAD~1', '--json'])).json.rows).toHaveLength(3)
  folder.write('raw.csv', 'id,price,more\n1,11,x\n')
  await folder.run(['save', 'raw', 'raw.csv'])
  const all = await folder.run(['changes', 'raw', '--since', 'HEAD~1'])
  expect(all.err).toContain('note: all rows, as added: its key or its columns changed')
  expect(all.out).toBe('id,price,more,_change\n1,11,x,added\n')
})

test('records name no temporary file', async () => {
  await folder.run(['step', 'copy', '--run', 'r1', '--in', 'raw', '--out', 'copied', '--', 'cp', '{raw}', '{copied}'])
  const { json } = await folder.run(['actions', '--run', 'r1', '--json'])
  expect(json.actions.map(({ kind, file }: Record<string, string>) => [kind, file])).toEqual([
    ['load', 'step:copy'],
    ['save', 'step:copy'],
  ])
})

test('words that name nothing are refused', async () => {
  expect((await step('true', '--in', '@x')).err).toContain('--in "@x" names no table')
  expect((await step('true', '--out', 'a', '--out', 'b', '--key', 'id')).err).toContain('--key "id" names no output')
  expect((await step('cp {raw} x', '--in', 'raw', '--out', 'raw')).err).toContain('{raw} is an input and an output')
  expect((await folder.run(['step', 'clean'])).err).toContain('needs a command behind --')
  expect((await folder.run(['why', 'nothing'])).err).toContain('STEP_NOT_FOUND')
})
