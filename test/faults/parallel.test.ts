import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { open, type Action } from '../../dist/index.js'
import { expectClean, folder, rowsOf, start, using, type Ending } from './kit.ts'

/* Promise 3: saves of many processes to one branch all land, each commit holds its own save's rows alone, and readers never fail. */

const WRITERS = 8
/** `npm run test:long` takes more. */
const SAVES = Number(process.env['SAVES'] ?? 10)

const writers = Array.from({ length: WRITERS }, (_, index) => `w${index}`)
const noErrors = ({ lines, stderr }: Ending): void => {
  expect(stderr).toBe('')
  expect(lines.filter((line) => line.error !== undefined || line.dirty !== undefined)).toEqual([])
}

interface Job {
  table: string
  rows: Record<string, unknown>[]
  options: Record<string, unknown>
}

/** Runs a job for each writer beside a reader, and checks that every save is there, once, with its own rows alone. */
async function soak(
  jobs: (base: string) => Job[][],
  tables: string[],
  seed: Job[],
  beside?: (db: string, until: string) => Promise<Ending>,
): Promise<void> {
  const place = folder()
  const db = join(place, 'x.db')
  const until = join(place, 'until')
  const base = await using(db, async (database) => {
    for (const { table, rows, options } of seed) await database.save(table, { rows }, options)
    return database.resolve('main')
  })
  const reader = start({ job: 'read', db, table: tables[0], file: join(place, 'read.csv'), until })
  const other = beside?.(db, until)
  const ends = await Promise.all(jobs(base).map((saves) => start({ job: 'saves', db, saves }).ended))
  writeFileSync(until, '')
  const read = await reader.ended
  noErrors(read)
  expect(read.lines.at(-1)!.turns).toBeGreaterThan(0)
  if (other) noErrors(await other)
  ends.forEach(noErrors)
  const actions = ends.flatMap(({ lines }) => lines.map((line) => line.action!))
  expect(actions).toHaveLength(WRITERS * SAVES)
  expect(actions.flatMap(({ notices }) => notices)).toEqual([])

  const database = await open(db)
  try {
    await expectClean(database)
    const recorded = new Map((await database.actions()).map((action) => [action.id, action]))
    expect(recorded.size).toBe(actions.length + seed.length)
    expect(actions.filter(({ id }) => !recorded.has(id))).toEqual([])
    const commits = new Map((await database.log({ limit: 100_000 })).map((commit) => [commit.hash, commit]))
    for (const [index, saves] of jobs(base).entries()) {
      const own = ends[index]!.lines.map((line) => line.action!)
      for (const [turn, save] of saves.entries()) await expectOwnRows(database, own[turn]!, save, commits)
    }
  } finally {
    await database.close()
  }
}

type Commits = Map<string, { hash: string; parents: string[] }>

/** The commit that holds the file differs from its first parent by the save's own rows alone. */
async function expectOwnRows(
  database: Awaited<ReturnType<typeof open>>,
  action: Action,
  save: Job,
  commits: Commits,
): Promise<void> {
  expect(action.changed).toBe(true)
  expect(commits.has(action.toCommit!)).toBe(true)
  const [parent] = commits.get(action.fileCommit!)!.parents
  const changed: string[] = []
  const { tables } = await database.show(action.fileCommit!)
  expect(tables.map(({ table }) => table)).toEqual([save.table])
  for await (const { kind, after } of database.diff(save.table, parent, action.fileCommit!))
    changed.push(`${kind} ${JSON.stringify(after)}`)
  const own = save.rows.filter((row) => row['seed'] === undefined)
  expect(changed.toSorted()).toEqual(own.map((row) => `added ${JSON.stringify(row)}`).toSorted())
}

it('into tables of their own', async () => {
  const jobs = () =>
    writers.map((writer) =>
      Array.from({ length: SAVES }, (_, n): Job => ({
        table: writer,
        rows: [{ k: n, v: `${writer} ${n}` }],
        options: { key: 'k', mode: 'append' },
      })),
    )
  await soak(jobs, ['w0'], [{ table: 'w0', rows: [{ k: 'first', v: '' }], options: { key: 'k' } }])
})

it('into one table, with keys of their own', async () => {
  const jobs = () =>
    writers.map((writer) =>
      Array.from({ length: SAVES }, (_, n): Job => ({
        table: 't',
        rows: [{ k: `${writer}-${n}`, v: n }],
        options: { mode: 'append' },
      })),
    )
  await soak(jobs, ['t'], [{ table: 't', rows: [{ k: 'first', v: -1 }], options: { key: 'k' } }])
})

