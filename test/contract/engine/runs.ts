import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { clone, type Database } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

export function runContract(engine: EngineUnderTest): void {
  describe('runs', () => {
    const bench = new Bench(engine)
    let database: Database
    const before = 'id,v\n1,a\n2,b\n'
    const after = 'id,v\n1,a\n2,B\n3,c\n'
    beforeEach(async () => {
      database = await bench.open()
      await bench.save(database, 'foo', before, { key: 'id' })
    })
    afterAll(() => bench.end())
    const text = (table = 'foo', options = {}) => bench.text(database, table, options)
    const branchNames = async () => (await database.branches()).map(({ name }) => name)

    test('all that it saves is published as one merge commit; nobody sees it before', async () => {
      const head = await database.resolve('HEAD')
      const { result, ...run } = await database.run({ id: 'r 1:x/ä' }, async (inner, info) => {
        expect(info).toMatchObject({ id: 'r 1:x/ä', status: 'running', into: 'main', fromCommit: head })
        await bench.save(inner, 'foo', after)
        // The name of the branch that it is published to means the run's own.
        await bench.save(inner, 'bar', 'id\n1\n', { key: 'id', branch: { from: head, mergeTo: 'main' } })
        expect(await bench.text(inner, 'foo', { branch: 'main' })).toBe(after)
        expect(await text()).toBe(before)
        expect((await database.tables()).map(({ name }) => name)).toEqual(['foo'])
        return 7
      })
      expect(result).toBe(7)
      expect(run).toMatchObject({ status: 'published', changed: true, repeated: false })
      expect(await text()).toBe(after)
      expect(await text('bar')).toBe('id\n1\n')
      const { commit } = await database.show('HEAD')
      expect(commit).toMatchObject({ hash: run.toCommit, message: 'run r 1:x/ä' })
      expect(commit.parents[0]).toBe(head)
      expect(commit.parents).toHaveLength(2)
      expect(await branchNames()).toEqual(['main'])
      const saved = (await database.actions({ run: 'r 1:x/ä' })).filter(({ kind }) => kind === 'save')
      expect(saved.map(({ table }) => table)).toEqual(['foo', 'bar'])
      const [, second] = await database.blame('foo')
      expect(second!.commit.trailers['Doltflow-Run']).toBe('r 1:x/ä')
      expect(second!.commit.hash).toBe(saved[0]!.toCommit)
    })

    test('one that fails publishes nothing, and can be looked at, resumed, published or dropped', async () => {
      const head = await database.resolve('HEAD')
      const failing = (id: string) =>
        database.run({ id }, async (inner) => {
          await bench.save(inner, 'foo', after)
          throw new Error('no luck')
        })
      // The error is the caller's own.
      await expect(failing('r1')).rejects.toThrow(/^no luck$/)
      expect(await database.resolve('HEAD')).toBe(head)
      expect(await database.showRun('r1')).toMatchObject({ status: 'failed', error: 'no luck', toCommit: null })
      expect(await text('foo', { at: 'run/r1' })).toBe(after)
      expect((await refusal(failing('r1'))).code).toBe('RUN_EXISTS')

      const resumed = await database.run({ id: 'r1', resume: true }, async (inner, info) => {
        expect(await bench.text(inner, 'foo')).toBe(after)
        // What an earlier process of it still saves finds no branch.
        expect(info.branch).toBe('run/r1@2')
        expect((await refusal(bench.save(database, 'foo', before, { branch: 'run/r1' }))).code).toBe('BRANCH_NOT_FOUND')
      })
      expect(resumed).toMatchObject({ status: 'published', changed: true })
      expect(await text()).toBe(after)

      await expect(failing('r2')).rejects.toThrow('no luck')
      expect(await database.dropRun('r2')).toMatchObject({ status: 'dropped' })
      expect((await refusal(database.publishRun('r2'))).code).toBe('RUN_EXISTS')
      await bench.save(database, 'foo', before)
      await expect(failing('r3')).rejects.toThrow('no luck')
      expect(await database.publishRun('r3')).toMatchObject({ status: 'published', changed: true })
      expect(await text()).toBe(after)
      expect(await branchNames()).toEqual(['main'])
      const stands = (await database.runs()).map(({ id, status }) => [id, status])
      expect(stands).toEqual([
        ['r3', 'published'],
        ['r2', 'dropped'],
        ['r1', 'published'],
      ])
      expect((await database.runs({ status: 'dropped' })).map(({ id }) => id)).toEqual(['r2'])
      expect((await refusal(database.showRun('r4'))).code).toBe('RUN_NOT_FOUND')
    })

    test('one that was published is not done again; one that saves nothing makes no commit', async () => {
      const head = await database.resolve('HEAD')
      const nothing = await database.run({ id: 'r1' }, async (inner) => void (await bench.save(inner, 'foo', before)))
      expect(nothing).toMatchObject({ status: 'published', changed: false, toCommit: head, repeated: false })
      let done = 0
      const again = await database.run({ id: 'r1' }, async () => ++done)
      expect(again).toMatchObject({ repeated: true, result: null, toCommit: head })
      expect(done).toBe(0)
      expect(await database.resolve('HEAD')).toBe(head)
    })

    test('another branch is refused in it; one that is running is not begun twice', async () => {
      await database.createBranch('other')
      await database.run({ id: 'r1' }, async (inner) => {
        for (const branch of ['other', { new: 'exp' }, { from: 'main', mergeTo: 'other' }] as const)
          expect((await refusal(bench.save(inner, 'foo', after, { branch }))).code).toBe('RUN_BRANCH')
        expect((await refusal(inner.drop('foo', { branch: 'other' }))).code).toBe('RUN_BRANCH')
        expect((await refusal(inner.merge('main', { into: 'other' }))).code).toBe('RUN_BRANCH')
        expect((await refusal(database.run({ id: 'r1' }, async () => {}))).code).toBe('RUN_RUNNING')
        expect((await refusal(database.dropRun('r1'))).code).toBe('RUN_RUNNING')
      })
    })

    // Fault: it went to the branch that the run is published to, at once, and a run that failed had saved it.
    test('several tables that it saves to the branch that it is published to go to the branch of the run', async () => {
      await database.createBranch('other')
      const run = await database.run({ id: 'r1' }, async (inner) => {
        const rows = { foo: [{ id: 9, v: 'i' }], bar: [{ id: 1 }] }
        expect((await refusal(inner.saveAll(rows, { branch: 'other' }))).code).toBe('RUN_BRANCH')
        const [foo] = await inner.saveAll(rows, { branch: 'main', tables: { bar: { key: 'id' } } })
        expect(foo).toMatchObject({ branch: 'run/r1', run: 'r1' })
        expect(await text()).toBe(before)
        expect((await database.tables()).map(({ name }) => name)).toEqual(['foo'])
      })
      expect(run).toMatchObject({ status: 'published', changed: true })
      expect(await text()).toBe('id,v\n9,i\n')
    })

    // Fault: each took the other's branch for its own of an earlier attempt.
    test('of two that begin the same at once one does', async () => {
      let others = 0
      const begin = () =>
        database.run({ id: 'r1' }, async (inner) => {
          others++
          await bench.save(inner, 'foo', after)
          await new Promise((done) => setTimeout(done, 200))
        })
      const both = await Promise.allSettled([begin(), begin()])
      const codes = both.map((one) =>
        one.status === 'fulfilled' ? one.value.status : (one.reason as { code: string }).code,
      )
      expect(codes.toSorted()).toEqual(['RUN_RUNNING', 'published'])
      expect(others).toBe(1)
      expect(await text()).toBe(after)
      expect((await database.branches({ all: true })).map(({ name }) => name)).toEqual(['doltflow', 'main'])
    })

    test('others go on meanwhile: rows merge, a conflict keeps the run', async () => {
      await database.run({ id: 'r1' }, async (inner) => {
        await bench.save(inner, 'foo', after)
        await bench.save(database, 'foo', 'id,v\n9,z\n', { mode: 'append' })
      })
      expect(await text()).toBe(`${after}9,z\n`)
      const clash = database.run({ id: 'r2' }, async (inner) => {
        await bench.save(inner, 'foo', 'id,v\n1,run\n', { mode: 'upsert' })
        await bench.save(database, 'foo', 'id,v\n1,other\n', { mode: 'upsert' })
      })
      expect((await refusal(clash)).code).toBe('CONFLICT')
      // The run is what keeps the work: there is no other branch.
      expect(await branchNames()).toEqual(['main', 'run/r2'])
      expect(await database.showRun('r2')).toMatchObject({ status: 'failed' })
      expect(await text()).toContain('1,other\n')
      expect(await database.publishRun('r2', { onConflict: 'theirs' })).toMatchObject({ status: 'published' })
      expect(await text()).toContain('1,run\n')
    })

    test('merging its branch where it was to go publishes a run that a conflict or a check kept', async () => {
      const count = (db: Database) => db.step('count', { inputs: { foo: { changes: true } } }, () => Promise.resolve())
      const clash = database.run({ id: 'r:1' }, async (inner) => {
        await count(inner)
        await bench.save(inner, 'foo', 'id,v\n1,run\n', { mode: 'upsert' })
        await bench.save(database, 'foo', 'id,v\n1,other\n', { mode: 'upsert' })
      })
      expect((await refusal(clash)).data).toMatchObject({ branch: 'run/r%3A1' })
      await database.createBranch('aside')
      await database.merge('run/r%3A1', { into: 'aside', onConflict: 'theirs' })
      expect(await database.showRun('r:1')).toMatchObject({ status: 'failed' })
      const merge = await database.merge('run/r%3A1', { onConflict: 'theirs' })
      expect(merge).toMatchObject({ kind: 'merge', run: 'r:1', branch: 'main', changed: true })
      expect(await database.showRun('r:1')).toMatchObject({ status: 'published', toCommit: merge.toCommit })
      expect(await branchNames()).toEqual(['aside', 'main'])
      expect(await text()).toContain('1,run\n')
      // What its steps consumed counts.
      expect((await count(database)).tables[0]!.changes).toMatchObject({ full: null })
      await database.addCheck('foo', 'few', { kind: 'rows', min: 0, max: 3 })
      const broken = database.run({ id: 'r2' }, (inner) =>
        bench.save(inner, 'foo', 'id,v\n7,x\n8,y\n9,z\n', { mode: 'append' }),
      )
      expect((await refusal(broken)).code).toBe('CHECK_FAILED')
      await database.merge('run/r2', { override: 'few', reason: 'a big day' })
      expect(await database.showRun('r2')).toMatchObject({ status: 'published', changed: true })
    })

    test('one that is begun and ended by calls is the same', async () => {
      const { id, branch, into } = await database.beginRun({ id: 'r1' })
      const inner = await bench.open(database.location, { run: id, branch, into })
      await bench.save(inner, 'foo', after, { branch: 'main' })
      expect(await text()).toBe(before)
      expect(await database.endRun(id)).toMatchObject({ status: 'published', changed: true })
      expect(await text()).toBe(after)
      expect(await database.beginRun({ id: 'r1' })).toMatchObject({ status: 'published' })
      await database.beginRun({ id: 'r2' })
      expect(await database.endRun('r2', { error: 'no luck' })).toMatchObject({ status: 'failed', error: 'no luck' })
    })

    test('a run in a run is published into it, and with it', async () => {
      await database.run({ id: 'outer' }, async (outer, { branch }) => {
        const inner = await outer.run({ id: 'inner' }, async (run) => void (await bench.save(run, 'foo', after)))
        expect(inner).toMatchObject({ status: 'published', into: branch, parent: 'outer' })
        expect(await bench.text(outer, 'foo')).toBe(after)
        expect(await text()).toBe(before)
      })
      expect(await text()).toBe(after)
      // What the inner run did is the outer one's, too.
      expect((await database.actions({ run: 'outer' })).map(({ run, kind }) => `${run} ${kind}`)).toContain(
        'inner save',
      )
      expect(await text('foo', { at: 'run:outer' })).toBe(after)
    })

    test('a run in a run that is dropped is done again; one that is dropped goes wholly, also if its process was killed', async () => {
      let fails = true
      const night = () =>
        database.run({ id: 'outer', resume: false }, async (outer) => {
          await outer.run({ id: 'inner' }, async (run) => void (await bench.save(run, 'foo', after)))
          if (fails) throw new Error('no luck')
        })
      await expect(night()).rejects.toThrow('no luck')
      await database.dropRun('outer')
      expect(await database.showRun('inner')).toMatchObject({ status: 'dropped' })
      fails = false
      expect(await night()).toMatchObject({ status: 'published', changed: true })
      expect(await text()).toBe(after)
      await database.beginRun({ id: 'left' })
      await database.endRun('left', { error: 'no luck' })
      const { branch } = await database.dropRun('left')
      await database.createBranch('again', 'main')
      expect((await refusal(database.dropRun('left'))).code).toBe('RUN_EXISTS')
      expect((await database.branches()).map(({ name }) => name)).not.toContain(branch)
    })

    test('its record has parameters and versions; every table that it read or wrote can be had again', async () => {
      await bench.save(database, 'other', 'id\n7\n', { key: 'id' })
      await database.run({ id: 'r1', params: { window: 7 } }, async (inner) => {
        await inner.load('foo', bench.path())
        await bench.save(inner, 'bar', 'id\n1\n', { key: 'id' })
      })
      expect(await database.showRun('r1')).toMatchObject({
        params: { window: 7 },
        versions: { doltflow: expect.stringMatching(/^\d+\.\d+/), node: process.versions.node },
      })
      await bench.save(database, 'foo', after)
      await bench.save(database, 'bar', 'id\n2\n')
      const folder = bench.path('folder')
      const actions = await database.loadAll(folder, { at: 'run:r1' })
      expect(actions.map(({ table }) => table)).toEqual(['bar', 'foo'])
      expect(readFileSync(join(folder, 'foo.csv'), 'utf8')).toBe(before)
      expect(readFileSync(join(folder, 'bar.csv'), 'utf8')).toBe('id\n1\n')
    })

    test('its record and what it saved travel; its branch does not', async () => {
      mkdirSync(join(bench.folder, 'remotes'), { recursive: true })
      const remote = bench.remoteUrl()
      await database.push(remote)
      await database.run({ id: 'r1', remote, data: { ticket: 7 } }, async (inner) => {
        await bench.save(inner, 'foo', after)
        await database.push(remote)
      })
      const url = bench.url()
      await clone(remote, url)
      const copy = await bench.open(url)
      expect(await bench.text(copy, 'foo')).toBe(after)
      expect(await copy.showRun('r1')).toMatchObject({ status: 'published', data: { ticket: 7 } })
      expect((await copy.branches()).map(({ name }) => name)).toEqual(['main'])
    })
  })
}
