import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadAddon } from '../../dist/engines/doltlite/connection/addon.js'
import { copy, open, type Database, type DoltflowError, type StepResult, type Value } from '../../dist/index.js'
import { Folder } from '../cli/cli.ts'
import { doltUnderTest, missingDolt } from '../engines/dolt-server.ts'

const LIBRARY = new URL('../../dist/index.js', import.meta.url).href
const missing = missingDolt()
const folder = mkdtempSync(join(tmpdir(), 'doltflow-copy-'))
const source = join(folder, 'source.db')
const BRANCHES = ['empty', 'exp', 'main', 'side']
let count = 0
const file = (text: string): string => {
  const path = join(folder, `file${++count}.csv`)
  writeFileSync(path, text)
  return path
}
const refusal = (work: Promise<unknown>): Promise<DoltflowError> =>
  work.then(
    () => {
      throw new Error('it was not refused')
    },
    (error: unknown) => error as DoltflowError,
  )

/** Every table of a commit as text, its rows sorted where they have a key: in which order they come is an engine's own affair then. */
async function tablesAt(database: Database, at: string): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {}
  for (const { name } of await database.tables({ at })) {
    const rows: Value[][] = []
    for await (const batch of database.rows(name, { at, as: 'batches' })) rows.push(...batch.rows)
    const texts = rows.map((row) =>
      JSON.stringify(row.map((cell) => (cell === null ? null : `${typeof cell} ${cell}`))),
    )
    const schema = (await database.schema(name, { at }))!
    all[name] = [schema, schema.key.length > 0 ? texts.toSorted() : texts]
  }
  return all
}

/**
 * What each commit of a branch is and has: itself, its tables, and its parents, each known by all of that. The commits
 * that a database begins with are its engine's.
 */
