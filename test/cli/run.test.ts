import { afterAll, beforeEach, expect, test } from 'vitest'
import { Folder } from './cli.ts'

let folder: Folder
const made: Folder[] = []
beforeEach(async () => {
  folder = new Folder()
  made.push(folder)
  folder.write('foo.csv', 'a,b\n1,x\n')
  folder.write('new.csv', 'a,b\n1,y\n2,z\n')
  await folder.run(['init'])
  await folder.run(['save', 'foo', 'foo.csv', '--key', 'a'])
  folder.putOnPath()
})
afterAll(() => {
  for (const one of made) one.remove()
})
const shell = (line: string, ...options: string[]) =>
  folder.run(['run', ...options, '--json', '--', 'sh', '-c', line], {
    env: { PATH: `${folder.path}:${process.env['PATH']}` },
  })
const table = async () => (await folder.run(['load', 'foo'])).out

test('a command’s saves are published together; its exit status is passed on, and nothing is published then', async () => {
  const done = await shell('doltflow save foo new.csv --branch main && doltflow save bar foo.csv --key a', '--id', 'r1')
  expect(done.code).toBe(0)
  expect(done.json).toMatchObject({ id: 'r1', status: 'published', changed: true, repeated: false })
  expect(await table()).toBe('a,b\n1,y\n2,z\n')
  const failed = await shell('doltflow save foo foo.csv; exit 7', '--id', 'r2')
  expect(failed.code).toBe(7)
  expect(failed.json).toMatchObject({ id: 'r2', status: 'failed', exitStatus: 7 })
  expect(await table()).toBe('a,b\n1,y\n2,z\n')
  expect((await folder.run(['load', 'foo', '--at', 'run/r2'])).out).toBe('a,b\n1,x\n')
  expect((await shell('true', '--id', 'r2')).err).toContain('RUN_EXISTS')
  expect((await shell('exit 1', '--id', 'r1')).json).toMatchObject({ repeated: true })
  const { json } = await folder.run(['runs', '--json'])
  expect(json.runs.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
    ['r2', 'failed'],
    ['r1', 'published'],
  ])
})

test('a run that failed is shown, resumed, published or dropped', async () => {
  await shell('doltflow save foo new.csv; exit 1', '--id', 'r1')
  expect((await folder.run(['run', 'show', 'r1'])).out).toMatch(/status +failed[^]*run\/r1[^]*save +foo/)
  expect((await folder.run(['run', 'publish', 'r1'])).out).toContain('Published run r1')
  expect(await table()).toBe('a,b\n1,y\n2,z\n')
  await shell('doltflow save foo foo.csv; exit 1', '--id', 'r2')
  expect((await folder.run(['run', 'drop', 'r2'])).out).toContain('Dropped run r2')
  expect(await table()).toBe('a,b\n1,y\n2,z\n')
  await shell('doltflow save foo foo.csv; exit 1', '--id', 'r3')
  const resumed = await folder.run(['run', 'resume', 'r3', '--', 'true'])
  expect([resumed.code, await table()]).toEqual([0, 'a,b\n1,x\n'])
})

test('what can’t be run is said', async () => {
  expect((await folder.run(['run'])).err).toContain('needs a command behind --')
  expect((await folder.run(['run', 'make'])).err).toContain('doltflow run -- make')
  expect((await folder.run(['run', 'show'])).err).toContain('needs the ID')
  expect((await folder.run(['run', 'show', 'nope'])).err).toContain('RUN_NOT_FOUND')
  const missing = await folder.run(['run', '--id', 'r9', '--', './no-such-program'])
  expect([missing.code, missing.err]).toEqual([127, expect.stringContaining('ended with status 127')])
})
