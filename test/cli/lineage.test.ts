import { afterAll, beforeEach, expect, test } from 'vitest'
import { Folder } from './cli.ts'

let folder: Folder
const made: Folder[] = []
beforeEach(async () => {
  folder = new Folder()
  made.push(folder)
  folder.write('raw.csv', 'id,price\n1,10\n2,20\n')
  await folder.run(['init'])
  await folder.run(['save', 'raw', 'raw.csv', '--key', 'id', '--source', 'shop:raw'])
  folder.putOnPath()
})
afterAll(() => {
  for (const one of made) one.remove()
})
const run = (script: string, ...options: string[]) =>
  folder.run(['run', ...options, '--', 'sh', '-c', script], { env: { PATH: `${folder.path}:${process.env['PATH']}` } })
const steps =
  'doltflow step clean --in raw --out clean --key id -- cp {raw} {clean} && doltflow step totals --in clean --out totals --key id -- cp {clean} {totals}'

test('trace, recall, lineage and plan of a pipeline', async () => {
  await run(steps, '--id', 'r1')
  folder.write('raw.csv', 'id,price\n1,10\n2,21\n')
  await folder.run(['save', 'raw', 'raw.csv', '--run', 'fix', '--source', 'shop:raw'])
  const plan = (await folder.run(['plan'])).out
  expect(plan).toMatch(
    /^clean: cp '\{raw\}' '\{clean\}'\n {2}because raw: 1 modified \(column price\) since run r1\ntotals \(if that makes something else\): cp/,
  )
  await run(steps, '--id', 'r2')
  const trace = (await folder.run(['trace', 'totals', '2', 'price'])).out
  expect(trace).toMatch(
    /^totals 2 price: 20 → 21\ntotals \w{7}  .*\[step totals, run r2\]\n {2}clean \w{7}  .*\[step clean, run r2\]\n {4}raw \w{7}  .*\[run fix\] from shop:raw\n$/,
  )
  const recall = (await folder.run(['recall', 'fix'])).out
  expect(recall).toMatch(
    /^wrote raw \w{7}\nread by step clean, run r2 at .*, through raw\nread by step totals, run r2 at .*\nTo mend it, run again in this order: clean, totals\n$/,
  )
  expect((await folder.run(['lineage', 'clean'])).out).toBe(
    'file shop:raw → raw\nraw → step clean\nstep clean → clean\nclean → step totals\nstep totals → totals\nfile shop:raw → step run fix\nstep run fix → raw\n',
  )
  expect((await folder.run(['lineage', '--format', 'mermaid'])).out).toContain('flowchart LR\n')
  expect((await folder.run(['lineage', '--format', 'dot'])).out).toMatch(
    /^digraph lineage \{\n {2}rankdir=LR\n {2}n0 \[label="/,
  )
  expect((await folder.run(['trace', 'totals', '2', 'odd'])).err).toContain('has no column odd')
  expect((await folder.run(['plan'])).out).toBe('Nothing must run again.\n')
})

test('repro: the recorded command again, compared; nothing of it stays', async () => {
  await run(`${steps} && date +%N > now.txt`, '--id', 'r1')
  const env = { PATH: `${folder.path}:${process.env['PATH']}` }
  const before = await folder.run(['branch', '--json'])
  const same = await folder.run(['repro', 'r1'], { env })
  expect(same.out).toContain('clean: the same\ntotals: the same\nThe run r1 is reproducible.\n')
  expect(same.code).toBe(0)
  await run("printf 'id,t\\n1,'$(date +%s%N)'\\n' > t.csv && doltflow save t t.csv --key id", '--id', 'r2')
  const other = await folder.run(['repro', 'r2'], { env })
  expect(other.code).toBe(5)
  expect(other.out).toContain('t: differs, +0 ~1 -0')
  expect((await folder.run(['branch', '--json'])).json.branches.map(({ name }: { name: string }) => name)).toEqual(
    before.json.branches.map(({ name }: { name: string }) => name),
  )
  expect((await folder.run(['repro', 'nothing'])).err).toContain('RUN_NOT_FOUND')
})
