import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect } from 'vitest'
import { forgetMemory } from '../../dist/engines/memory/index.js'
import { DoltflowError, open, type Action, type Conflict, type Database, type SaveOptions } from '../../dist/index.js'

/* What an engine does with its own diffs, merges and reverts is what the engine in memory does in plain Maps. */

export const folder: string = mkdtempSync(join(tmpdir(), 'doltflow-oracle-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An engine that is compared. */
export interface Compared {
  name: string
  /** A new database's URL. */
  url(): string
  /** What of a thing that is seen must be the same; by default all of it. */
  essence?: (seen: unknown) => unknown
}

/** Lets random histories come to the same on an engine and in memory: refusals, conflicts, rows, schemas and diffs. */
export async function compareHistories(
  { url, essence = (seen) => seen }: Compared,
  parameters: { numRuns: number; seed: number },
): Promise<void> {
  const seen = { merged: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8, size: 'max' }), async (steps) => {
      const memory = `memory:oracle${++count}`
      const [model, real] = [new Side(await open(memory)), new Side(await open(url()))]
      try {
        for (const { database } of [model, real]) {
          writeFileSync(join(folder, 'in.csv'), 'id,a\n1,p\n2,q\n3,\n')
          await database.save('keyed', join(folder, 'in.csv'), { key: 'id' })
        }
        for (const one of steps) {
          const [expected, given] = [await model.do(one), await real.do(one)]
          expect([one, essence(given)]).toEqual([one, essence(expected)])
          seen.merged += Number((expected as { merged?: boolean }).merged ?? 0)
          seen.refused += Number('code' in (expected as object))
          const [wanted, found] = [await model.look(), await real.look()]
          expect([one, essence(found)]).toEqual([one, essence(wanted)])
        }
      } finally {
        for (const { database } of [model, real]) await database.close()
        forgetMemory(memory)
      }
    }),
    parameters,
  )
  // Had nothing met, nothing would have been tested.
  expect(Math.min(seen.merged, seen.refused)).toBeGreaterThan(parameters.numRuns / 30)
}

let count = 0

const cell = fc.constantFrom('p', 'q', '', '""', '1', '01', '2.50', '7')
const TABLES = { keyed: 'id', multiset: null } as const
/** Rows of a file: some of the columns, in some order. */
const file = fc
  .tuple(
    fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 1 }),
    fc.uniqueArray(fc.constantFrom('1', '2', '3', '04', 'x'), { minLength: 1 }),
    fc.infiniteStream(cell),
  )
  .map(([columns, ids, cells]) => {
    const line = (id: string): string => [id, ...columns.map(() => cells.next().value as string)].join(',')
    return [['id', ...columns].join(','), ...ids.map(line)].map((text) => `${text}\n`).join('')
  })
const table = fc.constantFrom<keyof typeof TABLES>('keyed', 'multiset')
/** How many commits ago. */
const ago = fc.nat(3)

type Step =
  | {
      kind: 'save'
      table: keyof typeof TABLES
      text: string
      mode: 'replace' | 'append' | 'upsert'
      schema: 'evolve' | 'replace'
    }
  | {
      kind: 'aside'
      table: keyof typeof TABLES
      text: string
      ago: number
      onConflict: 'fail' | 'ours' | 'theirs'
      schema: 'evolve' | 'replace'
    }
  | { kind: 'restore'; table: keyof typeof TABLES; ago: number }
  | { kind: 'revert'; ago: number }
  | { kind: 'drop'; table: keyof typeof TABLES }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('save' as const),
      table,
      text: file,
      mode: fc.constantFrom('replace', 'append', 'upsert'),
      schema: fc.constantFrom('evolve', 'evolve', 'replace'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('aside' as const),
      table,
      text: file,
      ago,
      onConflict: fc.constantFrom('fail', 'ours', 'theirs'),
      schema: fc.constantFrom('evolve', 'evolve', 'replace'),
    }),
  },
  fc.record({ kind: fc.constant('restore' as const), table, ago }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('revert' as const), ago }) },
  fc.record({ kind: fc.constant('drop' as const), table }),
)

/** A database, and the commits of its branch as they were made. */
class Side {
  readonly database: Database
  readonly heads: string[] = []

  constructor(database: Database) {
    this.database = database
  }

  async do(one: Step): Promise<unknown> {
    try {
      return shown(await this.#action(one))
    } catch (error) {
      if (!(error instanceof DoltflowError)) throw error
      return refused(error)
    }
  }

  /** All that can be seen of the branch, and what differs from the commit before. */
  async look(): Promise<unknown> {
    const head = await this.database.resolve('main')
    const before = this.heads.at(-1) ?? head
    this.heads.push(head)
    const tables = await this.database.tables()
    const seen: unknown[] = [head === before ? 'not moved' : 'moved']
    for (const { name, rows, key } of tables) {
      const path = join(folder, 'out.csv')
      await this.database.load(name, path)
      seen.push({ name, rows, key, schema: await this.database.schema(name), text: readFileSync(path, 'utf8') })
    }
    seen.push(await this.database.changedTables(before, head))
    for (const { table: name } of await this.database.changedTables(before, head))
      for await (const row of this.database.diff(name, before, head)) seen.push(row)
    return seen
  }

  async #action(one: Step): Promise<Action> {
    const { database } = this
    if (one.kind === 'drop') return database.drop(one.table)
    const at = 'ago' in one ? (this.heads.at(-1 - one.ago) ?? this.heads[0] ?? 'HEAD') : 'HEAD'
    if (one.kind === 'restore') return database.restore(one.table, at)
    if (one.kind === 'revert') return database.revert(at)
    const path = join(folder, 'in.csv')
    writeFileSync(path, one.text)
    const options: SaveOptions = { schema: one.schema }
    if (!(await database.schema(one.table, { at }).catch(() => undefined))) options.key = TABLES[one.table]
    if (one.kind === 'save') return database.save(one.table, path, { ...options, mode: one.mode })
    return database.save(one.table, path, {
      ...options,
      branch: { from: at, mergeTo: 'main' },
      onConflict: one.onConflict,
    })
  }
}

function shown({ changed, merged, rows, added, modified, removed, notices }: Action): unknown {
  return { changed, merged, rows, added, modified, removed, notices: notices.map(({ code }) => code) }
}

function refused({ code, data }: DoltflowError): unknown {
  const conflicts = data['conflicts'] as Conflict[] | undefined
  return { code, tables: data['tables'], reason: code === 'SCHEMA_CONFLICT' ? data['reason'] : undefined, conflicts }
}
