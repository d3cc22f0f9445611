import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Folder, words } from './cli.js'

/* One history for all: foo in three versions, a branch exp, a tag v1, and a merge. */
let folder: Folder
beforeAll(async () => {
  folder = new Folder()
  await folder.ok('init')
  await folder.ok('save foo - --key a --run r1 --step fetch', { stdin: 'a,b,price\n1,x,0.50\n2,y,12.00\n3,,1.25\n' })
  await folder.ok('tag v1')
  await folder.ok('save foo - --mode upsert --new-branch exp', { stdin: 'a,b,price\n3,exp,1.25\n' })
  await folder.ok('save foo - --run r2', { stdin: 'a,b,price\n1,x,0.60\n3,,1.25\n4,new,9.99\n' })
  await folder.ok('save other - --key k,l', { stdin: 'k,l,v\n1,a,12345678901234567890\n2,b,9007199254740993\n' })
})
afterAll(() => folder.remove())

describe('diff', () => {
  it("shows a table's last change, a row a line", async () => {
    const { out } = await folder.ok('diff foo')
    const [head, ...rows] = out.trimEnd().split('\n')
    expect(head).toMatch(/^foo [0-9a-f]{7} → [0-9a-f]{7} \(.*: save foo\)$/)
    expect(rows).toEqual(['~ a=1  price: 0.50 → 0.60', '- a=2  b: y, price: 12.00', '+ a=4  b: new, price: 9.99'])
  })

  it('compares refs, and tells NULL from the empty text', async () => {
    expect((await folder.ok('diff foo v1 exp')).out).toContain('~ a=3  b: NULL → exp')
    expect((await folder.ok('diff foo v1')).out).toContain('~ a=1  price: 0.50 → 0.60')
    expect((await folder.ok('diff foo v1 v1')).out).toContain('no rows differ')
  })

  it('lists tables without a table, also between two refs', async () => {
    expect((await folder.ok('diff')).out).toMatch(/other +2 +0 +0 +new table/)
    expect((await folder.ok('diff v1 HEAD --json')).json.tables).toEqual([
      { table: 'foo', change: 'modified', schemaChanged: false, added: 1, modified: 1, removed: 1 },
      { table: 'other', change: 'added', schemaChanged: true, added: 2, modified: 0, removed: 0 },
    ])
    expect((await folder.ok('diff v1')).out).toMatch(/foo +1 +1 +1/)
    expect((await folder.ok('diff v1 v1')).out).toBe('no differences\n')
  })

  it('keeps the names in a csv apart from those of the key', async () => {
    await folder.ok('save odd - --key kind,before_b --new-branch odd', { stdin: 'kind,before_b,b\nk,x,1\n' })
    expect((await folder.ok('diff odd odd~1 odd --format csv')).out).toBe(
      '_kind,kind,before_b,_before_b,after_b\nadded,k,x,,1\n',
    )
  })

  it('gives JSON rows, csv and jsonl', async () => {
    const { json } = await folder.ok('diff foo --json --limit 2')
    expect(json).toMatchObject({ table: 'foo', from: expect.any(String), to: expect.any(String) })
    expect(json.rows).toEqual([
      { kind: 'modified', key: { a: 1 }, before: { a: 1, b: 'x', price: 0.5 }, after: { a: 1, b: 'x', price: 0.6 } },
      { kind: 'removed', key: { a: 2 }, before: { a: 2, b: 'y', price: 12 }, after: null },
    ])
    expect((await folder.ok('diff foo v1 v1 --json')).json.rows).toEqual([])
    expect((await folder.ok('diff foo --format csv')).out).toBe(
      'kind,a,before_b,after_b,before_price,after_price\nmodified,1,x,x,0.50,0.60\nremoved,2,y,,12.00,\nadded,4,,new,,9.99\n',
    )
    const lines = (await folder.ok('diff foo --format jsonl')).out.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(['modified', 'removed', 'added'])
  })

  it('narrows to columns, counts and limits', async () => {
    expect((await folder.ok('diff foo --columns b')).out.split('\n').slice(1, -1)).toEqual([
      '- a=2  b: y',
      '+ a=4  b: new',
    ])
    expect((await folder.ok('diff foo --stat')).out).toMatch(/: \+1 ~1 -1\n {2}price: 1 cell\n$/)
    expect((await folder.ok('diff foo --stat --columns b --json')).json).toMatchObject({
      cells: {},
      added: 1,
      modified: 0,
      removed: 1,
    })
    expect((await folder.ok('diff foo --limit 1')).out).toMatch(/\n~ a=1 .*\n… and more/)
    for (const line of ['diff foo --columns nope', 'diff foo --limit x', 'diff --limit 1', 'diff --format csv'])
      expect([line, (await folder.run(words(line))).code]).toEqual([line, 2])
  })

  it('ends with 5 where there are differences and that is asked', async () => {
    expect((await folder.run(words('diff foo --exit-code'))).code).toBe(5)
    expect((await folder.run(words('diff foo v1 v1 --exit-code'))).code).toBe(0)
    expect((await folder.run(words('diff v1 HEAD --exit-code --json'))).code).toBe(5)
    expect((await folder.run(words('diff foo --stat --exit-code'))).code).toBe(5)
  })

  it('writes 64-bit integers with all their digits', async () => {
    const { out } = await folder.ok('diff other --json')
    expect(out).toContain('"v":9007199254740993')
    expect(out).toContain('"v":"12345678901234567890"')
  })

  it('names what is neither a table nor a ref', async () => {
    expect((await folder.run(words('diff nope'))).err).toContain('neither a table nor a ref')
    expect((await folder.run(words('diff nope v1 HEAD'))).err).toContain('TABLE_NOT_FOUND')
    expect((await folder.run(words('diff foo nope'))).err).toContain('REF_NOT_FOUND')
  })

  it('folds long rows on a terminal', async () => {
    const wide = new Folder()
    await wide.ok('init')
    const cells = (text: string): string => Array.from({ length: 8 }, (_, index) => `${text}${index}`).join(',')
    await wide.ok('save w - --key a', { stdin: `a,${cells('column')}\n1,${cells('before value ')}\n` })
    await wide.ok('save w -', { stdin: `a,${cells('column')}\n1,${cells('after value ')}\n` })
    const { out } = await wide.ok('diff w', { tty: true, columns: 60, env: { NO_COLOR: '1' } })
    const lines = out.trimEnd().split('\n').slice(1)
    expect(lines.length).toBeGreaterThan(3)
    expect(lines.every((line) => line.length <= 60)).toBe(true)
    expect((await wide.ok('diff w', { tty: true })).out).toContain('\u001b[33m~ a=1')
    wide.remove()
  })
})

