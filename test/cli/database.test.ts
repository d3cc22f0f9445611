import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Folder, hasGit, words } from './cli.js'
import { folder, read, useFoo } from './foo.js'

useFoo()

describe('init', () => {
  it.runIf(hasGit)('lists the database in .gitignore inside a Git repository, once', async () => {
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

it('init below another database says so', async () => {
  const outer = new Folder()
  try {
    await outer.ok('init')
    mkdirSync(join(outer.path, 'below'))
    const inner = join(outer.path, 'below/doltflow.db')
    const { out, err } = await outer.ok(`init --db ${inner}`)
    expect(out).toContain(`Made ${inner}`)
    expect(err).toContain(`There is a database in a folder above, too: ${join(outer.path, 'doltflow.db')}.`)
    expect((await outer.ok(`init --db ${inner}`)).err).toBe('')
    expect((await outer.ok('init --db other.db')).err).toBe('')
  } finally {
    outer.remove()
  }
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
