import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Folder, words } from './cli.js'

let template: Folder
let folder: Folder
beforeAll(async () => {
  template = new Folder()
  await template.ok('init')
  await template.ok('save foo - --key a', { stdin: 'a,b\n1,x\n2,y\n' })
})
beforeEach(() => {
  folder = template.copy()
})
afterEach(() => folder.remove())
afterAll(() => template.remove())

const rows = async (...argv: string[]): Promise<string> => (await folder.run(['load', 'foo', ...argv])).out

describe('branch and tag', () => {
  it('makes, lists and deletes branches', async () => {
    expect((await folder.ok('branch exp --from HEAD~1')).out).toMatch(/^Made branch exp at [0-9a-f]{7}\n$/)
    expect((await folder.ok('branch')).out).toMatch(/^ +branch +commit\n +exp +\S+\n\* +main +\S+\n$/)
    const all = (await folder.ok('branch --all --json')).json.branches.map((branch: { name: string }) => branch.name)
    expect(all).toEqual(['doltflow', 'exp', 'main'])
    expect((await folder.ok('branch exp --delete --json')).json).toMatchObject({ deleted: 'exp' })
    expect((await folder.run(words('branch main'))).code).toBe(4)
    expect((await folder.run(words('branch doltflow'))).code).toBe(2)
    expect((await folder.run(words('branch nope --delete'))).code).toBe(1)
    for (const line of [
      'branch --delete',
      'branch x --delete --from main',
      'branch x --all',
      'branch --from main',
      'branch x y',
    ])
      expect([line, (await folder.run(words(line))).code]).toEqual([line, 2])
  })

  it('makes, lists and deletes tags', async () => {
    expect((await folder.ok('tag')).out).toContain('no tags')
    await folder.ok('tag v1')
    await folder.ok('tag v0 HEAD~1')
    expect((await folder.ok('tag --json')).json.tags.map((tag: { name: string }) => tag.name)).toEqual(['v0', 'v1'])
    expect((await folder.run(words('tag v1'))).code).toBe(4)
    await folder.ok('tag v1 --delete')
    expect((await folder.run(words('tag v1 --delete'))).code).toBe(1)
    expect((await folder.run(words('tag --delete'))).code).toBe(2)
  })

  it('merges, and says what it did', async () => {
    await folder.ok('save foo - --mode upsert --new-branch exp', { stdin: 'a,b\n3,exp\n' })
    expect((await folder.ok('merge exp --into main')).out).toMatch(/^main had not moved/)
    expect((await folder.ok('merge exp')).out).toMatch(/^main has all of exp already/)
    await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n1,main\n' })
    await folder.ok('save foo - --mode upsert --branch exp', { stdin: 'a,b\n2,exp\n' })
    expect((await folder.ok('merge exp --message why --json')).json).toMatchObject({
      kind: 'merge',
      changed: true,
      merged: true,
    })
    expect(await rows()).toBe('a,b\n1,main\n2,exp\n3,exp\n')
    expect((await folder.ok('log --graph')).out).toMatch(/^\* .*why\n\|\\\n/)
  })
})

describe('undo', () => {
  it('drops, restores and reverts', async () => {
    expect((await folder.ok('drop foo')).out).toMatch(/^Dropped foo: \+0 ~0 -2, main [0-9a-f]{7}\nBring it back with: /)
    expect((await folder.run(words('load foo'))).err).toContain('TABLE_NOT_FOUND')
    expect((await folder.ok('diff foo')).out).toContain('the table was dropped')
    expect((await folder.ok('restore foo --at HEAD~1')).out).toContain('Restored foo as at HEAD~1')
    await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n1,q\n' })
    expect((await folder.ok('revert HEAD --json')).json).toMatchObject({ kind: 'revert', changed: true })
    expect(await rows()).toBe('a,b\n1,x\n2,y\n')
    expect((await folder.ok('restore foo --at HEAD')).out).toContain('foo is as at HEAD already')
    expect((await folder.run(words('restore foo'))).code).toBe(2)
    expect((await folder.run(words('drop nope'))).code).toBe(1)
  })
})

