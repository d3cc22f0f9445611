import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commitsOf, expectClean, folder, leftovers, rowsOf, run, text, using } from './kit.ts'

/*
 * Promise 1: a process is killed at each step of a save or a load; the branch, the file and the working set are
 * as before or wholly new, and the next command leaves nothing behind.
 */

const BEFORE = ['1,a', '2,b']
const AFTER = ['1,a', '2,B', '3,c']
const rows = (lines: string[]) => lines.map((line) => ({ k: Number(line.split(',')[0]), v: line.split(',')[1]! }))

const STAGING = ['staged', 'stage-finished']
const BUILDING = ['scratch-created', 'build-begun', 'build-part', 'build-inserted', 'built']
const PUBLISHED = [
  'moved',
  'acknowledged',
  'published',
  'record-branch',
  'record-inserted',
  'recorded',
  'scratch-deleted',
  'saved',
]

interface Scenario {
  steps: string[]
  /** Options of the save that is killed, made from the database before it. */
  options?: (base: string) => Record<string, unknown>
  /** What someone else saved since the base. */
  meanwhile?: string[]
  /** What the branch has once the save is published. */
  after: string[]
}

const scenarios: Record<string, Scenario> = {
  'moves the branch forward': {
    steps: ['pulled', ...STAGING, ...BUILDING, 'publish-locked', 'publish-reset', ...PUBLISHED, 'pushed'],
    after: AFTER,
  },
  merges: {
    steps: ['built', 'merge-merged', 'merge-made', 'publish-reset', ...PUBLISHED],
    meanwhile: ['1,a', '2,b', '9,z'],
    options: (base) => ({ branch: { from: base, mergeTo: 'main' } }),
    after: [...AFTER, '9,z'],
  },
  'merges by a policy': {
    steps: ['merge-resolving', 'merge-merged', 'moved'],
    meanwhile: ['1,a', '2,X'],
    options: (base) => ({ branch: { from: base, mergeTo: 'main' }, onConflict: 'theirs' }),
    after: AFTER,
  },
}

describe.for(Object.entries(scenarios))('a save that %s', ([, scenario]) => {
  it.for(scenario.steps)('killed at %s', async (step) => {
    const db = join(folder(), 'x.db')
    const old = scenario.meanwhile ?? BEFORE
    const options = await using(db, async (database) => {
      const { toCommit } = await database.save('t', { rows: rows(BEFORE) }, { key: 'k' })
      if (scenario.meanwhile) await database.save('t', { rows: rows(scenario.meanwhile) })
      return { ...scenario.options?.(toCommit!), id: 'own-id', run: 'r1', data: { note: 'a\nb%' } }
    })
    const killed = await run(
      { job: 'saves', db, saves: [{ table: 't', rows: rows(AFTER), options }] },
      { failpoint: step },
    )
    expect(killed).toMatchObject({ signal: 'SIGKILL', lines: [] })

    await using(db, async (database) => {
      const published = (await rowsOf(database, 't'))!.join() === scenario.after.join()
      if (!published) expect(await rowsOf(database, 't')).toEqual(old)
      expect(published).toBe([...PUBLISHED, 'publish-reset', 'pushed'].includes(step))
      expect((await database.status()).dirty).toEqual([])

      await database.save('other', { rows: [{ k: 1 }] }, { key: 'k' })
      await expectClean(database)
      const recorded = (await database.actions({ run: 'r1' })).filter(({ id }) => id === 'own-id')
      expect(recorded).toHaveLength(published ? 1 : 0)
      if (published) {
        const [action] = recorded
        expect(action).toMatchObject({
          kind: 'save',
          table: 't',
          branch: 'main',
          changed: true,
          merged: scenario.meanwhile !== undefined,
          data: { note: 'a\nb%' },
        })
        expect((await database.actions({ table: 't' })).map(({ id }) => id)).toContain('own-id')
        expect((await database.actions({ commit: action!.toCommit! })).map(({ id }) => id)).toEqual(['own-id'])
        expect(await rowsOf(database, 't', action!.fileCommit!)).toEqual(AFTER)
        expect(await rowsOf(database, 't', action!.toCommit!)).toEqual(scenario.after)
      }
      const again = await database.save('t', { rows: rows(AFTER) }, options)
      expect(again.id).toBe('own-id')
      if (published) expect(again.toCommit).toBe(recorded[0]!.toCommit)
      expect(await rowsOf(database, 't')).toEqual(scenario.after)
      expect(await commitsOf(database, 'own-id')).toHaveLength(1)
      await database.save('t', { rows: [{ k: 4, v: 'd' }] }, { mode: 'append' })
      expect(await rowsOf(database, 't')).toContain('4,d')
      await expectClean(database)
    })
  })
})

