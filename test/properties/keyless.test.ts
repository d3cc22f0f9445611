import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab, patience, runs, sorted, type Cell, type Cells } from './kit.ts'

const lab = new Lab()
beforeAll(() => lab.start())
afterAll(() => lab.end())
const parameters = runs('keyless')

const columns = ['a', 'b']
const row = fc.tuple(fc.constantFrom<Cell[]>('x', '1', '01', null, ''), fc.constantFrom<Cell[]>('p', null, '0.50'))
const file = fc.array(row, { maxLength: 8 })
const step = fc.record({ rows: file, mode: fc.constantFrom('replace' as const, 'replace' as const, 'append' as const) })

const text = (cells: Cell[]): string => JSON.stringify(cells)

function countsOf(rows: Cells): Map<string, number> {
  const counts = new Map<string, number>()
  for (const one of rows) counts.set(text(one), (counts.get(text(one)) ?? 0) + 1)
  return counts
}

/** The promise, in plain words: rows that stay keep their places, of equal ones the first; others follow as they stand in the file. */
function saved(before: Cells, { rows, mode }: { rows: Cells; mode: 'replace' | 'append' }): Cells {
  if (mode === 'append') return [...before, ...rows]
  const wanted = countsOf(rows)
  const take = (counts: Map<string, number>) => (one: Cell[]) => {
    const left = counts.get(text(one)) ?? 0
    if (left > 0) counts.set(text(one), left - 1)
    return left > 0
  }
  const kept = before.filter(take(wanted))
  const known = take(countsOf(before))
  return [...kept, ...rows.filter((one) => !known(one))]
}

function difference(from: Cells, to: Cells): { added: number; removed: number } {
  const [old, fresh] = [countsOf(from), countsOf(to)]
  const more = (a: Map<string, number>, b: Map<string, number>) =>
    [...a].reduce((sum, [one, count]) => sum + Math.max(0, count - (b.get(one) ?? 0)), 0)
  return { added: more(fresh, old), removed: more(old, fresh) }
}

test(
  'saves make the multiset that the model says, in its order; every commit loads as it was; diffs are the difference',
  async () => {
    let count = 0
    const seen = { changed: 0, unchanged: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), fc.nat(), async (steps, pick) => {
        await lab.next()
        const name = `t${count++}`
        const history: { at: string; rows: Cells }[] = []
        for (const given of steps) {
          const before = history.at(-1)?.rows
          const after = saved(before ?? [], given)
          const types = before ? {} : { types: { a: 'any', b: 'any' } as const }
          const action = await lab.database.save(name, lab.csv(columns, given.rows), {
            ...types,
            key: null,
            mode: given.mode,
            allowEmpty: true,
          })
          const expected = difference(before ?? [], after)
          expect(action).toMatchObject({
            ...expected,
            modified: 0,
            changed: !before || expected.added + expected.removed > 0,
          })
          seen[action.changed ? 'changed' : 'unchanged']++
          history.push({ at: action.toCommit!, rows: after })
        }
        for (const { at, rows } of history) expect((await lab.cells(name, { at })).slice(1)).toEqual(rows)
        const [one, other] = [history[pick % history.length]!, history.at(-1)!]
        const counts = { added: 0, modified: 0, removed: 0 }
        for await (const { kind } of lab.database.diff(name, one.at, other.at)) counts[kind]++
        expect(counts).toEqual({ ...difference(one.rows, other.rows), modified: 0 })
        const again = await lab.database.save(name, lab.csv(columns, other.rows.toReversed()), { allowEmpty: true })
        expect(again.changed).toBe(false)
        seen.unchanged++
      }),
      { ...parameters, numRuns: Math.ceil(parameters.numRuns / 8) },
    )
    expect(Math.min(seen.changed, seen.unchanged)).toBeGreaterThan(parameters.numRuns / 30)
  },
  patience,
)

/** How many of a row a merge leaves: each side adds and removes the last of them. */
function mergedCount(base: number, ours: number, theirs: number): number {
  if (ours >= base && theirs >= base) return Math.max(ours, theirs)
  if (ours < base && theirs < base) return Math.min(ours, theirs)
  return ours + theirs - base
}

test(
  'a merge goes by content: it never conflicts, and leaves as many of each row as the model says',
  async () => {
    let count = 0
    let merged = 0
    await fc.assert(
      fc.asyncProperty(file, file, file, async (base, ours, theirs) => {
        await lab.next()
        const [name, target] = [`m${count}`, `merge${count++}`]
        const options = { key: null, allowEmpty: true, types: { a: 'any', b: 'any' } } as const
        const first = await lab.database.save(name, lab.csv(columns, base), { ...options, branch: { new: target } })
        await lab.database.save(name, lab.csv(columns, ours), { ...options, branch: target })
        const branch = { from: first.toCommit!, mergeTo: target }
        const action = await lab.database.save(name, lab.csv(columns, theirs), { ...options, branch })
        merged += Number(action.merged)
        const [b, o, t] = [base, ours, theirs].map(countsOf)
        const expected = [...new Set([...b!.keys(), ...o!.keys(), ...t!.keys()])].flatMap((one) =>
          Array.from(
            { length: mergedCount(b!.get(one) ?? 0, o!.get(one) ?? 0, t!.get(one) ?? 0) },
            () => JSON.parse(one) as Cell[],
          ),
        )
        expect(sorted((await lab.cells(name, { branch: target })).slice(1))).toEqual(sorted(expected))
        // The copies are numbered without gaps: the same data again is no change.
        expect(
          (await lab.database.save(name, lab.csv(columns, expected), { allowEmpty: true, branch: target })).changed,
        ).toBe(false)
      }),
      { ...parameters, numRuns: Math.ceil(parameters.numRuns / 10) },
    )
    expect(merged).toBeGreaterThan(parameters.numRuns / 30)
  },
  patience,
)
