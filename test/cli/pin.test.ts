import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { Folder } from './cli.ts'

let folder: Folder
const made: Folder[] = []
beforeEach(async () => {
  folder = new Folder()
  made.push(folder)
  folder.write('foo.csv', 'id,v\n1,a\n')
  await folder.run(['init'])
  await folder.run(['save', 'foo', 'foo.csv', '--key', 'id'])
})
afterAll(() => {
  for (const one of made) one.remove()
})
const read = (name: string) => readFileSync(join(folder.path, name), 'utf8')
const time = (name: string) => statSync(join(folder.path, name), { bigint: true }).mtimeNs

test('a pin names a version, is left alone while the table is the same, and leads back to it', async () => {
  mkdirSync(join(folder.path, 'pins'))
  expect((await folder.run(['pin', 'foo', 'pins/foo.pin'])).out).toMatch(/^pins\/foo.pin: foo at \w{7}, 1 row\n$/)
  const pin = JSON.parse(read('pins/foo.pin'))
  expect(pin).toMatchObject({ db: '../doltflow.db', table: 'foo', rows: 1 })
  const before = time('pins/foo.pin')
  await folder.run(['save', 'other', 'foo.csv', '--key', 'id'])
  expect((await folder.run(['pin', 'foo', 'pins/foo.pin'])).out).toContain('left alone, foo is the same')
  expect(time('pins/foo.pin')).toBe(before)
  expect((await folder.run(['pin', '--check', 'pins/foo.pin'])).code).toBe(0)
  folder.write('foo.csv', 'id,v\n1,b\n')
  await folder.run(['save', 'foo', 'foo.csv'])
  expect(await folder.run(['pin', '--check', 'pins/foo.pin'])).toMatchObject({
    code: 5,
    out: 'pins/foo.pin: foo is another one now\n',
  })
  expect((await folder.run(['load', '--pin', 'pins/foo.pin'])).out).toBe('id,v\n1,a\n')
  // Everything at another place: the pin still finds it.
  renameSync(join(folder.path, 'doltflow.db'), join(folder.path, 'moved.db'))
  expect((await folder.run(['load', '--pin', 'pins/foo.pin', 'old.csv', '--db', 'moved.db'])).code).toBe(0)
  expect(read('old.csv')).toBe('id,v\n1,a\n')
})

test('a save writes one; gc keeps what is pinned; what is no pin is refused', async () => {
  await folder.run(['save', 'foo', 'foo.csv', '--pin', 'foo.pin', '--new-branch', 'exp'])
  expect(JSON.parse(read('foo.pin')).table).toBe('foo')
  folder.write('foo.csv', 'id,v\n7,z\n')
  await folder.run(['save', 'foo', 'foo.csv', '--pin', 'foo.pin', '--branch', 'exp'])
  await folder.run(['branch', 'exp', '--delete'])
  await folder.run(['gc'])
  expect((await folder.run(['load', '--pin', 'foo.pin'])).out).toBe('id,v\n7,z\n')
  folder.write('bad.pin', 'hello')
  expect((await folder.run(['load', '--pin', 'bad.pin'])).err).toContain('bad.pin is no pin')
  expect((await folder.run(['pin', 'foo', 'bad.pin'])).code).toBe(1)
  expect(read('bad.pin')).toBe('hello')
  expect((await folder.run(['load', '--pin', 'none.pin'])).err).toMatch(/There is no pin .*none\.pin/s)
  expect((await folder.run(['load', 'foo', 'x.csv', '--pin', 'foo.pin'])).code).toBe(2)
})

test('make does no work the second time, and only what a changed table asks for', () => {
  const env = { ...process.env, ...folder.putOnPath() }
  const doltflow = (...words: string[]) => execFileSync('doltflow', words, { cwd: folder.path, env })
  writeFileSync(
    join(folder.path, 'Makefile'),
    'all: clean.pin\n\nfoo.pin: FORCE\n\t@doltflow pin foo $@ > /dev/null\n\nclean.pin: foo.pin\n\tdoltflow load --pin foo.pin foo.out.csv\n\tgrep -v ^9 foo.out.csv > clean.csv\n\tdoltflow save clean clean.csv --key id --pin $@\n\ttouch $@\n\nFORCE:\n',
  )
  const make = () => spawnSync('make', [], { cwd: folder.path, env, encoding: 'utf8' }).stdout
  expect(make()).toContain('grep -v')
  expect(make()).not.toContain('grep -v')
  doltflow('save', 'other', 'foo.csv', '--key', 'id')
  expect(make()).not.toContain('grep -v')
  folder.write('foo.csv', 'id,v\n1,c\n')
  doltflow('save', 'foo', 'foo.csv')
  expect(make()).toContain('grep -v')
  rmSync(join(folder.path, 'Makefile'))
})