it('the texts that are NULL are kept by a save that was killed before its record', async () => {
  const db = join(folder(), 'x.db')
  const file = join(folder(), 'na.csv')
  writeFileSync(file, 'k,v\n1,NA\n')
  const killed = await run(
    { job: 'saves', db, saves: [{ table: 't', file, options: { key: 'k', text: { nulls: ['NA'] } } }] },
    { failpoint: 'published' },
  )
  expect(killed).toMatchObject({ signal: 'SIGKILL', lines: [] })
  await using(db, async (database) => {
    writeFileSync(file, 'k,v\n1,NA\n2,NA\n')
    expect(await database.save('t', file)).toMatchObject({ added: 1, modified: 0 })
    expect(await rowsOf(database, 't')).toEqual(['1,', '2,'])
  })
})

describe('a save of several tables', () => {
  const published = ['publish-reset', 'moved', 'published', 'record-branch', 'record-inserted', 'recorded']
  it.for(['part-built', 'built', 'publish-locked', ...published])('killed at %s', async (step) => {
    const db = join(folder(), 'x.db')
    const tables = { t: rows(AFTER), u: rows(['7,g']), same: rows(['1,s']) }
    const options = { id: 'own-id', run: 'r1', key: 'k' }
    await using(db, async (database) => {
      await database.save('t', { rows: rows(BEFORE) }, { key: 'k' })
      await database.save('same', { rows: tables.same }, { key: 'k' })
    })
    const killed = await run({ job: 'savesAll', db, tables, options }, { failpoint: step })
    expect(killed).toMatchObject({ signal: 'SIGKILL', lines: [] })
    await using(db, async (database) => {
      const landed = published.includes(step)
      expect(await rowsOf(database, 't')).toEqual(landed ? AFTER : BEFORE)
      expect((await database.tables()).map(({ name }) => name)).toEqual(landed ? ['same', 't', 'u'] : ['same', 't'])
      expect((await database.status()).dirty).toEqual([])
      await expectClean(database)
      const recorded = await database.actions({ run: 'r1' })
      const expected = [
        ['own-id', 't', true],
        ['own-id/same', 'same', false],
        ['own-id/u', 'u', true],
      ]
      const brief = recorded.map(({ id, table, changed }) => [id, table, changed])
      expect(brief.toSorted()).toEqual(landed ? expected : [])
      expect(new Set(recorded.map(({ toCommit }) => toCommit)).size).toBe(landed ? 1 : 0)
      const sources = Object.fromEntries(Object.entries(tables).map(([table, list]) => [table, { rows: list }]))
      const again = await database.saveAll(sources, options)
      expect(again.map(({ id, table, changed }) => [id, table, changed]).toSorted()).toEqual(expected)
      expect(await commitsOf(database, 'own-id')).toHaveLength(1)
      expect(await rowsOf(database, 't')).toEqual(AFTER)
    })
  })
})

describe('the first save of a database', () => {
  it.for(['pulled', ...STAGING, ...BUILDING, 'publish-locked', 'publish-reset', ...PUBLISHED])(
    'killed at %s',
    async (step) => {
      const db = join(folder(), 'x.db')
      const save = { table: 't', rows: rows(AFTER), options: { key: 'k', id: 'own-id' } }
      expect(await run({ job: 'saves', db, saves: [save] }, { failpoint: step })).toMatchObject({
        signal: 'SIGKILL',
        lines: [],
      })
      await using(db, async (database) => {
        const action = await database.save('t', { rows: rows(AFTER) }, { key: 'k', id: 'own-id' })
        expect(await rowsOf(database, 't')).toEqual(AFTER)
        expect(await commitsOf(database, 'own-id')).toEqual([action.toCommit])
        expect(await database.actions({ table: 't' })).toHaveLength(1)
        await expectClean(database)
      })
    },
  )
})

