import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { triedEngines } from './engines.ts'
import { patience, runs, sorted, type Cell } from './kit.ts'
import { base, edited, list, seldom, side, type Table } from './tables-model.ts'

const parameters = runs('versions')

/** A row's cells by their names; what a version doesn't have is NULL. */
type Cells = Record<string, Cell>
const textOf = (cells: Record<string, unknown>): Cells =>
  Object.fromEntries(Object.entries(cells).map(([name, value]) => [name, value === null ? null : String(value)]))

function isSame(one: Cells | undefined, other: Cells | undefined): boolean {
  const names = Object.keys({ ...one, ...other })
  return !one === !other && names.every((name) => (one?.[name] ?? null) === (other?.[name] ?? null))
}

/** The ids of rows that differ: all, if the key is another one. */
function differing(one: Table, other: Table): string[] {
  const isRekeyed = String(one.key) !== String(other.key)
  const ids = new Set([...one.rows.keys(), ...other.rows.keys()])
  return [...ids].filter((id) => isRekeyed || !isSame(one.rows.get(id), other.rows.get(id))).toSorted()
}

const engines = triedEngines({ doltlite: parameters.numRuns / 4, dolt: parameters.numRuns / 12 })

describe.each(engines)('$engine', ({ lab, numRuns, missing }) => {
  beforeAll(async () => void (await lab.start()))
  afterAll(() => lab.end())
  let count = 0

  test.skipIf(missing !== undefined)(
    'diff, blame and restore go by the names of columns, wherever these stand',
    async () => {
      const texts = seldom<string[][]>([[], []], fc.constantFrom([['a'], ['a']], [['a'], []], [[], ['b']]))
      await fc.assert(
        fc.asyncProperty(base, side, side, texts, async (first, change, later, [one, other]) => {
          await lab.next()
          const { database } = lab
          const name = `t${++count}`
          const second = edited(first, change, one!)
          const versions = [first, second, edited(second, later, other!)]
          const commits: string[] = []
          for (const table of versions) {
            const types = Object.fromEntries(
              table.columns.map((column) => [column, table.texts.includes(column) ? 'text' : 'any'] as const),
            )
            const source = lab.csv(table.columns, list(table))
            const how = { key: table.key, schema: 'replace', types, allowEmpty: true } as const
            await database.save(name, source, how)
            commits.push(await database.resolve('HEAD'))
          }
          for (const [from, to] of [
            [0, 1],
            [1, 2],
            [0, 2],
            [2, 0],
          ] as const) {
            const [old, fresh] = [versions[from]!, versions[to]!]
            const found: string[] = []
            const counts = { added: 0, modified: 0, removed: 0 }
            for await (const { kind, key, before, after } of database.diff(name, commits[from], commits[to])) {
              counts[kind]++
              const id = String(key['id'])
              found.push(id)
              if (before) expect(textOf(before)).toEqual(old.rows.get(id))
              if (after) expect(textOf(after)).toEqual(fresh.rows.get(id))
            }
            // Under another type a row may be told, too, whose texts are the same.
            const isRetyped = String(old.texts) !== String(fresh.texts)
            expect(found).toEqual(expect.arrayContaining(differing(old, fresh)))
            if (!isRetyped) expect([...new Set(found)].toSorted()).toEqual(differing(old, fresh))
            const told = await database.diffCounts(name, commits[from], commits[to])
            expect(told ?? { added: 0, modified: 0, removed: 0 }).toMatchObject(counts)
          }
          const last = versions[2]!
          const at = new Map<string, string>()
          for (const { key, commit } of await database.blame(name)) at.set(String(key['id']), commit.hash)
          expect([...at.keys()].toSorted()).toEqual([...last.rows.keys()].toSorted())
          if (one!.length + other!.length === 0)
            for (const id of last.rows.keys()) {
              const newest = [2, 1].find((index) => differing(versions[index - 1]!, versions[index]!).includes(id)) ?? 0
              expect(at.get(id)).toBe(commits[newest])
            }
          for (const index of [0, 1]) {
            await database.restore(name, commits[index]!)
            const [header, ...rows] = await lab.cells(name)
            expect(header).toEqual(versions[index]!.columns)
            expect(sorted(rows)).toEqual(sorted(list(versions[index]!)))
          }
        }),
        { ...parameters, numRuns },
      )
    },
    patience,
  )
})