async function history(database: Database, branch: string): Promise<unknown[]> {
  const all: unknown[] = []
  const ids = new Map<string, string>()
  for (const { hash, author, date, message, trailers, parents } of (await database.log({ branch })).toReversed()) {
    const tables = await tablesAt(database, hash)
    const isBeginning = parents.length === 0 || 'Doltflow-Database' in trailers
    const { 'Doltflow-Copy': _, ...others } = trailers
    const known = parents.map((parent) => ids.get(parent)!)
    // The engines take no author without an address.
    const full = author.includes('<') ? author : `${author} <doltflow@localhost>`
    const commit = { author: full, date, message, trailers: others, parents: known, tables }
    if (!isBeginning) all.push(commit)
    ids.set(hash, isBeginning ? 'begin' : createHash('sha256').update(JSON.stringify(commit)).digest('hex'))
  }
  // Side by side commits come in an order of the engine's own.
  return all.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

/** What another program does in the source. */
function sql(...statements: string[]): void {
  const { DatabaseSync } = loadAddon()
  const database = new DatabaseSync(source)
  for (const statement of statements) database.prepare(statement).get()
  database.close()
}

beforeAll(async () => {
  const database = await open(source, { author: 'A B <a@b.c>' })
  const rows = 'id,a,p\n1,x,0.50\n2,007,1.00\n3,,2.50\n10,"l\n""q"" 😀",0.25\n'
  const first = await database.save('foo', file(rows), { key: 'id', run: 'first', data: { n: 1 } })
  await database.save('bär "x"', file('k,v,id\né,1e5,1\né,9223372036854775807,2\n'), { key: ['k', 'id'] })
  await database.save('foo', file(rows.replace('1,x,', '1,OURS,').replace('3,,2.50\n', '4,n,7.25\n')), {
    run: 'second',
  })
  await database.save('foo', file(rows.replace('1,x,0.50', '1,x,0.75').replace('2,007', '2,two')), {
    branch: { from: first.toCommit!, mergeTo: 'main' },
  })
  await database.createTag('v1')
  // A merge whose policy was not ours.
  await database.save('foo', file(rows.replace('1,x,', '1,THEIRS,')), {
    branch: { from: first.toCommit!, mergeTo: 'main' },
    onConflict: 'theirs',
  })
  await database.save('foo', file('id,a,p,c\n9,1e5,0.50,new\n'), { branch: { new: 'exp' }, mode: 'append' })
  await database.save('foo', file('c,id,a\nx,1,X\n,2,9007199254740993\n'), { schema: 'replace' })
  const keys = { tables: { one: { key: 'id' }, two: { key: 'id' } } }
  await database.saveAll({ one: file('id\n1\n'), two: file('id\n2\n') }, { ...keys, run: 'several' })
  await database.drop('bär "x"')
  await database.revert('HEAD')
  await database.save('foo', file('id,a\n1,odd\n'), { branch: 'exp', mode: 'upsert', schema: 'evolve' }).catch(() => {})
  // A merge that Dolt would refuse (numbers in a column here, texts there), one that changes nothing, one of nothing.
  await database.createBranch('side')
  await database.save('one', file('id,n\n1,1\n2,2\n'))
  await database.save('one', file('id,n\n1,x\n3,y\n'), { branch: 'side' })
  await database.merge('side', { onConflict: 'theirs' })
  await database.close()
  sql(
    "SELECT dolt_commit('--allow-empty', '-m', 'nothing', '--author', 'C D <c@d.e>', '--date', '2020-02-29T01:02:03')",
    "SELECT dolt_branch('empty', 'HEAD~1')",
    "SELECT dolt_checkout('empty')",
    "SELECT dolt_commit('--allow-empty', '-m', 'nothing, aside', '--author', 'C D <c@d.e>')",
    "SELECT dolt_checkout('main')",
    "SELECT dolt_merge('empty')",
  )
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('of one embedded database to another', async () => {
  const to = join(folder, 'other.db')
  const copied = await copy(source, to)
  expect(copied).toMatchObject({ from: source, to, branches: BRANCHES, tags: ['v1'], cut: [] })
  await same(source, to)
})

test('what is there is not touched, and what is not there is not made', async () => {
  const to = join(folder, 'occupied.db')
  const database = await open(to)
  await database.save('own', { rows: [{ id: 1 }] }, { key: 'id' })
  const head = await database.resolve('main')
  expect((await refusal(copy(source, to))).code).toBe('DATABASE_EXISTS')
  expect(await database.resolve('main')).toBe(head)
  expect((await database.branches({ all: true })).map(({ name }) => name)).toEqual(['doltflow', 'main'])
  await database.close()
  expect((await refusal(copy(join(folder, 'none.db'), join(folder, 'new.db')))).code).toBe('DATABASE_NOT_FOUND')
})

test('steps are known in a copy, so that their results are; checks that a branch breaks are told', async () => {
  const targets = [
    join(folder, 'steps-copy.db'),
    ...(missing === undefined ? [`dolt:${join(folder, 'steps-copy')}`] : []),
  ]
  const from = join(folder, 'steps.db')
  const made = (database: Database): Promise<StepResult> =>
    database.step('clean', { inputs: ['raw'], outputs: { clean: { key: 'id' } }, command: ['sh', 'x'] }, async () => ({
      clean: [{ id: 1 }],
    }))
  await (async () => {
    await using database = await open(from)
    await database.save('raw', file('id,n\n1,2\n'), { key: 'id' })
    await database.addCheck('raw', 'many', { kind: 'rows', min: 5, max: null }, { level: 'warn' })
    await made(database)
  })()
  for (const to of targets) {
    expect((await copy(from, to)).failures).toMatchObject([{ branch: 'main', check: 'many', table: 'raw' }])
    await using database = await open(to)
    expect(await database.plan()).toEqual([])
    expect(await made(database)).toMatchObject({ status: 'skipped', causes: [], command: ['sh', 'x'] })
    await database.save('raw', file('id,n\n1,3\n'))
    expect(await database.plan()).toMatchObject([{ step: 'clean', command: ['sh', 'x'], certain: true }])
  }
})

test('tables without a key keep their rows and order', async () => {
  const from = join(folder, 'keyless.db')
  const database = await open(from)
  const first = await database.save('log', file('a,b\nx,1\ny,2\nx,1\n'), { key: null })
  await database.save('log', file('a,b\nz,0\nx,1\n'), { mode: 'append' })
  await database.save('log', file('a,b\nm,5\ny,2\nx,1\nx,1\n'), { branch: { from: first.toCommit!, mergeTo: 'main' } })
  await database.save('log', file('a,b\nx,1\nz,0\nm,5\n'))
  // Rows come again where they were: not where a save of the whole table would put them.
  await database.revert('HEAD')
  await database.save('log', file('b,c,a\n1,,x\n,"NULL",y\n1,t\tab,x\n2,\\N,x\n'), { schema: 'replace' })
  await database.save('log', file('c,b,a\n,1,x\nNULL,,y\n0.50,1,x\n'), { schema: 'replace' })
  await database.close()
  const copies = [join(folder, 'keyless-copy.db')]
  if (missing === undefined) copies.push(`dolt:${folder}/keyless`, join(folder, 'keyless-back.db'))
  for (const [index, to] of copies.entries()) {
    await copy(index === 2 ? copies[1]! : from, to)
    await same(from, to)
  }
}, 120_000)

test('on the command line', async () => {
  const shell = new Folder()
  const { code, json, err } = await shell.run(['copy', source, 'cli.db', '--json'])
  expect([code, err]).toEqual([0, ''])
  expect(json).toMatchObject({ from: source, to: join(shell.path, 'cli.db'), branches: BRANCHES, tags: ['v1'] })
  shell.remove()
})

describe.skipIf(missing !== undefined)('with Dolt', () => {
  // Fault: ENGINE_FAILED, duplicate column name, without the table's name.
  test('columns whose names differ in case alone are refused there, and the table is named', async () => {
    const url = join(folder, 'letters.db')
    const text = 'id,É,é\n1,a,b\n'
    const here = await open(url)
    await here.save('letters', file(text), { key: 'id' })
    await here.close()
    const refused = { code: 'NAME_REFUSED', data: { table: 'letters', name: 'é', similar: 'É' } }
    expect(await refusal(copy(url, `dolt:${folder}/letters`))).toMatchObject(refused)
    const there = await open(`dolt:${folder}/letters-too`)
    expect(await refusal(there.save('letters', file(text), { key: 'id' }))).toMatchObject(refused)
    await there.save('letters', file('id,É\n1,a\n'), { key: 'id' })
    expect(await refusal(there.save('letters', file('id,É,é\n1,a,b\n')))).toMatchObject(refused)
    for (const [one, other] of ['ẞß', 'İi', 'Σσ'].map((pair) => [...pair]))
      expect((await refusal(there.save('more', file(`id,${one},${other}\n1,a,b\n`), { key: 'id' }))).code).toBe(
        'NAME_REFUSED',
      )
    // These the engine tells apart.
    await there.save('more', file('id,σ,ς,ſ,s\n1,a,b,c,d\n'), { key: 'id' })
    await there.close()
  })
  test('there and back: every commit has equal cells', async () => {
    const there = `dolt:${folder}/there`
    const progress: number[] = []
    const copied = await copy(source, there, { onProgress: ({ commits }) => progress.push(commits) })
    expect(progress.at(-1)).toBe(copied.commits)
    await same(source, there)
    const back = join(folder, 'back.db')
    expect([copied.cut, (await copy(there, back)).cut]).toEqual([[], []])
    await same(source, back)
    const database = await open(there)
    expect((await database.branches({ all: true })).map(({ name }) => name)).toEqual(['doltflow', ...BRANCHES])
    // The same data is no change in the copy, either.
    const rows: Record<string, Value>[] = []
    for await (const batch of database.rows('foo', { as: 'batches' }))
      for (const row of batch.rows)
        rows.push(Object.fromEntries(batch.columns.map((name, index) => [name, row[index]!])))
    expect((await database.save('foo', { rows })).changed).toBe(false)
    await database.close()
  }, 120_000)

  test('a merge of two keys is one on Dolt, and has its first parent on the embedded engine, which is told', async () => {
    const from = `dolt:${folder}/keys`
    const database = await open(from)
    const first = await database.save('foo', file('id,a\n1,x\n'), { key: 'id' })
    await database.save('foo', file('id,a\n1,x\n'), { key: ['id', 'a'], schema: 'replace' })
    await database.save('foo', file('id,a\n1,z\n'), { branch: { new: 'side', from: first.toCommit! } })
    const [ours, theirs] = [await database.resolve('main'), await database.resolve('side')]
    await database.close()
    // What Dolt itself would not merge, another program may have recorded as merged.
    for (const [branch, statement] of [
      ['main', `CALL dolt_branch('open', '${theirs}~1')`],
      ['open', `CALL dolt_merge('${theirs}', '--no-ff', '--no-commit')`],
      ['main', `CALL dolt_branch('-f', 'open', '${ours}')`],
      ['open', "CALL dolt_commit('-A', '-m', 'both', '--allow-empty')"],
      ['main', "CALL dolt_merge('open', '--ff-only')"],
    ])
      doltUnderTest.leave(from, branch!, statement!)
    const merge = await open(from).then(async (opened) => {
      const [commit] = await opened.log()
      await opened.close()
      return commit!
    })
    expect(merge.parents).toEqual([ours, theirs])
    expect((await copy(from, `dolt:${folder}/keys-copy`)).cut).toEqual([])
    await same(from, `dolt:${folder}/keys-copy`)
    const cut = join(folder, 'keys.db')
    expect((await copy(from, cut)).cut).toEqual([merge.hash])
    const [one, other] = [await open(from), await open(cut)]
    expect(await tablesAt(other, 'main')).toEqual(await tablesAt(one, 'main'))
    expect((await other.log({ limit: 1 }))[0]).toMatchObject({ message: 'both', parents: [expect.any(String)] })
    await one.close()
    await other.close()
  }, 120_000)

  test.for(['commit-copied:1', 'commit-copied:6', 'tables-copied:4', 'branches-placed'])(
    'killed at %s, it goes on where it was',
    { timeout: 120_000 },
    async (step) => {
      const to = `dolt:${folder}/${step.replace(':', '-')}`
      const script = `import { copy } from ${JSON.stringify(LIBRARY)}; await copy(${JSON.stringify(source)}, ${JSON.stringify(to)})`
      const env = { ...process.env, DOLTFLOW_FAILPOINT: step }
      const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env })
      expect(signal).toBe('SIGKILL')
      if (step !== 'branches-placed') {
        const database = await open(to)
        expect(await database.tables()).toEqual([])
        await database.close()
      }
      await copy(source, to)
      await same(source, to)
    },
  )
})

async function same(from: string, to: string): Promise<void> {
  const [one, two] = [await open(from), await open(to)]
  try {
    const names = (await one.branches()).map(({ name }) => name)
    expect((await two.branches()).map(({ name }) => name)).toEqual(names)
    for (const name of names) expect(await history(two, name)).toEqual(await history(one, name))
    expect((await two.tags()).map(({ name }) => name)).toEqual((await one.tags()).map(({ name }) => name))
    for (const { name: at } of await one.tags()) expect(await tablesAt(two, at)).toEqual(await tablesAt(one, at))
    for (const { run, table } of await one.actions())
      if (run !== null)
        expect((await tablesAt(two, await two.resolve(`run:${run}`, { table: table! })))[table!]).toEqual(
          (await tablesAt(one, await one.resolve(`run:${run}`, { table: table! })))[table!],
        )
    const told = async (database: Database): Promise<unknown[]> =>
      (await database.actions()).map(({ fromCommit: _f, fileCommit: _c, toCommit: _t, tableHash: _h, ...rest }) => rest)
    expect(await told(two)).toEqual(await told(one))
  } finally {
    await one.close()
    await two.close()
  }
}