describe('a save from a file', () => {
  it('killed half-way through reading leaves no stage', async () => {
    const place = folder()
    const db = join(place, 'x.db')
    const file = join(place, 'big.csv')
    writeFileSync(file, `k,v\n${Array.from({ length: 200_000 }, (_, n) => `${n},value ${n}\n`).join('')}`)
    expect(
      await run(
        { job: 'saves', db, saves: [{ table: 't', file, options: { key: 'k' } }] },
        { failpoint: 'stage-half:2' },
      ),
    ).toMatchObject({ signal: 'SIGKILL' })
    await using(db, async (database) => {
      await database.save('other', { rows: [{ k: 1 }] }, { key: 'k' })
      await expectClean(database)
      expect(await rowsOf(database, 't')).toBeUndefined()
    })
  })

  it.for([
    ['many rows', 200_000, '', 'build-part:3'],
    // So long that they do not stay in one transaction of the engine.
    ['long rows', 1000, 'long '.repeat(20_000), 'build-part:1'],
  ] as const)('killed in the middle of a build of %s shows nothing of it', async ([, count, more, step]) => {
    const place = folder()
    const db = join(place, 'x.db')
    const file = join(place, 'big.csv')
    const lines = Array.from({ length: count }, (_, n) => `${n},value ${n}${more}\n`)
    writeFileSync(file, `k,v\n${lines.join('')}`)
    await using(db, (database) => database.save('t', { rows: rows(BEFORE) }, { key: 'k' }))
    const killed = await run({ job: 'saves', db, saves: [{ table: 't', file }] }, { failpoint: step })
    expect(killed).toMatchObject({ signal: 'SIGKILL' })
    await using(db, async (database) => {
      expect(await rowsOf(database, 't')).toEqual(BEFORE)
      expect((await database.save('t', file)).rows).toBe(count)
      writeFileSync(file, `k,v\n${lines.toReversed().join('')}`)
      expect(await database.save('t', file)).toMatchObject({ changed: false, rows: count })
      await expectClean(database)
    })
  })
})

describe('a save whose work conflicts', () => {
  it.for(['conflict-kept'])('killed at %s keeps the work on its branch', async (step) => {
    const db = join(folder(), 'x.db')
    await using(db, async (database) => {
      const { toCommit } = await database.save('t', { rows: rows(BEFORE) }, { key: 'k' })
      await database.save('t', { rows: rows(['1,a', '2,X']) })
      const options = { branch: { from: toCommit!, mergeTo: 'main' } }
      expect(
        await run({ job: 'saves', db, saves: [{ table: 't', rows: rows(AFTER), options }] }, { failpoint: step }),
      ).toMatchObject({ signal: 'SIGKILL' })
      await database.save('other', { rows: [{ k: 1 }] }, { key: 'k' })
      await expectClean(database)
      const [kept] = (await database.status()).conflicts
      expect(await rowsOf(database, 't', kept!)).toEqual(AFTER)
      expect(await rowsOf(database, 't')).toEqual(['1,a', '2,X'])
    })
  })
})

describe('a save to a remote', () => {
  it.for(['pulled', 'built', 'published', 'saved', 'pushed'])('killed at %s delivers with the next', async (step) => {
    const place = folder()
    const db = join(place, 'x.db')
    const remote = `file://${join(place, 'remote.db')}`
    await using(db, (database) => database.save('t', { rows: rows(BEFORE) }, { key: 'k', remote }))
    const options = { id: 'own-id', remote }
    expect(
      await run({ job: 'saves', db, saves: [{ table: 't', rows: rows(AFTER), options }] }, { failpoint: step }),
    ).toMatchObject({ signal: 'SIGKILL' })
    await using(db, async (database) => {
      await database.save('t', { rows: rows(AFTER) }, options)
      await expectClean(database)
      expect(await commitsOf(database, 'own-id')).toHaveLength(1)
      expect((await database.status()).notPushed).toEqual([])
    })
  })
})

describe('a load', () => {
  it.for(['load-half', 'load-half:2', 'load-written', 'load-renamed'])(
    'killed at %s leaves the file whole',
    async (step) => {
      const place = folder()
      const db = join(place, 'x.db')
      const file = join(place, 'out.csv')
      const lines = Array.from({ length: 12_000 }, (_, n) => ({ k: n, v: `value ${n}` }))
      await using(db, (database) => database.save('t', { rows: lines }, { key: 'k' }))
      writeFileSync(file, 'as it was\n')
      expect(await run({ job: 'load', db, what: 't', file }, { failpoint: step })).toMatchObject({ signal: 'SIGKILL' })
      const found = text(file)
      if (step === 'load-renamed') expect(found.split('\n')).toHaveLength(12_002)
      else expect(found).toBe('as it was\n')
      expect(leftovers(db)).toHaveLength(step === 'load-renamed' ? 0 : 1)
      await using(db, async (database) => {
        await database.load('t', file)
        expect(text(file).split('\n')).toHaveLength(12_002)
        await expectClean(database)
      })
      expect(existsSync(file)).toBe(true)
    },
  )
})
