import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Folder, words } from './cli.js'

let template: Folder
let folder: Folder
beforeAll(async () => {
  template = new Folder()
  template.write('foo.csv', 'a,b\n1,x\n2,y\n3,z\n')
  await template.ok('init')
  await template.ok('save foo foo.csv --key a')
})
beforeEach(() => {
  folder = template.copy()
})
afterEach(() => folder.remove())
afterAll(() => template.remove())

const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8')
const text = async (table = 'foo', ...flags: string[]): Promise<string> =>
  (await folder.run(['load', table, ...flags])).out

describe('init', () => {
  it('lists the database in .gitignore inside a Git repository, once', async () => {
    execFileSync('git', ['init', '-q'], { cwd: folder.path })
    folder.write('.gitignore', 'node_modules')
    await folder.ok('init')
    await folder.ok('init')
    expect(read('.gitignore')).toBe('node_modules\n/doltflow.db\n/doltflow.db.heads*\n/.doltflow.db*\n')
    const status = execFileSync('git', ['status', '--porcelain'], { cwd: folder.path, encoding: 'utf8' })
    expect(status).not.toContain('doltflow.db')
  })

  it('writes no .gitignore elsewhere, and says what it made', async () => {
    expect(existsSync(join(folder.path, '.gitignore'))).toBe(false)
    const { json } = await folder.ok('init --db other.db --json')
    expect(json).toEqual({ database: join(folder.path, 'other.db'), created: true, gitignore: null })
    expect((await folder.ok('init --db other.db --json')).json.created).toBe(false)
  })
})

describe('the database', () => {
  it('is the nearest doltflow.db here or in a folder above', async () => {
    mkdirSync(join(folder.path, 'deep/er'), { recursive: true })
    const deep = Object.assign(Object.create(Folder.prototype), { path: join(folder.path, 'deep/er') }) as Folder
    expect((await deep.ok('load foo')).out).toBe('a,b\n1,x\n2,y\n3,z\n')
  })

  it('is made by a save that names it, by flag or variable, and by none else', async () => {
    await folder.ok('save t foo.csv --key a --db one.db')
    await folder.ok('save t foo.csv --key a', { env: { DOLTFLOW_DB: 'two.db' } })
    expect(existsSync(join(folder.path, 'one.db'))).toBe(true)
    expect(existsSync(join(folder.path, 'two.db'))).toBe(true)
    const missing = await folder.run(words('tables --db three.db'))
    expect(missing.code).toBe(1)
    expect(missing.err).toMatch(/^error DATABASE_NOT_FOUND: .*doltflow init/)
    expect(existsSync(join(folder.path, 'three.db'))).toBe(false)
  })

  it('is asked for where there is none', async () => {
    const empty = new Folder()
    empty.write('foo.csv', 'a\n1\n')
    const { code, err } = await empty.run(words('save foo foo.csv --key a'))
    expect(code).toBe(1)
    expect(err).toContain('DATABASE_NOT_FOUND')
    expect(err).toContain('doltflow init')
    expect(err).toContain('--db')
    empty.remove()
  })
})

describe('files that a load must not take', () => {
  it("refuses the database's own files, and a folder", async () => {
    for (const target of ['doltflow.db', 'doltflow.db.heads', '.doltflow.db-writer', './doltflow.db']) {
      const { code, err } = await folder.run(['load', 'foo', target, '--format', 'csv'])
      expect([code, err]).toEqual([4, expect.stringContaining('error TARGET_REFUSED: ')])
    }
    expect((await folder.run(words('load foo . --format csv'))).err).toContain('it is a folder')
    expect((await folder.ok('tables')).out).toContain('foo')
  })

  it('follows a link to a database', async () => {
    symlinkSync(join(folder.path, 'doltflow.db'), join(folder.path, 'link.db'))
    expect((await folder.ok('load foo --db link.db')).out).toContain('a,b\n1,')
    await folder.ok('save linked - --key a --db link.db', { stdin: 'a\n1\n' })
    expect((await folder.ok('tables')).out).toContain('linked')
  })
})

describe('hints', () => {
  it('tells of the delimiter that was most likely meant', async () => {
    folder.write('de.csv', 'id;name\n1;Ä\n')
    expect((await folder.run(words('save de de.csv --key id'))).err).toContain("--delimiter ';'")
  })

  it('tells of a table that is none, a day that is none, and how to bring back what was dropped', async () => {
    const log = await folder.run(words('log nope'))
    expect([log.code, log.err]).toEqual([1, expect.stringContaining('doltflow log --at nope')])
    expect((await folder.run(words('load foo --at 2026-02-30'))).err).toContain('names no commit')
    const hash = (await folder.ok('log --json')).json.commits[0].hash as string
    expect((await folder.ok(`load foo --at ${hash.slice(0, 9).toUpperCase()}`)).out).toContain('a,b')
    const restore = /doltflow (restore foo --at [0-9a-f]+)/.exec((await folder.ok('drop foo')).out)![1]!
    await folder.ok(restore)
    await folder.ok('branch side')
    const back = /doltflow (branch side --from [0-9a-f]+)/.exec((await folder.ok('branch side --delete')).out)![1]!
    await folder.ok(back)
  })

  it('refuses remotes that hold a secret or name no path', async () => {
    for (const url of ['http://127.0.0.1:1/db?token=S3CRET', 'file://r.db']) {
      const { code, err } = await folder.run(words(`push ${url}`))
      expect([code, err]).toEqual([2, expect.stringContaining('error URL_INVALID: ')])
      expect(err).not.toContain('S3CRET')
    }
    expect((await folder.ok('remote list --json')).json.remotes).toEqual([])
  })
})

