import { mkdirSync, renameSync } from 'node:fs'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { clone, type Action, type Database } from '../../../dist/index.js'
import { Bench, refusal, testOf, type EngineUnderTest } from '../bench.ts'

export function remoteContract(engine: EngineUnderTest): void {
  describe('remotes', () => {
    const bench = new Bench(engine)
    let remote: string
    let one: Database
    let two: Database
    afterAll(() => bench.end())
    const heads = async (database: Database) =>
      Object.fromEntries((await database.branches({ all: true })).map(({ name, hash }) => [name, hash]))

    describe('two clones of a database without tables', () => {
      beforeEach(async () => {
        remote = bench.remoteUrl()
        const first = await bench.open()
        await first.init()
        await first.push(remote)
        const urls = [bench.url(), bench.url()]
        for (const url of urls) await clone(remote, url)
        ;[one, two] = (await Promise.all(urls.map((url) => bench.open(url)))) as [Database, Database]
      })

      test('other tables, the same table: all meet', async () => {
        await bench.save(one, 'foo', 'id,a\n1,x\n', { key: 'id' })
        await bench.save(one, 'both', 'id,a\n1,x\n2,y\n', { key: 'id' })
        await bench.save(two, 'bar', 'id,a\n1,x\n', { key: 'id' })
        await bench.save(two, 'both', 'id,a\n1,x\n3,z\n', { key: 'id' })
        await one.push()
        await two.push()
        await one.pull()
        expect((await one.tables()).map(({ name }) => name)).toEqual(['bar', 'both', 'foo'])
        expect(await bench.text(one, 'both')).toBe('id,a\n1,x\n2,y\n3,z\n')
        expect(await heads(one)).toEqual(await heads(two))
        expect(await one.actions()).toHaveLength(4)
      })
      test('one that has all of the other is merged with it all the same: else it could not be pushed', async () => {
        await bench.save(one, 'foo', 'id,a\n1,x\n', { key: 'id', remote: 'origin' })
        await bench.save(two, 'foo', 'id,a\n1,x\n2,y\n', { key: 'id' })
        await two.push()
        await one.pull()
        expect(await bench.text(one, 'foo')).toBe('id,a\n1,x\n2,y\n')
        await bench.save(one, 'foo', 'id,a\n1,ONE\n2,y\n', { remote: 'origin' })
        await bench.save(two, 'foo', 'id,a\n1,TWO\n2,y\n')
        await two.pull('origin', { onConflict: 'ours' })
        await two.push()
        await one.pull()
        expect(await bench.text(one, 'foo')).toBe('id,a\n1,TWO\n2,y\n')
        expect((await two.status()).notPushed).toEqual([])
      })
    })

    describe('two clones', () => {
      beforeEach(async () => {
        remote = bench.remoteUrl()
        one = await bench.open()
        await bench.save(one, 'foo', 'id,a,b\n1,x,p\n2,y,q\n', { key: 'id', remote, run: 'first' })
        const url = bench.url()
        expect(await clone(remote, url)).toMatchObject({ location: url, branches: ['doltflow', 'main'] })
        two = await bench.open(url)
      })

      test('a clone has all: data, history, actions, its remote', async () => {
        expect(await bench.text(two, 'foo')).toBe('id,a,b\n1,x,p\n2,y,q\n')
        expect(await two.log()).toEqual(await one.log())
        expect(await two.actions()).toEqual(await one.actions())
        expect(await two.remotes()).toEqual([{ name: 'origin', url: remote }])
        expect(await bench.text(two, 'foo', { at: 'run:first' })).toBe('id,a,b\n1,x,p\n2,y,q\n')
        expect((await refusal(clone(remote, two.location))).code).toBe('DATABASE_EXISTS')
      })
      test('a save pulls before and pushes after', async () => {
        await bench.save(one, 'foo', 'id,a,b\n1,x,p\n2,y,q\n3,one,r\n', { remote })
        const action = await bench.save(two, 'foo', 'id,a,b\n4,two,s\n', { mode: 'append', remote: 'origin' })
        expect(action).toMatchObject({ changed: true, merged: false, added: 1 })
        await one.pull()
        expect(await bench.text(one, 'foo')).toBe('id,a,b\n1,x,p\n2,y,q\n3,one,r\n4,two,s\n')
        expect((await one.status()).notPushed).toEqual([])
        expect((await two.status()).notPushed).toEqual([])
      })
      test('the records of both are in both', async () => {
        await Promise.all([
          bench.save(one, 'foo', 'id,a,b\n1,x,p\n2,y,q\n3,one,r\n', { remote, run: 'of one' }),
          bench.save(two, 'bar', 'id\n1\n', { key: 'id', remote, run: 'of two' }),
        ])
        await one.push(remote)
        await two.push(remote)
        await one.pull(remote)
        await two.pull(remote)
        const runs = async (database: Database) => (await database.actions()).map(({ run }) => run).toSorted()
        expect(await runs(one)).toEqual(['first', 'of one', 'of two'])
        expect(await runs(two)).toEqual(['first', 'of one', 'of two'])
        expect(await bench.text(one, 'bar', { at: 'run:of two' })).toBe('id\n1\n')
        expect((await heads(one))['main']).toBe((await heads(two))['main'])
      })
      test('tags travel, both ways and into clones; none ever moves', async () => {
        await bench.save(one, 'foo', 'id,a,b\n1,tagged,p\n', { branch: { new: 'side' } })
        await one.createTag('v1')
        await one.createTag('release/2', 'side')
        expect(await one.push()).toMatchObject({ branches: ['side'], tags: ['release/2', 'v1'] })
        expect(await one.push()).toMatchObject({ branches: [], tags: ['release/2', 'v1'] })
        await two.pull()
        expect(await two.tags()).toEqual(await one.tags())
        const url = bench.url()
        await clone(remote, url)
        const three = await bench.open(url)
        expect(await bench.text(three, 'foo', { at: 'release/2' })).toBe('id,a,b\n1,tagged,p\n')

        await bench.save(two, 'foo', 'id,a,b\n5,n,n\n')
        await two.createTag('v2', 'HEAD~1')
        await three.createTag('v2', 'HEAD~1')
        await three.push()
        const own = await two.resolve('v2')
        await two.pull()
        expect(await two.resolve('v2')).toBe(own)
        expect(await refusal(two.push())).toMatchObject({ code: 'TAG_EXISTS', data: { tag: 'v2' } })
        expect(await three.resolve('v2')).not.toBe(own)
        await one.pull()
        expect(await one.resolve('v2')).toBe(await three.resolve('v2'))

        // A tag whose commit no branch of the remote leads to: a fetch doesn't bring it.
        const { toCommit } = await bench.save(three, 'foo', 'id,a,b\n1,aside,p\n', { branch: { new: 'aside' } })
        await three.createTag('v3', 'aside')
        await three.deleteBranch('aside')
        await three.push()
        await one.createTag('v3')
        expect(await refusal(one.push())).toMatchObject({ code: 'TAG_EXISTS', data: { tag: 'v3' } })
        await one.deleteTag('v3')
        await one.createTag('v4')
        expect((await one.push()).tags).toContain('v4')
        const again = bench.url()
        await clone(remote, again)
        const four = await bench.open(again)
        expect(await four.resolve('v3')).toBe(toCommit)
        expect(await four.resolve('v4')).toBe(await one.resolve('v4'))
      })
      test('two that race, again and again: all lands', async () => {
        const work = [one, two].map(async (database, index) => {
          for (let turn = 0; turn < 5; turn++)
            await bench.save(database, 'foo', `id,a,b\n${100 * (index + 1) + turn},n,n\n`, { mode: 'append', remote })
        })
        await Promise.all(work)
        await one.pull()
        await two.pull()
        expect((await bench.text(one, 'foo')).split('\n')).toHaveLength(1 + 2 + 10 + 1)
        expect(await bench.text(two, 'foo')).toBe(await bench.text(one, 'foo'))
        expect((await one.actions()).length).toBe(11)
        expect(await one.actions()).toEqual(await two.actions())
      })
      test('a conflicting pull moves nothing, and a policy decides it', async () => {
        await one.createBranch('side')
        await bench.save(one, 'foo', 'id,a,b\n1,ONE,p\n2,y,Q\n')
        await one.push()
        await bench.save(two, 'foo', 'id,a,b\n1,TWO,P\n2,y,q\n')
        const before = await heads(two)
        const error = await refusal(two.pull())
        expect(error).toMatchObject({
          code: 'PULL_CONFLICT',
          data: { branch: 'main', remote: 'origin', total: 1, tables: ['foo'] },
        })
        expect(error.data['conflicts']).toMatchObject([{ key: { id: 1 }, ours: { a: 'TWO' }, theirs: { a: 'ONE' } }])
        expect(await heads(two)).toEqual(before)
        expect((await refusal(two.push())).code).toBe('PULL_CONFLICT')
        expect(
          (await refusal(bench.save(two, 'foo', 'id,a,b\n5,n,n\n', { mode: 'append', remote: 'origin' }))).code,
        ).toBe('PULL_CONFLICT')
        expect(await heads(two)).toEqual(before)
        await two.pull('origin', { onConflict: 'theirs' })
        expect(await bench.text(two, 'foo')).toBe('id,a,b\n1,ONE,P\n2,y,Q\n')
        await two.push()
        await one.pull()
        expect(await bench.text(one, 'foo')).toBe('id,a,b\n1,ONE,P\n2,y,Q\n')
      })
      test('a save that meets a conflict on its push is kept here, and says so', async () => {
        // Between the pull and the push the other one saves.
        const meta = async (action: Action) => {
          if (action.kind === 'save') await bench.save(one, 'foo', 'id,a,b\n1,ONE,p\n2,y,q\n', { remote })
        }
        const error = await refusal(bench.save(two, 'foo', 'id,a,b\n1,TWO,p\n2,y,q\n', { remote, meta }))
        expect(error.code).toBe('PULL_CONFLICT')
        expect(error.data['action']).toMatchObject({ changed: true, toCommit: await two.resolve('main') })
        expect(await bench.text(two, 'foo')).toBe('id,a,b\n1,TWO,p\n2,y,q\n')
      })
      test('new branches travel, kept conflicts and scratch do not', async () => {
        await bench.save(one, 'foo', 'id,a,b\n9,n,n\n', { branch: { new: 'exp' }, remote })
        const base = (await one.log()).at(0)!.hash
        await bench.save(one, 'foo', 'id,a,b\n1,A,p\n2,y,q\n')
        await refusal(bench.save(one, 'foo', 'id,a,b\n1,B,p\n2,y,q\n', { branch: { from: base, mergeTo: 'main' } }))
        await one.push()
        expect(await two.pull()).toMatchObject({ remote: 'origin' })
        expect(Object.keys(await heads(two)).toSorted()).toEqual(['doltflow', 'exp', 'main'])
        expect(await bench.text(two, 'foo', { branch: 'exp' })).toBe('id,a,b\n9,n,n\n')
      })
      test('a branch that is deleted here does not come back; others do, and it by its commit', async () => {
        await bench.save(one, 'foo', 'id,a,b\n9,n,n\n', { branch: { new: 'exp' } })
        await one.push()
        await two.pull()
        await two.deleteBranch('exp')
        const { toCommit } = await bench.save(one, 'foo', 'id,a,b\n9,later,n\n', { branch: 'exp' })
        await bench.save(one, 'foo', 'id,a,b\n8,n,n\n', { branch: { new: 'more' } })
        await one.push()
        expect(await two.pull()).toMatchObject({
          branches: [{ name: 'doltflow' }, { name: 'more' }],
          left: [{ name: 'exp', commit: toCommit }],
        })
        expect((await two.branches()).map(({ name }) => name)).toEqual(['main', 'more'])
        await two.push()
        await two.createBranch('exp', toCommit!)
        expect((await two.pull()).left).toEqual([])
        await bench.save(one, 'foo', 'id,a,b\n9,last,n\n', { branch: 'exp' })
        await one.push()
        expect((await two.pull()).branches).toMatchObject([{ name: 'doltflow' }, { name: 'exp' }])
        expect(await bench.text(two, 'foo', { branch: 'exp' })).toBe('id,a,b\n9,last,n\n')
      })
      test('gc in both, then everything still loads and travels', async () => {
        await one.gc()
        await two.gc()
        await bench.save(one, 'foo', 'id,a,b\n3,n,n\n', { mode: 'append', remote })
        await two.pull()
        expect(await bench.text(two, 'foo')).toBe(await bench.text(one, 'foo'))
        expect(await bench.text(two, 'foo', { at: 'HEAD~1' })).toBe('id,a,b\n1,x,p\n2,y,q\n')
      })
      test('a load pulls before', async () => {
        await bench.save(one, 'foo', 'id,a,b\n3,n,n\n', { mode: 'append', remote })
        expect(await bench.text(two, 'foo', { remote: 'origin' })).toBe(await bench.text(one, 'foo'))
      })
    })

    test('a remote that is not there yet is made by the first save or push', async () => {
      const database = await bench.open()
      const url = bench.remoteUrl()
      expect((await bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id', remote: url })).changed).toBe(true)
      const other = bench.remoteUrl()
      expect(await database.push(other)).toMatchObject({ branches: ['main'] })
      for (const from of [url, other]) {
        const copy = bench.url()
        await clone(from, copy)
        expect(await bench.text(await bench.open(copy), 'foo')).toBe('id,a\n1,x\n')
      }
    })
    test('a fresh database joins a filled remote by its first save', async () => {
      const url = bench.remoteUrl()
      const database = await bench.open()
      await bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id', remote: url, run: 'A' })
      const fresh = await bench.open()
      const action = await bench.save(fresh, 'foo', 'id,a\n2,y\n', { mode: 'append', remote: url, run: 'B' })
      expect(action).toMatchObject({ merged: false, added: 1 })
      await database.pull(url)
      expect(await bench.text(database, 'foo')).toBe('id,a\n1,x\n2,y\n')
      expect((await database.actions()).map(({ run }) => run)).toEqual(['A', 'B'])
      // One that was only made, or that pulls first, does so, too.
      const made = await bench.open()
      await made.init()
      await made.pull(url)
      expect(await bench.text(made, 'foo')).toBe('id,a\n1,x\n2,y\n')
    })
    test('two databases with data of their own and one remote', async () => {
      const url = bench.remoteUrl()
      const first = await bench.open()
      await bench.save(first, 'foo', 'id,a\n1,x\n', { key: 'id', remote: url })
      const second = await bench.open()
      await bench.save(second, 'bar', 'id,a\n1,x\n', { key: 'id' })
      const before = await heads(second)
      // The first commit of every database is the same here, so that the two can be merged.
      const outcome = await second.push(url).then(
        () => 'merged',
        (error: { code: string }) => error.code,
      )
      expect(outcome).toMatch(/^(merged|REMOTE_REFUSED)$/)
      if (outcome === 'merged') expect((await second.tables()).map(({ name }) => name)).toEqual(['bar', 'foo'])
      else expect(await heads(second)).toEqual(before)
    })
    testOf(engine, 'lostRemotes')(
      'a remote that is lost: saved here, told with the action, delivered by the next push',
      async () => {
        const database = await bench.open()
        mkdirSync(`${bench.folder}/lost`)
        await database.addRemote('gone', engine.remoteUrl(`${bench.folder}/lost`, 'remote.db'))
        renameSync(`${bench.folder}/lost`, `${bench.folder}/aside`)
        const error = await refusal(bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id', remote: 'gone' }))
        expect(error).toMatchObject({ code: 'REMOTE_UNREACHABLE', retryable: true })
        expect(error.data['action']).toMatchObject({ changed: true, toCommit: await database.resolve('main') })
        expect(error.message).toContain('saved here')
        expect((await database.status()).notPushed).toEqual([{ remote: 'gone', branches: ['doltflow', 'main'] }])
        expect((await refusal(database.pull('gone'))).code).toBe('REMOTE_UNREACHABLE')
        expect((await refusal(database.push('gone'))).code).toBe('REMOTE_UNREACHABLE')
        renameSync(`${bench.folder}/aside`, `${bench.folder}/lost`)
        await database.push('gone')
        expect((await database.status()).notPushed).toEqual([])
      },
    )
    testOf(engine, 'lostRemotes')('a load whose remote is lost loads what is here, and says so', async () => {
      const database = await bench.open()
      await bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id' })
      const action = await database.load('foo', bench.path(), { remote: engine.lostRemoteUrl(bench.folder) })
      expect(action.notices.map(({ code }) => code)).toEqual(['NOT_PULLED'])
    })
    test('a remote that is used by its URL gets no name: it is not listed, and others are not taken for it', async () => {
      const database = await bench.open()
      const [url, backup] = [bench.remoteUrl(), bench.remoteUrl()]
      await bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id', remote: url })
      expect(await database.remotes()).toEqual([])
      expect(await database.push()).toMatchObject({ remote: url, branches: [] })
      expect(await database.push(backup)).toMatchObject({ remote: backup, branches: ['main'] })
      expect(await database.push(backup)).toMatchObject({ remote: backup, branches: [] })
      expect((await database.status()).notPushed).toEqual([])
      expect((await refusal(database.push())).code).toBe('REMOTE_NOT_FOUND')
      await database.addRemote('origin', url)
      expect(await database.remotes()).toEqual([{ name: 'origin', url }])
      expect(await database.pull()).toEqual({ remote: 'origin', branches: [], left: [] })
    })
    test('remotes: added, listed, removed', async () => {
      const database = await bench.open()
      const url = bench.remoteUrl()
      expect((await refusal(database.addRemote('doltflow-a', url))).code).toBe('NAME_RESERVED')
      expect(await database.addRemote('origin', url)).toEqual({ name: 'origin', url })
      expect(await refusal(database.addRemote('origin', url))).toMatchObject({ code: 'REMOTE_EXISTS' })
      expect(await database.remotes()).toEqual([{ name: 'origin', url }])
      await database.removeRemote('origin')
      expect((await refusal(database.removeRemote('origin'))).code).toBe('REMOTE_NOT_FOUND')
      expect((await refusal(database.pull())).code).toBe('REMOTE_NOT_FOUND')
      expect((await refusal(bench.save(database, 'foo', 'id\n1\n', { key: 'id', remote: 'nowhere' }))).code).toBe(
        'REMOTE_NOT_FOUND',
      )
      for (const name of ['', '-x', 'a/b', 'a b', 'a\0'])
        expect([name, (await refusal(database.addRemote(name, url))).code]).toEqual([name, 'NAME_REFUSED'])
    })
    test('a URL with a password is refused, and never printed', async () => {
      const database = await bench.open()
      for (const url of ['https://me:secret@example.com/db', 'ftp://x/y', 'not a url']) {
        const errors = [await refusal(database.addRemote('r', url)), await refusal(clone(url, bench.url()))]
        for (const error of errors) {
          expect([url, error.code]).toEqual([url, 'URL_INVALID'])
          expect(JSON.stringify(error) + error.message).not.toContain('secret')
        }
      }
      const error = await refusal(
        bench.save(database, 'foo', 'id\n1\n', { key: 'id', remote: 'https://me:secret@example.com/db' }),
      )
      expect(error.code).toBe('URL_INVALID')
      expect(await database.remotes()).toEqual([])
    })
  })
}
