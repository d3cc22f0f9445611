import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../../dist/index.js'
import { Bench, brief, collect, refusal, type EngineUnderTest } from '../bench.ts'

/** What people undo and compare at once: several commits, a run, every table; and what is on record of it. */
export function undoSeveralContract(engine: EngineUnderTest): void {
  describe('several at once', () => {
    const bench = new Bench(engine)
    let database: Database
    const save = (table: string, text: string, options = {}) =>
      bench.save(database, table, text, { key: 'id', ...options })
    const text = (table: string, options = {}) => bench.text(database, table, options)
    beforeEach(async () => {
      database = await bench.open()
      await save('foo', 'id,a\n1,x\n2,y\n', { run: 'night-1' })
      await save('bar', 'id,b\n1,p\n', { run: 'night-1' })
    })
    afterAll(() => bench.end())

    // Fault: the run's last commit alone was reverted, and the answer said "Reverted run:…".
    test('revert: all that a run saved, as one commit; what others saved since stays', async () => {
      await save('foo', 'id,a\n1,BAD\n2,y\n', { run: 'night-2' })
      await save('bar', 'id,b\n1,BAD\n2,q\n', { run: 'night-2' })
      await save('new', 'id\n1\n', { run: 'night-2' })
      await save('foo', 'id,a\n1,BAD\n2,later\n')
      const before = (await database.log()).length
      const action = await database.revert('run:night-2')
      expect(action).toMatchObject({ kind: 'revert', changed: true })
      expect((await database.log()).length).toBe(before + 1)
      expect(await text('foo')).toBe('id,a\n1,x\n2,later\n')
      expect(await text('bar')).toBe('id,b\n1,p\n')
      expect((await database.tables()).map(({ name }) => name)).toEqual(['bar', 'foo'])
      expect((await database.revert('run:night-2')).changed).toBe(false)
      expect((await refusal(database.revert('run:none'))).code).toBe('RUN_NOT_FOUND')
    })
    test('revert: a range and a list, in whatever order; one that can’t be leaves all as it was', async () => {
      const first = (await save('foo', 'id,a\n1,1\n2,y\n')).toCommit!
      const second = (await save('foo', 'id,a\n1,1\n2,2\n')).toCommit!
      await save('bar', 'id,b\n1,3\n')
      await database.revert(`${first}~1..${second}`)
      expect([await text('foo'), await text('bar')]).toEqual(['id,a\n1,x\n2,y\n', 'id,b\n1,3\n'])
      await database.revert('HEAD')
      expect(await text('foo')).toBe('id,a\n1,1\n2,2\n')
      await database.revert([first, second])
      expect(await text('foo')).toBe('id,a\n1,x\n2,y\n')
      const third = (await save('foo', 'id,a\n1,three\n2,y\n')).toCommit!
      await save('foo', 'id,a\n1,four\n2,y\n')
      const last = (await save('bar', 'id,b\n1,5\n')).toCommit!
      expect((await refusal(database.revert([last, third]))).code).toBe('MERGE_REFUSED')
      expect([await text('foo'), await text('bar')]).toEqual(['id,a\n1,four\n2,y\n', 'id,b\n1,5\n'])
      expect((await refusal(database.revert(`HEAD..${first}`))).code).toBe('REF_NOT_FOUND')
    })
    test('restoreAll: every table as it was, as one commit; new ones are dropped', async () => {
      await database.createTag('good')
      await save('foo', 'id,a,more\n1,x,m\n')
      await database.drop('bar')
      await save('new', 'id\n1\n')
      const before = (await database.log()).length
      const actions = await database.restoreAll('good', { id: 'undo' })
      expect(actions.map(({ kind, table }) => `${kind} ${table}`).toSorted()).toEqual([
        'drop new',
        'restore bar',
        'restore foo',
      ])
      expect(new Set(actions.map(({ toCommit }) => toCommit)).size).toBe(1)
      expect((await database.log()).length).toBe(before + 1)
      expect(await database.changedTables('good', 'HEAD')).toEqual([])
      expect(await database.restoreAll('good')).toMatchObject([{ kind: 'restore', changed: false }])
    })
    test('a dry run tells what would change, and changes nothing', async () => {
      await save('foo', 'id,a\n1,bad\n2,y\n', { run: 'r' })
      const head = await database.resolve('HEAD')
      for (const work of [
        database.revert('run:r', { dryRun: true }),
        database.restore('foo', 'HEAD~1', { dryRun: true }),
        database.restoreAll('HEAD~1', { dryRun: true }).then(([action]) => action!),
      ])
        expect(await work).toMatchObject({ changed: true, modified: 1 })
      expect(await database.drop('foo', { dryRun: true })).toMatchObject({ changed: true, removed: 2 })
      expect(await database.resolve('HEAD')).toBe(head)
      expect((await database.actions()).filter(({ kind }) => kind !== 'save')).toEqual([])
      expect((await database.branches({ all: true })).map(({ name }) => name)).toEqual(['doltflow', 'main'])
    })

    // Fault: no commit told that the other side was refused, its message was lost, and the same conflict came back.
    test('a merge that ours decides is on record, with its message, and does not come back', async () => {
      await database.createBranch('other')
      await save('foo', 'id,a\n1,main\n2,y\n')
      await save('foo', 'id,a\n1,other\n2,y\n', { branch: 'other' })
      const action = await database.merge('other', { onConflict: 'ours', message: 'keep main’s' })
      expect(action).toMatchObject({ changed: true, merged: true })
      const { commit } = await database.show('HEAD')
      expect(commit).toMatchObject({ message: 'keep main’s' })
      expect(commit.parents).toHaveLength(2)
      expect(await text('foo')).toBe('id,a\n1,main\n2,y\n')
      await save('foo', 'id,a\n1,other\n2,later\n', { branch: 'other' })
      await database.merge('other')
      expect(await text('foo')).toBe('id,a\n1,main\n2,later\n')
      expect((await database.merge('other')).changed).toBe(false)
    })
    test('noFastForward makes a merge commit, whose revert takes back the whole branch', async () => {
      await database.createBranch('night')
      await save('foo', 'id,a\n1,n\n2,y\n', { branch: 'night' })
      await save('bar', 'id,b\n1,n\n', { branch: 'night' })
      const head = await database.resolve('HEAD')
      const action = await database.merge('night', { noFastForward: true, message: 'night 2' })
      expect(action).toMatchObject({ changed: true, merged: true })
      const { commit } = await database.show('HEAD')
      expect(commit.parents).toEqual([head, await database.resolve('night')])
      expect([await text('foo'), await text('bar')]).toEqual(['id,a\n1,n\n2,y\n', 'id,b\n1,n\n'])
      await database.revert('HEAD')
      expect([await text('foo'), await text('bar')]).toEqual(['id,a\n1,x\n2,y\n', 'id,b\n1,p\n'])
      expect((await database.merge('night', { noFastForward: true })).changed).toBe(false)
    })

    test('ranges: what a branch alone did, in diff and log', async () => {
      await database.createBranch('fix')
      await save('foo', 'id,a\n1,x\n2,main\n')
      await save('foo', 'id,a\n1,fix\n2,y\n', { branch: 'fix' })
      expect(brief(await collect(database.diff('foo', 'main...fix')))).toEqual(['modified [1] [1,"x"] -> [1,"fix"]'])
      expect(brief(await collect(database.diff('foo', 'main..fix')))).toHaveLength(2)
      expect((await database.changedTables('main...fix')).map(({ table, modified }) => [table, modified])).toEqual([
        ['foo', 1],
      ])
      expect((await database.log({ at: 'main..fix' })).length).toBe(1)
      expect((await database.log({ at: 'fix..' })).length).toBe(1)
      expect(await database.log({ at: 'main..fix', table: 'bar' })).toEqual([])
    })
    test('the history of one row: each commit that changed it, before and after', async () => {
      await save('foo', 'id,a\n1,second\n2,y\n')
      await save('foo', 'id,a\n1,second\n2,other\n')
      await database.createBranch('side')
      await save('foo', 'id,a\n1,side\n2,other\n', { branch: 'side' })
      await save('foo', 'id,a\n1,second\n2,again\n')
      await database.merge('side')
      await save('foo', 'id,a\n2,again\n')
      const found = await database.rowHistory('foo', [1])
      expect(found.map(({ kind, before, after }) => [kind, before?.['a'], after?.['a']])).toEqual([
        ['removed', 'side', undefined],
        ['modified', 'second', 'side'],
        ['modified', 'x', 'second'],
        ['added', undefined, 'x'],
      ])
      expect(found.at(-1)!.commit.trailers['Doltflow-Run']).toBe('night-1')
      expect((await database.rowHistory('foo', [1], { limit: 2 })).length).toBe(2)
      expect((await refusal(database.rowHistory('foo', [9]))).code).toBe('ROW_NOT_FOUND')
    })
    test('who read or wrote between two commits', async () => {
      const wrong = (await save('foo', 'id,a\n1,wrong\n2,y\n', { run: 'w' })).toCommit!
      await database.load('foo', bench.path(), { run: 'reads wrong' })
      await save('foo', 'id,a\n1,right\n2,y\n', { run: 'mend' })
      await database.load('foo', bench.path(), { run: 'reads right' })
      const runs = async (filter: object) => (await database.actions({ table: 'foo', ...filter })).map(({ run }) => run)
      expect(await runs({ from: `${wrong}~1`, to: wrong })).toEqual(['w', 'reads wrong'])
      expect(await runs({ from: wrong })).toEqual(['mend', 'reads right'])
    })
  })
}
