import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { clone, type Database } from '../../../dist/index.js'
import { Bench, refusal, testOf, type EngineUnderTest } from '../bench.ts'

export function branchContract(engine: EngineUnderTest): void {
  describe('branch plans, branches and tags', () => {
    const bench = new Bench(engine)
    let database: Database
    const texts = ['id,a\n1,x\n', 'id,a\n1,x\n2,y\n']
    let c1: string
    beforeEach(async () => {
      database = await bench.open()
      c1 = (await bench.save(database, 'foo', texts[0]!, { key: 'id' })).toCommit!
      await bench.save(database, 'foo', texts[1]!)
    })
    afterAll(() => bench.end())
    const heads = async () =>
      Object.fromEntries((await database.branches({ all: true })).map(({ name, hash }) => [name, hash]))

    test('append: by name, to that branch alone', async () => {
      await database.createBranch('exp', c1)
      const before = await heads()
      const action = await bench.save(database, 'foo', 'id,a\n7,z\n', { branch: 'exp' })
      expect(action).toMatchObject({ branch: 'exp', fromCommit: c1, added: 1, removed: 1 })
      expect(await heads()).toMatchObject({ main: before['main'], exp: action.toCommit })
      expect((await refusal(bench.save(database, 'foo', 'id,a\n', { branch: 'none' }))).code).toBe('BRANCH_NOT_FOUND')
    })
    test('new: from a ref, by default from the default branch; again, it is appended to', async () => {
      const made = await bench.save(database, 'foo', 'id,a\n7,z\n', { branch: { new: 'exp', from: c1 } })
      expect(made).toMatchObject({ branch: 'exp', fromCommit: c1, changed: true })
      const again = await bench.save(database, 'foo', 'id,a\n8,z\n', { branch: { new: 'exp' } })
      expect(again.fromCommit).toBe(made.toCommit)
      expect((await bench.save(database, 'foo', 'id,a\n9,z\n', { branch: { new: 'exp', from: c1 } })).fromCommit).toBe(
        again.toCommit,
      )
      expect((await bench.save(database, 'foo', 'id,a\n7,z\n', { branch: { new: 'exp2' } })).fromCommit).toBe(
        await database.resolve('main'),
      )
      expect(
        (await refusal(bench.save(database, 'foo', 'id,a\n7,z\n', { branch: { new: 'exp', from: 'main' } }))).code,
      ).toBe('OPTION_INVALID')
      expect(
        (await refusal(bench.save(database, 'foo', 'id,a\n7,z\n', { branch: { new: 'x', from: 'none' } }))).code,
      ).toBe('REF_NOT_FOUND')
    })
    test('new, with nothing changed: the branch is there', async () => {
      const action = await bench.save(database, 'foo', texts[0]!, { branch: { new: 'exp', from: c1 } })
      expect(action).toMatchObject({ changed: false, toCommit: c1 })
      expect((await heads())['exp']).toBe(c1)
    })
    test('new, refused: the branch is not there', async () => {
      await refusal(bench.save(database, 'foo', 'id,a\n,z\n', { branch: { new: 'exp', from: c1 } }))
      expect(Object.keys(await heads()).toSorted()).toEqual(['doltflow', 'main'])
    })
    test('merge: built on a ref, merged into a branch', async () => {
      const action = await bench.save(database, 'foo', 'id,a\n1,x\n5,new\n', { branch: { from: c1, mergeTo: 'main' } })
      expect(action).toMatchObject({ branch: 'main', fromCommit: c1, merged: true, added: 1, removed: 0 })
      expect(await bench.text(database, 'foo')).toBe('id,a\n1,x\n2,y\n5,new\n')
      expect(await bench.text(database, 'foo', { at: action.fileCommit! })).toBe('id,a\n1,x\n5,new\n')
      expect((await database.show(action.toCommit!)).commit.parents).toHaveLength(2)
      const plain = await bench.save(database, 'foo', 'id,a\n1,x\n', { branch: { mergeTo: 'main' } })
      expect(plain).toMatchObject({ merged: false, removed: 2 })
      for (const branch of [{ from: 'none', mergeTo: 'main' }, { mergeTo: 'none' }])
        expect((await refusal(bench.save(database, 'foo', 'id,a\n', { branch }))).code).toMatch(
          /^(REF|BRANCH)_NOT_FOUND$/,
        )
    })
    test('noMerge refuses what would need a merge', async () => {
      const before = await heads()
      const error = await refusal(
        bench.save(database, 'foo', 'id,a\n1,x\n5,new\n', { branch: { from: c1, mergeTo: 'main' }, noMerge: true }),
      )
      expect(error).toMatchObject({
        code: 'CONFLICT',
        retryable: true,
        data: { branch: 'main', base: c1, head: before['main'] },
      })
      expect(await heads()).toEqual(before)
    })
    test('a save moves no other branch, and no checkout of another program', async () => {
      await database.createBranch('other')
      const before = await heads()
      await bench.save(database, 'foo', 'id,a\n1,new\n')
      const { main: _main, doltflow: _records, ...after } = await heads()
      expect(after).toEqual({ other: before['other'] })
    })
    test('branches: made, listed, deleted', async () => {
      expect(await database.createBranch('a/b', 'HEAD~1')).toMatchObject({ name: 'a/b', hash: c1, message: null })
      expect((await database.branches()).map(({ name }) => name)).toEqual(['a/b', 'main'])
      expect((await refusal(database.createBranch('a/b'))).code).toBe('BRANCH_EXISTS')
      expect((await refusal(database.createBranch('c', 'none'))).code).toBe('REF_NOT_FOUND')
      await database.createBranch('c')
      await database.deleteBranch('c')
      expect((await refusal(database.deleteBranch('c'))).code).toBe('BRANCH_NOT_FOUND')
      expect((await refusal(database.deleteBranch('main'))).code).toBe('USAGE')
    })
    testOf(engine, 'otherPrograms')('a branch that another program changed is told, and not deleted', async () => {
      await database.createBranch('a/b')
      engine.leave(database.location, 'a/b', 'DELETE FROM foo')
      expect((await database.status()).dirty).toEqual([{ branch: 'a/b', tables: ['foo'] }])
      expect((await refusal(database.deleteBranch('a/b'))).code).toBe('BRANCH_DIRTY')
    })
    test('a branch and a tag never share a name: each could pass for the other', async () => {
      expect((await refusal(database.createTag('main'))).code).toBe('BRANCH_EXISTS')
      await database.createTag('rel')
      expect((await refusal(database.createBranch('rel'))).code).toBe('TAG_EXISTS')
      expect((await refusal(bench.save(database, 'foo', 'id,a\n1,n\n', { branch: { new: 'rel' } }))).code).toBe(
        'TAG_EXISTS',
      )
      expect((await refusal(database.createBranch('conflict/mine'))).code).toBe('NAME_RESERVED')
    })
    test('tags: made, listed, deleted; they do not move', async () => {
      expect(await database.createTag('v1', 'HEAD~1')).toMatchObject({ name: 'v1', hash: c1, message: null })
      await database.createTag('v2')
      await bench.save(database, 'foo', 'id,a\n1,new\n')
      expect(await bench.text(database, 'foo', { at: 'v2' })).toBe(texts[1])
      expect((await database.tags()).map(({ name }) => name)).toEqual(['v1', 'v2'])
      expect((await refusal(database.createTag('v1'))).code).toBe('TAG_EXISTS')
      await database.deleteTag('v1')
      expect((await refusal(database.deleteTag('v1'))).code).toBe('REF_NOT_FOUND')
      expect((await refusal(bench.text(database, 'foo', { at: 'v1' }))).code).toBe('REF_NOT_FOUND')
    })
    test('a tag comes before a hash’s beginning and a date', async () => {
      const beginning = c1.slice(0, 6)
      await database.createTag(beginning, 'main')
      await database.createTag('2024-01-01', c1)
      const main = await database.resolve('main')
      expect(await database.resolve(beginning)).toBe(main)
      expect(await database.resolve('2024-01-01')).toBe(c1)
    })
    test('many saves within one second: a date names the last of them', async () => {
      for (let turn = 0; turn < 8; turn++) await bench.save(database, 'foo', `id,a\n1,${turn}\n`)
      const head = await database.resolve('main')
      const { commit } = await database.show(head)
      const log = await database.log()
      const last = log.find(({ date }) => date <= log[3]!.date)!
      expect(await database.resolve(commit.date)).toBe(head)
      expect(await database.resolve(log[3]!.date)).toBe(last.hash)
    })
    test('gc: everything that was published still loads', async () => {
      const commits = await database.log()
      await refusal(
        bench.save(database, 'foo', 'id,a\n1,q\n9,z\n', { branch: { from: c1, mergeTo: 'main' }, noMerge: true }),
      )
      const { before, after } = await database.gc()
      expect(Number(after)).toBeLessThanOrEqual(Number(before))
      expect(await database.log()).toEqual(commits)
      expect(await bench.text(database, 'foo')).toBe(texts[1])
      expect(await bench.text(database, 'foo', { at: c1 })).toBe(texts[0])
      const again = await bench.open(database.location)
      expect(await bench.text(again, 'foo', { at: c1.slice(0, 10) })).toBe(texts[0])
      expect((await bench.save(again, 'foo', 'id,a\n1,after\n')).changed).toBe(true)
      expect((await again.actions()).length).toBe(3)
    })
    test('what is opened later finds all of it', async () => {
      const again = await bench.open(database.location)
      expect(await again.log()).toEqual(await database.log())
      expect(await again.actions()).toEqual(await database.actions())
    })
    test('a branch and a tag say who made them, when, and what for', async () => {
      const began = new Date().toISOString()
      const tag = await database.createTag('v1', c1, { message: 'the annual report' })
      expect(tag).toMatchObject({ name: 'v1', hash: c1, message: 'the annual report' })
      expect(tag.createdAt! >= began && tag.author!.includes('<')).toBe(true)
      expect(await database.tags()).toEqual([tag])
      const exp = await database.createBranch('exp', c1, { message: 'without tax' })
      await bench.save(database, 'foo', 'id,a\n1,exp\n', { branch: 'exp' })
      const moved = (await database.branches()).find(({ name }) => name === 'exp')
      expect(moved).toEqual({ ...exp, hash: await database.resolve('exp') })
      // One of the same name that comes later has nothing of it.
      await database.deleteBranch('exp')
      expect(await database.createBranch('exp', c1)).toMatchObject({ message: null })
      await database.deleteTag('v1')
      expect(await database.createTag('v1', 'HEAD')).toMatchObject({ message: null })
    })
    test('a branch is deleted at a remote, and not here; what is said of it travels', async () => {
      const remote = bench.remoteUrl()
      await database.createBranch('exp', undefined, { message: 'a try' })
      await database.push(remote)
      const url = bench.url()
      await clone(remote, url)
      const other = await bench.open(url)
      expect((await other.branches()).map(({ name, message }) => [name, message])).toContainEqual(['exp', 'a try'])
      const refused = async (name: string, at: string) => (await refusal(other.deleteBranch(name, { remote: at }))).code
      expect(await refused('main', 'origin')).toBe('USAGE')
      await other.deleteBranch('exp', { remote: 'origin' })
      expect((await other.branches()).map(({ name }) => name)).toContain('exp')
      expect((await clone(remote, bench.url())).branches).not.toContain('exp')
      expect(await refused('exp', 'origin')).toBe('BRANCH_NOT_FOUND')
      expect(await refused('exp', 'nowhere')).toBe('REMOTE_NOT_FOUND')
      await other.deleteBranch('exp')
      expect((await other.pull()).branches.map(({ name }) => name)).not.toContain('exp')
    })
  })
}