describe('log, show, blame', () => {
  it('lists commits, those of a table, at a ref, limited', async () => {
    const { out } = await folder.ok('log')
    expect(out.split('\n')[0]).toMatch(
      /^[0-9a-f]{7} {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}\S+ {2}\(main\) {2}save other$/,
    )
    expect(out).toContain('[run r2]')
    expect(
      (await folder.ok('log foo --json')).json.commits.map((commit: { message: string }) => commit.message),
    ).toEqual(['save foo', 'save foo'])
    expect((await folder.ok('log --at exp --limit 1')).out).toContain('(exp)')
    expect((await folder.ok('log --at v1 --json')).json.commits).toHaveLength(3)
    expect((await folder.run(words('log nope'))).err).toContain('No commit of main changed a table nope')
  })

  it('draws merges', async () => {
    const { out } = await folder.ok('log foo --graph --at exp')
    expect(out.split('\n').every((line) => line === '' || line.startsWith('* '))).toBe(true)
  })

  it('shows a commit with its trailers and tables', async () => {
    const { out } = await folder.ok('show v1')
    expect(out).toMatch(/^commit [0-9a-f]{40}\n/)
    expect(out).toContain('Doltflow-Run: r1')
    expect(out).toMatch(/foo +3 +0 +0 +new table/)
    const { json } = await folder.ok('show v1 --json')
    expect(json).toMatchObject({
      commit: { trailers: { 'Doltflow-Step': 'fetch' } },
      tables: [{ table: 'foo', added: 3 }],
    })
  })

  it('blames rows, one key, and keys of several columns', async () => {
    const { out } = await folder.ok('blame foo')
    expect(out.split('\n')[1]).toMatch(/^1 {2}[0-9a-f]{7} .* r2 +save foo$/)
    expect(out.split('\n')[2]).toMatch(/^3 {2}[0-9a-f]{7} .* r1 \/ fetch +save foo$/)
    expect((await folder.ok('blame foo 1 --json')).json.rows).toMatchObject([
      { key: { a: 1 }, commit: { message: 'save foo' } },
    ])
    expect((await folder.ok('blame other 1,a --json')).json.rows).toHaveLength(1)
    expect((await folder.ok('blame foo 2 --at v1 --json')).json.rows).toHaveLength(1)
    expect((await folder.run(words('blame foo 2'))).err).toContain('ROW_NOT_FOUND')
    expect((await folder.run(words('blame other 1'))).code).toBe(2)
    expect((await folder.run(words('blame foo -1'))).err).toContain('put -- before it')
    expect((await folder.run(words('blame foo -- -1'))).err).toContain('ROW_NOT_FOUND')
    expect((await folder.run(words('blame nope'))).err).toContain('TABLE_NOT_FOUND')
  })
})