it('by replacing one table as it was, with merges', async () => {
  const seed = { k: 'first', v: -1 }
  const place = folder()
  const db = join(place, 'x.db')
  const base = await using(db, async (database) => (await database.save('t', { rows: [seed] }, { key: 'k' })).toCommit!)
  const ends = await Promise.all(
    writers.map((writer) => {
      const saves = Array.from({ length: SAVES }, (_, n) => ({
        table: 't',
        rows: [seed, { k: `${writer}-${n}`, v: n }],
        options: { branch: { from: base, mergeTo: 'main' } },
      }))
      return start({ job: 'saves', db, saves }).ended
    }),
  )
  ends.forEach(noErrors)
  await using(db, async (database) => {
    const expected = [
      'first,-1',
      ...writers.flatMap((writer) => Array.from({ length: SAVES }, (_, n) => `${writer}-${n},${n}`)),
    ]
    expect(await rowsOf(database, 't')).toEqual(expected.toSorted())
    for (const { action } of ends.flatMap(({ lines }) => lines)) {
      expect(await database.diffCounts('t', base, action!.fileCommit!)).toMatchObject({
        added: 1,
        modified: 0,
        removed: 0,
      })
    }
    expect(await database.actions()).toHaveLength(WRITERS * SAVES + 1)
    await expectClean(database)
  })
})

it('into shared and own tables, beside a gc that runs all the time', async () => {
  const jobs = () =>
    writers.map((writer, index) =>
      Array.from({ length: SAVES }, (_, n): Job =>
        index % 2 === 0
          ? { table: 't', rows: [{ k: `${writer}-${n}`, v: n }], options: { mode: 'append' } }
          : { table: writer, rows: [{ k: n, v: `${writer} ${n}` }], options: { key: 'k', mode: 'append' } },
      ),
    )
  const seed = [{ table: 't', rows: [{ k: 'first', v: -1 }], options: { key: 'k' } }]
  await soak(jobs, ['t'], seed, (db, until) => start({ job: 'gc', db, until }).ended)
})

it('as the first saves of a database, all at once', async () => {
  const db = join(folder(), 'x.db')
  const ends = await Promise.all(
    writers.map(
      (writer) =>
        start({ job: 'saves', db, saves: [{ table: writer, rows: [{ k: 1, v: writer }], options: { key: 'k' } }] })
          .ended,
    ),
  )
  ends.forEach(noErrors)
  await using(db, async (database) => {
    for (const writer of writers) expect(await rowsOf(database, writer)).toEqual([`1,${writer}`])
    expect(await database.actions()).toHaveLength(WRITERS)
    await expectClean(database)
  })
})

it('as appends of equal rows to a table without a key, from its first save on, also on a new branch', async () => {
  const db = join(folder(), 'x.db')
  await using(db, (database) => database.init())
  const turns = 4
  const saves = (writer: string) =>
    Array.from({ length: turns }, (_, n) => ({
      table: 't',
      rows: [
        { k: 'same', v: 0 },
        { k: writer, v: n },
      ],
      options: {
        mode: 'append',
        key: null,
        run: writer,
        branch: n === turns - 1 ? { new: 'exp', from: 'empty' } : 'main',
      },
    }))
  await using(db, (database) => database.createTag('empty', 'main'))
  const ends = await Promise.all(writers.map((writer) => start({ job: 'saves', db, saves: saves(writer) }).ended))
  ends.forEach(noErrors)
  await using(db, async (database) => {
    for (const [branch, times] of [
      ['main', turns - 1],
      ['exp', 1],
    ] as const) {
      const blamed = await database.blame('t', { at: branch })
      const runs = blamed.filter(({ key }) => key['k'] === 'same').map(({ commit }) => commit.trailers['Doltflow-Run'])
      expect(runs.toSorted()).toEqual(writers.flatMap((writer) => Array.from({ length: times }, () => writer)))
      expect(blamed).toHaveLength(2 * times * WRITERS)
    }
    await expectClean(database)
  })
})

it('to one new branch, all at once', async () => {
  const db = join(folder(), 'x.db')
  await using(db, (database) => database.save('t', { rows: [{ k: 'first', v: 0 }] }, { key: 'k' }))
  const ends = await Promise.all(
    writers.map(
      (writer) =>
        start({
          job: 'saves',
          db,
          saves: [{ table: 't', rows: [{ k: writer, v: 1 }], options: { mode: 'append', branch: { new: 'exp' } } }],
        }).ended,
    ),
  )
  ends.forEach(noErrors)
  await using(db, async (database) => {
    expect(await rowsOf(database, 't', 'exp')).toEqual(['first,0', ...writers.map((writer) => `${writer},1`)])
    expect(await rowsOf(database, 't')).toEqual(['first,0'])
    await expectClean(database)
  })
})