describe('remotes', () => {
  it('adds, lists, removes, pushes, clones and pulls', async () => {
    const url = `file://${join(folder.path, 'remote.db')}`
    expect((await folder.ok('remote')).out).toContain('no remotes')
    await folder.ok(`remote add origin ${url}`)
    expect((await folder.ok('remote list --json')).json.remotes).toEqual([{ name: 'origin', url }])
    expect((await folder.ok('status')).out).toContain('not pushed to origin: main')
    expect((await folder.ok('push')).out).toBe('Pushed to origin: main\n')
    expect((await folder.ok(`clone ${url} --db copy.db`)).out).toMatch(/^Cloned into .*copy\.db: main\n$/)
    expect((await folder.run(words(`clone ${url} --db copy.db`))).code).toBe(4)
    await folder.ok('save foo - --mode append --db copy.db --remote origin', { stdin: 'a,b\n3,copy\n' })
    expect((await folder.ok('pull')).out).toMatch(/^Pulled from origin: main [0-9a-f]{7}\n$/)
    expect((await folder.ok('pull')).out).toBe('Nothing new at origin\n')
    await folder.ok('branch side')
    await folder.ok('push')
    await folder.ok('branch side --delete')
    expect((await folder.ok('pull')).out).toMatch(
      /^Nothing new at origin\nLeft there, since deleted here: side; bring it back with: doltflow branch side --from [0-9a-f]+\n$/,
    )
    expect(await rows()).toBe('a,b\n1,x\n2,y\n3,copy\n')
    await folder.ok('remote remove origin')
    expect((await folder.run(words('push'))).err).toContain('REMOTE_NOT_FOUND')
    expect((await folder.run(words(`push ${url}`))).code).toBe(0)
  })

  it('reports a pull that conflicts with status 3, and decides', async () => {
    const url = `file://${join(folder.path, 'remote.db')}`
    await folder.ok('push', { env: { DOLTFLOW_REMOTE: url } })
    await folder.ok(`clone ${url} --db copy.db`)
    await folder.ok('save foo - --mode upsert --db copy.db', { stdin: 'a,b\n1,copy\n' })
    await folder.ok('push --db copy.db')
    await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n1,here\n' })
    const pulled = await folder.run(words('pull'))
    expect(pulled.code).toBe(3)
    expect(pulled.err).toMatch(/PULL_CONFLICT[^]*foo +1 +b +x +here +copy/)
    await folder.ok('pull --on-conflict theirs')
    expect(await rows()).toContain('1,copy')
  })

  it('tells that a save was done here where the remote is away', async () => {
    const { code, err } = await folder.run(
      words(`save foo - --mode append --remote file:///nowhere/at/all.db --json`),
      { stdin: 'a,b\n3,z\n' },
    )
    expect(code).toBe(1)
    expect(JSON.parse(err).error).toMatchObject({ data: { action: { changed: true } } })
  })

  it('never prints a password', async () => {
    for (const line of [
      'remote add origin https://user:hunter2@host/db',
      'clone https://user:hunter2@host/db --db x.db',
      'push https://user:hunter2@host/db',
      'status https://user:hunter2@host/db --json',
    ]) {
      const { code, out, err } = await folder.run(words(line))
      expect([line, code]).toEqual([line, 2])
      expect(out + err).not.toContain('hunter2')
    }
  })

  it.each(['remote ad x y', 'remote add x', 'remote remove', 'remote list x'])('refuses %s', async (line) => {
    expect((await folder.run(words(line))).code).toBe(2)
  })
})

describe('care', () => {
  it('frees space, and tells the state', async () => {
    expect((await folder.ok('gc')).out).toMatch(/before, .* now\n$/)
    expect((await folder.ok('status')).out).toContain('nothing to finish')
    expect((await folder.ok('status --json')).json).toMatchObject({
      defaultBranch: 'main',
      branches: 1,
      conflicts: [],
      dirty: [],
    })
  })

  it('accepts a restored backup', async () => {
    const path = join(folder.path, 'doltflow.db')
    copyFileSync(path, `${path}.backup`)
    await folder.ok('save foo - --mode append', { stdin: 'a,b\n3,lost\n' })
    copyFileSync(`${path}.backup`, path)
    const refused = await folder.run(words('load foo'))
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/DATABASE_TRUNCATED.*doltflow accept/)
    expect((await folder.ok('accept')).out).toMatch(/^Accepted .* with 1 branch:\n {2}main [0-9a-f]{7}\n$/)
    expect(await rows()).toBe('a,b\n1,x\n2,y\n')
  })
})