describe('diff across a change of type', () => {
  // Fault: the older side was written with the newer side's scale, 2.50 for a cell that was 2.5.
  it('writes each side as it was stored', async () => {
    const own = new Folder()
    await own.ok('init')
    await own.ok('save t - --key id', { stdin: 'id,x,y\n1,2.5,0.50\n2,2.75,0.75\n' })
    await own.ok('save t - --schema replace --type x=decimal(2) --type y=text', {
      stdin: 'id,x,y\n1,2.5,0.5\n2,2.75,0.75\n',
    })
    expect((await own.ok('load t - --at HEAD~1')).out).toBe('id,x,y\n1,2.5,0.50\n2,2.75,0.75\n')
    const [, , , ...lines] = (await own.ok('diff t')).out.trimEnd().split('\n')
    expect(lines).toEqual(['~ id=1  x: 2.5 (number → text), y: 0.50 → 0.5', '~ id=2  y: 0.75 (number → text)'])
    expect((await own.ok('diff t --format csv')).out).toBe(
      'kind,id,before_x,after_x,before_y,after_y\nmodified,1,2.5,2.5,0.50,0.5\nmodified,2,2.75,2.75,0.75,0.75\n',
    )
    const { out } = await own.ok('log t --key 1')
    expect(out).toContain('\n  ~ id=1  x: 2.5 (number → text), y: 0.50 → 0.5\n')
    expect(out).toContain('\n  + id=1  x: 2.5, y: 0.50\n')
  })
})

describe('blame of a decimal', () => {
  // Fault: more than 15 digits were looked up as a number, and are stored as text: ROW_NOT_FOUND.
  it('finds what is stored as text', async () => {
    const own = new Folder()
    own.write('t.csv', 'id,v\n9007199254740991.00,1\n1.00,2\n')
    await own.ok('init')
    await own.ok('save T t.csv --key id --type id=decimal(2)')
    for (const key of ['9007199254740991.00', '1.00'])
      expect((await own.ok(`blame T ${key} --json`)).json.rows).toHaveLength(1)
  })
})

describe('tables, schema, actions', () => {
  it('lists tables', async () => {
    expect((await folder.ok('tables')).out).toMatch(/foo +3 +a +[0-9a-f]{7} .*\nother +2 +k, l +/)
    expect((await folder.ok('tables --at v1 --json')).json.tables).toMatchObject([
      { name: 'foo', rows: 3, key: ['a'], lastCommit: {} },
    ])
  })

  it('shows a schema', async () => {
    expect((await folder.ok('schema foo')).out).toBe(
      'column  type        key\na       any         key\nb       any\nprice   decimal(2)\n',
    )
    expect((await folder.ok('schema other --json')).json.key).toEqual(['k', 'l'])
    expect((await folder.run(words('schema other --at v1'))).err).toContain('TABLE_NOT_FOUND')
  })

  it('lists actions by run, table and commit', async () => {
    expect((await folder.ok('actions')).out).toMatch(/save +foo +main [0-9a-f]{7} +\+3 ~0 -0 +r1 \/ fetch/)
    expect((await folder.ok('actions --table other --json')).json.actions).toHaveLength(1)
    expect((await folder.ok('actions --commit v1 --json')).json.actions).toMatchObject([{ run: 'r1' }])
    expect((await folder.ok('actions --run none')).out).toBe('no actions\n')
  })
})
