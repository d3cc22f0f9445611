import { expect, it } from 'vitest'
import { words } from './cli.js'
import { folder, read, useFoo } from './foo.js'

useFoo()

it('saves and loads several tables at once', async () => {
  folder.write('o.csv', 'id,price\n1,0.50\n')
  folder.write('l.csv', 'order,line\n1,1\n')
  const pairs = 'save orders=o.csv lines=l.csv --key orders=id --key lines=order,line --type orders.price=text'
  const { out } = await folder.ok(pairs)
  expect(out).toMatch(/^orders: 1 row, \+1 ~0 -0, main (\w+).*\nlines: 1 row, \+1 ~0 -0, main \1/)
  expect((await folder.ok('schema orders --json')).json).toMatchObject({ key: ['id'], columns: [{}, { type: 'text' }] })
  expect((await folder.ok('schema lines --json')).json.key).toEqual(['order', 'line'])
  expect((await folder.ok('save orders=o.csv lines=l.csv --json')).json.actions).toMatchObject([
    { changed: false },
    { changed: false },
  ])
  expect((await folder.ok('load --all dump --at HEAD')).out).toMatch(
    /^dump\/foo.csv: .*\ndump\/lines.csv: 1 row of lines/,
  )
  expect(read('dump/orders.csv')).toBe('id,price\n1,0.50\n')
  folder.write('dump/README', 'no table')
  folder.write('dump/orders.csv', 'id,price\n1,0.75\n')
  const saved = await folder.ok('save --all dump --message all')
  expect(saved.err).toBe('note: README is passed over: its extension names no format\n')
  expect(saved.out).toMatch(/foo: .*unchanged.*\nlines: .*unchanged.*\norders: .*\+0 ~1 -0/)
  expect((await folder.ok('actions --table lines --json')).json.actions).toHaveLength(3)
  for (const wrong of [
    'save --all dump foo',
    'save --all',
    'save a=- b=l.csv',
    'save a=o.csv l.csv b',
    'load --all dump foo',
  ])
    expect([wrong, (await folder.run(words(wrong))).code]).not.toEqual([wrong, 0])
  expect((await folder.run(words('save orders=o.csv lines=l.csv --type price=text'))).err).toContain(
    'TABLE.column=type',
  )
  expect((await folder.run(words('save --all nowhere'))).err).toContain('FILE_NOT_FOUND')
})

it('takes --no-key at its word', async () => {
  const stdin = 'id,a\n2,y\n1,x\n'
  expect((await folder.ok('save bare - --no-key', { stdin })).err).not.toContain('no key')
  await folder.ok('save keyed - --key id', { stdin })
  expect((await folder.run(words('save keyed - --no-key'), { stdin })).err).toContain('KEY_CHANGED')
  await folder.ok('save keyed - --no-key --schema replace', { stdin })
  expect((await folder.ok('load keyed -')).out).toBe(stdin)
  expect((await folder.ok('schema keyed')).out).toContain('no key')
})

it('keeps a table without a key as a multiset of rows', async () => {
  const { err } = await folder.ok('save events -', { stdin: 'at,what\n9,stop\n1,go\n9,stop\n' })
  expect(err).toContain('--no-key')
  expect((await folder.ok('save events -', { stdin: 'at,what\n1,go\n9,stop\n9,stop\n' })).out).toContain('unchanged')
  const more = await folder.ok('save events - --no-key', { stdin: 'at,what\n0,new\n1,go\n9,stop\n9,stop\n' })
  expect(more).toMatchObject({ err: '', out: expect.stringContaining('+1 ~0 -0') })
  expect((await folder.ok('load events -')).out).toBe('at,what\n9,stop\n1,go\n9,stop\n0,new\n')
  expect((await folder.ok('diff events')).out).toContain('+  at: 0, what: new\n')
  expect((await folder.ok('diff events --format csv')).out).toBe(
    'kind,before_at,after_at,before_what,after_what\nadded,,0,,new\n',
  )
  expect((await folder.ok('tables')).out).toMatch(/events +4 +\(none\)/)
  expect((await folder.ok('schema events')).out).toContain('no key')
  expect((await folder.ok('blame events')).out.trimEnd().split('\n')).toHaveLength(5)
  expect((await folder.run(words('blame events 9'))).err).toContain('KEY_REQUIRED')
  expect((await folder.run(words('save events - --no-key --key at'), { stdin: 'at\n1\n' })).code).toBe(2)
  expect((await folder.run(words('save events - --key at'), { stdin: 'at,what\n9,a\n1,b\n9,c\n' })).err).toContain(
    'line 2',
  )
  await folder.ok('save events - --key at', { stdin: 'at,what\n9,stop\n1,go\n' })
  expect((await folder.ok('diff events')).out).toContain('the key was none, is at')
  expect((await folder.ok('load events -')).out).toBe('at,what\n1,go\n9,stop\n')
})

it('changes the shape of a table as it is told, and says so', async () => {
  await folder.ok('save shape - --key a', { stdin: 'a,b\n1,x\n' })
  const grown = await folder.ok('save shape - --schema evolve', { stdin: 'a,b,c\n1,x,\n' })
  expect(grown.err).toContain('note: Table shape has another schema now: column c (any) is new.')
  expect((await folder.ok('log shape')).out).toContain('save shape (column c (any) is new)')
  const refused = await folder.run(words('save shape -'), { stdin: 'a\n1\n' })
  expect(refused).toMatchObject({ code: 1 })
  expect(refused.err).toContain('The source lacks b, c of table shape.')
  expect(refused.err).toContain('--schema replace')
  expect(await folder.run(words('save shape - --schema strict'), { stdin: 'a,b,c,d\n1,,,\n' })).toMatchObject({
    code: 4,
  })
  await folder.ok('save shape - --schema replace --key b', { stdin: 'b,a\nx,1\n' })
  expect((await folder.ok('load shape -')).out).toBe('b,a\nx,1\n')
  const diff = (await folder.ok('diff shape')).out
  expect(diff).toContain('column c was dropped')
  expect(diff).toContain('the key was a, is b')
  expect((await folder.run(words('save shape - --schema replace --mode append'), { stdin: 'b\ny\n' })).code).toBe(2)
  expect((await folder.run(words('save shape - --schema loose'), { stdin: 'b\ny\n' })).err).toContain('evolve')
})