describe('save', () => {
  it('tells what changed in one line', async () => {
    folder.write('foo.csv', 'a,b\n1,x\n2,new\n4,w\n')
    expect((await folder.ok('save foo foo.csv')).out).toMatch(/^foo: 3 rows, \+1 ~1 -1, main [0-9a-f]{7}, \d+ ms\n$/)
    expect((await folder.ok('save foo foo.csv')).out).toMatch(/^foo: 3 rows, unchanged, main [0-9a-f]{7}, \d+ ms\n$/)
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

  it('takes its defaults from the environment, and the author from Git', async () => {
    const env = { DOLTFLOW_RUN: 'r2', DOLTFLOW_STEP: 's2', DOLTFLOW_AUTHOR: 'Env <env@x>' }
    expect((await folder.ok('save foo foo.csv --json', { env })).json).toMatchObject({
      run: 'r2',
      step: 's2',
      author: 'Env <env@x>',
    })
    folder.write('gitconfig', '[user]\n  name = Git Person\n  email = git@x\n')
    const git = { GIT_CONFIG_GLOBAL: join(folder.path, 'gitconfig') }
    expect((await folder.ok('save foo foo.csv --json', { env: git })).json.author).toBe('Git Person <git@x>')
    expect((await folder.ok('save foo foo.csv --json')).json.author).toMatch(/^.+ <.+@.+>$/)
    await folder.ok('branch exp')
    folder.write('foo.csv', 'a,b\n1,exp\n')
    expect((await folder.ok('save foo foo.csv --json', { env: { DOLTFLOW_BRANCH: 'exp' } })).json.branch).toBe('exp')
    expect((await folder.ok('load foo', { env: { DOLTFLOW_BRANCH: 'exp' } })).out).toBe('a,b\n1,exp\n')
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

  it('keeps a conflict on a branch, lists its rows, and a merge finishes it', async () => {
    await folder.ok('tag base')
    await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n1,ours\n' })
    const conflict = await folder.run(words('save foo - --mode upsert --from base --merge-to main'), {
      stdin: 'a,b\n1,theirs\n',
    })
    expect(conflict.code).toBe(3)
    expect(conflict.err).toMatch(/^error CONFLICT: 1 row conflicts with branch main in foo/)
    expect(conflict.err).toMatch(/table +key +column +base +ours +theirs\nfoo +1 +b +x +ours +theirs\n/)
    const branch = /conflict\/[0-9a-f]+/.exec(conflict.err)![0]
    expect((await folder.ok('status')).out).toContain(`conflict kept on ${branch}`)
    expect((await folder.run(words(`merge ${branch} --into main`))).code).toBe(3)
    const merged = await folder.ok(`merge ${branch} --into main --on-conflict theirs`)
    expect(merged.out).toContain('The conflict is finished')
    expect(await text()).toBe('a,b\n1,theirs\n2,y\n3,z\n')
    expect((await folder.ok('branch')).out).not.toContain('conflict/')
  })

  it('shows the cells of a conflict as a file has them', async () => {
    await folder.ok('save prices - --key id', { stdin: 'id,price\n1,0.50\n' })
    await folder.ok('tag before')
    await folder.ok('save prices -', { stdin: 'id,price\n1,0.60\n' })
    const conflict = await folder.run(words('save prices - --from before --merge-to main'), {
      stdin: 'id,price\n1,0.70\n',
    })
    expect(conflict.err).toMatch(/prices +1 +price +0\.50 +0\.60 +0\.70\n/)
  })

  it('refuses to merge where that is asked, with status 3, and decides where a policy is given', async () => {
    await folder.ok('tag base')
    await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n1,ours\n' })
    const build = 'save foo - --mode upsert --from base --merge-to main'
    expect((await folder.run(words(`${build} --no-merge`), { stdin: 'a,b\n2,q\n' })).code).toBe(3)
    await folder.ok(`${build} --on-conflict ours`, { stdin: 'a,b\n1,theirs\n2,q\n' })
    expect(await text()).toBe('a,b\n1,ours\n2,q\n3,z\n')
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
})

describe('load', () => {
  it('writes a file and says so', async () => {
    expect((await folder.ok('load foo out.csv')).out).toMatch(/^out\.csv: 3 rows of foo, main [0-9a-f]{7}, \d+ ms\n$/)
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

  it('saves and loads several tables at once', async () => {
    folder.write('o.csv', 'id,price\n1,0.50\n')
    folder.write('l.csv', 'order,line\n1,1\n')
    const pairs = 'save orders=o.csv lines=l.csv --key orders=id --key lines=order,line --type orders.price=text'
    const { out } = await folder.ok(pairs)
    expect(out).toMatch(/^orders: 1 row, \+1 ~0 -0, main (\w+).*\nlines: 1 row, \+1 ~0 -0, main \1/)
    expect((await folder.ok('schema orders --json')).json).toMatchObject({
      key: ['id'],
      columns: [{}, { type: 'text' }],
    })
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
    expect(refused.err).toContain('a any, b any, c any; key a')
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

  it('gives values to a query', async () => {
    const named = ['load', '--sql', 'SELECT b FROM foo WHERE a >= :least AND b <> :other ORDER BY a']
    expect((await folder.run([...named, '--param', 'least=2', '--param', 'other=a=b'])).out).toBe('b\ny\nz\n')
    expect(
      (await folder.run(['load', '--sql', 'SELECT a FROM foo WHERE a = ? OR b = ?', '--param', '1', '--param', 'z']))
        .out,
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
    expect((await folder.run(['load', '--sql', 'SELECT id FROM big'], { tty: true })).out).toContain(
      '10 more of 30 rows',
    )
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
})
