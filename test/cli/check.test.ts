import { afterAll, beforeEach, expect, test } from 'vitest'
import { Folder } from './cli.ts'

let folder: Folder
const made: Folder[] = []
beforeEach(async () => {
  folder = new Folder()
  made.push(folder)
  folder.write('foo.csv', 'id,price\n1,10\n2,20\n')
  folder.write('bad.csv', 'id,price\n1,10\n2,\n')
  await folder.run(['init'])
  await folder.run(['save', 'foo', 'foo.csv', '--key', 'id'])
})
afterAll(() => {
  for (const one of made) one.remove()
})
const check = (...words: string[]) => folder.run(['check', ...words])

test('a bad value is refused with status 4, kept, looked at and published by an override', async () => {
  expect((await check('add', 'foo', 'price-known', 'not-null', 'price')).out).toBe(
    'Added the check price-known: foo not-null price\n',
  )
  const refused = await folder.run(['save', 'foo', 'bad.csv'])
  expect(refused.code).toBe(4)
  expect(refused.err.replaceAll(/\s+/g, ' ')).toMatch(
    /error CHECK_FAILED: The check price-known of foo fails in 1 row: price is NULL \(id 2, price null\)\. main is as it was; the work is on branch (rejected\/\w{8})\. Look at it: doltflow diff foo main \1\. Publish it all the same: doltflow merge \1 --into main --override price-known --reason '…', or give it up: doltflow branch \1 --delete/,
  )
  const [, branch] = /(rejected\/\w{8})/.exec(refused.err)!
  const run = await check('run', '--at', branch!)
  expect(run.code).toBe(4)
  expect(run.out).toBe('price-known: foo breaks it in 1 row (price is NULL, such as id 2, price null)\n')
  expect((await check('run')).out).toBe('price-known: holds\n')
  const merged = await folder.run(['merge', branch!, '--override', 'price-known', '--reason', 'a gift'])
  expect(merged.out).toContain(`It is finished; branch ${branch} is gone.`)
  expect(merged.err).toContain('It was published all the same')
  expect((await folder.run(['load', 'foo'])).out).toBe('id,price\n1,10\n2,\n')
  expect((await check('list', '--json')).json.checks).toMatchObject([{ name: 'price-known', level: 'error' }])
  expect((await check('remove', 'price-known')).out).toBe('Removed the check price-known: foo not-null price\n')
  expect((await check()).out).toContain('No checks.')
})

test('every kind, as words', async () => {
  const kinds = [
    ['unique', 'id'],
    ['range', 'price', '0', '*'],
    ['in', 'price', '10', '20'],
    ['matches', 'price', '^\\d+$'],
    ['references', 'id', 'foo.id'],
    ['rows', '1', '*'],
    ['max-changed', '50%'],
    ['max-removed', '12.5%'],
    ['sql', 'SELECT id FROM foo WHERE price > 20'],
  ]
  for (const [index, words] of kinds.entries())
    expect((await check('add', 'foo', `c${index}`, ...words)).out).toBe(
      `Added the check c${index}: foo ${words.join(' ')}\n`,
    )
  folder.write('more.csv', 'id,price\n1,10\n2,21\n')
  const { err } = await folder.run(['save', 'foo', 'more.csv', '--json'])
  const { failures } = JSON.parse(err).error.data
  expect(failures.map((failure: { check: string }) => failure.check)).toEqual(['c2', 'c8'])
  expect(failures[1]).toMatchObject({ reason: 'the query gives rows', rows: [{ id: 2 }] })
  for (const words of [
    ['add', 'foo', 'x'],
    ['add', 'foo', 'x', 'odd'],
    ['add', 'foo', 'x', 'rows', 'few', '*'],
    ['odd'],
  ])
    expect((await check(...words)).code).toBe(2)
})

test('a query for one save, also in a dry run', async () => {
  const own = ['--check', 'SELECT id FROM foo WHERE price IS NULL']
  const dry = await folder.run(['save', 'foo', 'bad.csv', ...own, '--dry-run'])
  expect(dry.code).toBe(4)
  expect(dry.err).toContain('It would be refused.')
  expect((await folder.run(['branch', '--all'])).out).not.toContain('rejected')
  const refused = await folder.run(['save', 'foo', 'bad.csv', ...own])
  expect(refused.code).toBe(4)
  expect((await folder.run(['save', 'foo', 'foo.csv', ...own])).code).toBe(0)
})
