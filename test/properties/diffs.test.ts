import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Value } from '../../dist/index.js'
import { cell, Lab, patience, runs, type Cells } from './kit.ts'

const lab = new Lab()
beforeAll(() => lab.start())
afterAll(() => lab.end())
const parameters = runs('diffs')

const columns = ['id', 'a', 'b', 'c', 'd']
/** Rows of the columns so far, by small keys, so that versions have many in common. */
const version = (width: number) =>
  fc
    .uniqueArray(
      fc.tuple(
        fc.constantFrom('1', '2', '3', '07', 'x', '2.5', ''),
        fc.array(fc.oneof(fc.constantFrom('1', 'x', null), cell), { minLength: width - 1, maxLength: width - 1 }),
      ),
      { selector: ([id]) => id, maxLength: 7 },
    )
    .map((rows) => rows.map(([id, cells]) => [id, ...cells]))

type Row = Record<string, Value>

async function rowsAt(hash: string): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>()
  for await (const batch of lab.database.rows('foo', { at: hash, as: 'batches' }))
    for (const row of batch.rows)
      rows.set(keyOf(row[0]!), Object.fromEntries(batch.columns.map((name, index) => [name, row[index]!])))
  return rows
}

function keyOf(value: Value): string {
  return `${typeof value}${String(value)}`
}

test(
  'the diff of two versions, applied to one, gives the other; and its counts are its rows',
  async () => {
    let width = 2
    const hashes: string[] = []
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 9 }), fc.infiniteStream(fc.nat()), async (grow, random) => {
        if (await lab.next()) {
          hashes.length = 0
          width = 2
        }
        // A column more now and then.
        if (grow === 0 && width < columns.length) width++
        const rows: Cells = fc.sample(version(width), { numRuns: 1, seed: random.next().value as number })[0]!
        const action = await lab.database.save('foo', lab.csv(columns.slice(0, width), rows), {
          key: 'id',
          allowEmpty: true,
        })
        hashes.push(action.toCommit!)
        const from = hashes[(random.next().value as number) % hashes.length]!
        const to = action.toCommit!
        for (const [a, b] of [
          [from, to],
          [to, from],
        ] as const) {
          const model = await rowsAt(a)
          const counts = { added: 0, modified: 0, removed: 0 }
          for await (const { kind, key, before, after } of lab.database.diff('foo', a, b)) {
            counts[kind]++
            const id = keyOf(key['id']!)
            expect(model.get(id)).toEqual(before ?? undefined)
            expect([before === null, after === null]).toEqual([kind === 'added', kind === 'removed'])
            if (after === null) model.delete(id)
            else model.set(id, after)
          }
          const wanted = await rowsAt(b)
          // A column that was only added makes no diff of a row that has nothing in it.
          for (const row of model.values())
            for (const name of columns.slice(
              0,
              [...wanted.values()][0] ? Object.keys([...wanted.values()][0]!).length : 0,
            ))
              row[name] ??= null
          const left = [...wanted.values()][0]
          for (const row of model.values())
            for (const name of Object.keys(row)) if (left && !(name in left) && row[name] === null) delete row[name]
          expect([...model].toSorted()).toEqual([...wanted].toSorted())
          expect((await lab.database.diffCounts('foo', a, b)) ?? counts).toMatchObject(counts)
        }
      }),
      parameters,
    )
  },
  patience,
)
