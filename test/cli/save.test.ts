import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hasGit, words } from './cli.js'
import { folder, text, useFoo } from './foo.js'

useFoo()

it('tells what changed in one line', async () => {
  folder.write('foo.csv', 'a,b\n1,x\n2,new\n4,w\n')
  expect((await folder.ok('save foo foo.csv')).out).toMatch(/^foo: 3 rows, \+1 ~1 -1, main [0-9a-f]{7}, [\d.]+ m?s\n$/)
  expect((await folder.ok('save foo foo.csv')).out).toMatch(/^foo: 3 rows, unchanged, main [0-9a-f]{7}, [\d.]+ m?s\n$/)
})

it('reads standard input, modes, and several files', async () => {
  await folder.ok('save foo - --mode append', { stdin: 'a,b\n9,nine\n' })
  await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n9,NINE\n' })
  expect(await text()).toBe('a,b\n1,x\n2,y\n3,z\n9,NINE\n')
  folder.write('1.csv', 'a,b\n1,one\n')
  folder.write('2.csv', 'a,b\n2,two\n')
  await folder.ok('save foo 1.csv 2.csv')
  expect(await text()).toBe('a,b\n1,one\n2,two\n')
})

it('takes a key of several columns, repeated or with commas, and quoted names', async () => {
  folder.write('k.csv', '"x,y",b,c\n1,2,3\n')
  for (const flags of [
    ['--key', '"x,y",b'],
    ['--key', '"x,y"', '--key', 'b'],
  ]) {
    expect((await folder.run(['save', `t${flags.length}`, 'k.csv', ...flags])).code).toBe(0)
    expect((await folder.ok(`schema t${flags.length} --json`)).json.key).toEqual(['x,y', 'b'])
  }
})

it('reads as it is told: delimiter, quote, header, NULL texts, types, format', async () => {
  folder.write('t.txt', "1\t'a'\tNA\n2\tb\t-\n")
  await folder.run([
    'save',
    't',
    't.txt',
    '--key',
    'c1',
    '--no-header',
    '--delimiter',
    '\\t',
    '--quote',
    "'",
    '--null',
    'NA',
    '--null=-',
  ])
  expect(await text('t')).toBe('c1,c2,c3\n1,a,\n2,b,\n')
  expect(await text('t', '--null', '-', '--delimiter', 'tab')).toBe('c1\tc2\tc3\n1\ta\t-\n2\tb\t-\n')
  folder.write('u.data', 'a\tprice\n007\t1.50\n')
  await folder.run(words('save u u.data --key a --format tsv --type a=text --type price=decimal(2)'))
  expect((await folder.ok('schema u --json')).json.columns).toEqual([
    { name: 'a', type: 'text' },
    { name: 'price', type: 'decimal(2)' },
  ])
  const quoteless = folder.write('q.csv', 'a,b\n1,"x\n')
  expect((await folder.run(['save', 'q', quoteless, '--key', 'a', '--quote', ''])).code).toBe(0)
  expect(await text('q')).toBe('a,b\n1,"""x"\n')
})

it('keeps message, author, run, step, data and id', async () => {
  folder.write('foo.csv', 'a,b\n1,q\n')
  const argv = [
    'save',
    'foo',
    'foo.csv',
    '--message',
    'why',
    '--author',
    'Ada <ada@x>',
    '--run',
    'r1',
    '--step',
    's1',
    '--data',
    '{"n":1,"big":18014398509481984,"text":"9007199254740993 \\" 9007199254740993"}',
    '--id',
    'my-id',
    '--json',
  ]
  const first = await folder.run(argv)
  expect(first.json).toMatchObject({
    id: 'my-id',
    run: 'r1',
    step: 's1',
    author: 'Ada <ada@x>',
    data: { n: 1, big: 2 ** 54, text: '9007199254740993 " 9007199254740993' },
    changed: true,
  })
  expect((await folder.run(argv)).json.toCommit).toBe(first.json.toCommit)
  const [commit] = (await folder.ok('log --limit 1 --json')).json.commits
  expect(commit).toMatchObject({ message: 'why', author: 'Ada <ada@x>', trailers: { 'Doltflow-Run': 'r1' } })
  expect((await folder.ok('load foo --at run:r1')).out).toBe('a,b\n1,q\n')
})

it('takes its defaults from the environment', async () => {
  const env = { DOLTFLOW_RUN: 'r2', DOLTFLOW_STEP: 's2', DOLTFLOW_AUTHOR: 'Env <env@x>' }
  expect((await folder.ok('save foo foo.csv --json', { env })).json).toMatchObject({
    run: 'r2',
    step: 's2',
    author: 'Env <env@x>',
  })
  expect((await folder.ok('save foo foo.csv --json')).json.author).toMatch(/^.+ <.+@.+>$/)
  await folder.ok('branch exp')
  folder.write('foo.csv', 'a,b\n1,exp\n')
  expect((await folder.ok('save foo foo.csv --json', { env: { DOLTFLOW_BRANCH: 'exp' } })).json.branch).toBe('exp')
  expect((await folder.ok('load foo', { env: { DOLTFLOW_BRANCH: 'exp' } })).out).toBe('a,b\n1,exp\n')
})

it.runIf(hasGit)('takes the author from Git', async () => {
  folder.write('gitconfig', '[user]\n  name = Git Person\n  email = git@x\n')
  const env = { GIT_CONFIG_GLOBAL: join(folder.path, 'gitconfig') }
  expect((await folder.ok('save foo foo.csv --json', { env })).json.author).toBe('Git Person <git@x>')
})

it('appends to a branch, makes one, and merges into one', async () => {
  await folder.ok('tag base')
  await folder.ok('save foo - --mode upsert --new-branch exp --branch-from base', { stdin: 'a,b\n1,exp\n' })
  await folder.ok('save foo - --mode upsert --branch exp', { stdin: 'a,b\n2,exp\n' })
  await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n3,main\n' })
  const merged = await folder.ok('save foo - --mode upsert --from base --merge-to main', { stdin: 'a,b\n4,merged\n' })
  expect(merged.out).toContain('merged into main')
  expect(await text()).toBe('a,b\n1,x\n2,y\n3,main\n4,merged\n')
  expect(await text('foo', '--at', 'exp')).toBe('a,b\n1,exp\n2,exp\n3,z\n')
})

it('only tells what it would do in a dry run', async () => {
  folder.write('foo.csv', 'a,b\n1,q\n')
  expect((await folder.ok('save foo foo.csv --dry-run')).out).toContain('would be +0 ~1 -2 on main')
  expect(await text()).toBe('a,b\n1,x\n2,y\n3,z\n')
})

it('refuses an empty replace with status 4, unless it is meant', async () => {
  folder.write('foo.csv', 'a,b\n')
  const { code, err } = await folder.run(words('save foo foo.csv'))
  expect(code).toBe(4)
  expect(err).toMatch(/^error EMPTY_SOURCE: .*--allow-empty/)
  await folder.ok('save foo foo.csv --allow-empty')
  expect(await text()).toBe('a,b\n')
})

it('notes on standard error what keeps a column from being numbers', async () => {
  const rows = Array.from({ length: 50 }, (_, index) => `${index},${index === 7 ? 'n/a' : index}`)
  folder.write('m.csv', `a,b\n${rows.join('\n')}\n`)
  const { out, err } = await folder.ok('save m m.csv --key a')
  expect(err).toMatch(/^note: Column b .*--null "n\/a"/)
  expect(out).not.toContain('note')
  const { json, err: quiet } = await folder.ok('save m2 m.csv --key a --json')
  expect(json.notices).toHaveLength(1)
  expect(quiet).toBe('')
})

it.each([
  ['--branch main --merge-to main'],
  ['--new-branch x --merge-to main'],
  ['--from main'],
  ['--from main --branch main'],
  ['--from main --branch-from HEAD --merge-to main'],
  ['--no-merge --on-conflict ours'],
  ['--data {bad'],
  ['--data {"n":9007199254740993}'],
  ['--data [-1e400]'],
  ['--type a'],
  ['--type a=int'],
  ['--mode replaced'],
  ['--on-conflict mine'],
  ['--delimiter ab'],
  ['--author nobody'],
  ['--key "a'],
  ['- foo.csv'],
  ['--nothing'],
])('refuses %s with status 2', async (flags) => {
  const { code, err } = await folder.run(words(`save foo foo.csv ${flags}`))
  expect(err).toMatch(/^error (USAGE|OPTION_INVALID): /)
  expect(code).toBe(2)
})

it('stops at an interrupt, with the table as it was', async () => {
  const { code, err } = await folder.run(words('save foo - --mode upsert'), {
    stdin: 'a,b\n1,q\n',
    signal: AbortSignal.abort(),
  })
  expect(code).toBe(1)
  expect(err).toContain('ABORTED')
  expect(await text()).toBe('a,b\n1,x\n2,y\n3,z\n')
})

it('tells once that a new name is like that of another table', async () => {
  await folder.ok('save weather foo.csv --key a')
  const { err } = await folder.ok('save weathr foo.csv --key a')
  expect(err).toBe(
    'note: Table weathr is new, and there is a table weather. If you meant that one: doltflow drop weathr, and save into weather.\n',
  )
  expect((await folder.ok('save weathr foo.csv')).err).toBe('')
  expect((await folder.ok('save weather_2024 foo.csv --key a')).err).toBe('')
  expect((await folder.ok('save weather_2025 foo.csv --key a')).err).toBe('')
})

it('remembers --null with the table, also in a clone, until it is told otherwise', async () => {
  const stdin = 'id,v\n1,NA\n2,x\n'
  await folder.ok('save readings - --key id --null NA', { stdin })
  expect((await folder.ok('save readings -', { stdin })).out).toContain('unchanged')
  expect((await folder.ok('schema readings')).out).toContain('NULL, beside nothing: "NA" (--null)\n')
  await folder.ok(`push file://${folder.path}/nulls.db`)
  await folder.ok(`clone file://${folder.path}/nulls.db --db nulls-copy.db`)
  expect((await folder.ok('save readings - --db nulls-copy.db', { stdin })).out).toContain('unchanged')
  expect((await folder.ok('save readings - --no-null', { stdin })).out).toContain('+0 ~1 -0')
  expect((await folder.ok('load readings -')).out).toBe(stdin)
  expect((await folder.ok('schema readings --json')).json.nulls).toEqual([])
  expect((await folder.run(words('save readings - --no-null --null NA'), { stdin })).code).toBe(2)
})

it('tells rows that were added to a table from those of the table, and an empty feed', async () => {
  const upserted = await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n8,new\n' })
  expect(upserted.out).toMatch(/^foo: 1 row upserted, \+1 ~0 -0, main /)
  const empty = await folder.ok('save foo - --mode append', { stdin: 'a,b\n' })
  expect(empty.out).toMatch(/^foo: 0 rows appended, unchanged, main /)
  expect(empty.err).toBe('note: The source of table foo has no rows: nothing was appended.\n')
})
