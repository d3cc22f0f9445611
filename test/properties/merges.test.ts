import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DoltflowError, type Conflict } from '../../dist/index.js'
import { memoryAndDoltlite } from './engines.ts'
import { Lab, patience, runs, sorted, type Cell, type Cells } from './kit.ts'

const { numRuns, seed } = runs('merges')

const columns = ['id', 'a', 'b']
type Table = Map<string, Cell[]>
const KEYS = ['1', '2', '3', '04', 'x']
const cells = fc.constantFrom<Cell[]>('p', 'q', null, '', '1', '01', '2.50')
const table: fc.Arbitrary<Table> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), fc.tuple(cells, cells)), {
    selector: ([id]) => id,
    maxLength: KEYS.length,
  })
  .map((rows) => new Map(rows))
/** A version of a base: each row kept, edited, deleted or added. */
const edit = fc.record({
  deleted: fc.subarray(KEYS),
  edited: fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(0, 1), cells), { maxLength: 4 }),
  added: table,
})
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never

function edited(base: Table, { deleted, edited: changes, added }: Edit): Table {
  const rows: Table = new Map([...base].map(([id, row]) => [id, [...row]]))
  for (const id of deleted.slice(0, 2)) rows.delete(id)
  for (const [id, column, value] of changes) {
    const row = rows.get(id)
    if (row) row[column] = value
  }
  for (const [id, row] of [...added].slice(0, 2)) if (!base.has(id)) rows.set(id, row)
  return rows
}

interface Model {
  rows: Table
  conflicts: string[]
}

/** The promise, in plain words: three-way, by row and cell; of a delete against an edit, the row. */
function mergeModel(base: Table, ours: Table, theirs: Table, policy: 'ours' | 'theirs'): Model {
  const rows: Table = new Map()
  const conflicts: string[] = []
  const same = (a: Cell[] | undefined, b: Cell[] | undefined) => JSON.stringify(a ?? 0) === JSON.stringify(b ?? 0)
  for (const id of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const [b, o, t] = [base.get(id), ours.get(id), theirs.get(id)]
    const preferred = policy === 'ours' ? o : t
    let merged: Cell[] | undefined
    if (same(o, t) || same(b, t)) merged = o
    else if (same(b, o)) merged = t
    else if (!o || !t) {
      conflicts.push(id)
      merged = preferred
    } else {
      let clash = false
      merged = o.map((cell, index) => {
        const [was, theirCell] = [b?.[index], t[index]!]
        if (cell === theirCell || (b && was === theirCell)) return cell
        if (b && was === cell) return theirCell
        clash = true
        return preferred![index]!
      })
      if (clash) conflicts.push(id)
    }
    if (merged) rows.set(id, merged)
  }
  return { rows, conflicts }
}

const list = (rows: Table): Cells => [...rows].map(([id, row]) => [id, ...row])
const key = (conflict: Conflict) => String(conflict.key['id'])
let count = 0

// The model is met by the merge itself; on DoltLite what is the engine's own is met in the oracle's, too.
describe.each(memoryAndDoltlite(numRuns, seed))('$name', ({ url, parameters }) => {
  const lab = new Lab(url)
  beforeAll(() => lab.start())
  afterAll(() => lab.end())
  /** A table of a base, and both sides: ours is on the branch already. */
  async function begin(base: Table, ours: Table, target: string): Promise<{ name: string; hash: string }> {
    const name = `t${count}`
    const first = await lab.database.save(name, lab.csv(columns, list(base)), {
      key: 'id',
      branch: { new: target },
      allowEmpty: true,
      types: { a: 'any', b: 'any' },
    })
    await lab.database.save(name, lab.csv(columns, list(ours)), { branch: target, allowEmpty: true })
    return { name, hash: first.toCommit! }
  }

  test(
    'a save that is merged is what the model says, under each policy',
    async () => {
      const seen = { merged: 0, conflicts: 0, decided: 0 }
      await fc.assert(
        fc.asyncProperty(
          table,
          edit,
          edit,
          fc.constantFrom('fail', 'ours', 'theirs'),
          async (base, our, their, policy) => {
            count++
            await lab.next()
            const target = `work${count}`
            const [ours, theirs] = [edited(base, our), edited(base, their)]
            const model = mergeModel(base, ours, theirs, policy === 'ours' ? 'ours' : 'theirs')
            const { name, hash } = await begin(base, ours, target)
            const head = await lab.database.resolve(target)
            const saving = lab.database.save(name, lab.csv(columns, list(theirs)), {
              branch: { from: hash, mergeTo: target },
              onConflict: policy,
              allowEmpty: true,
            })
            if (policy === 'fail' && model.conflicts.length > 0) {
              seen.conflicts++
              const error = await saving.then(
                () => undefined,
                (thrown: unknown) => thrown as DoltflowError,
              )
              expect(error).toMatchObject({ code: 'CONFLICT', data: { total: model.conflicts.length, target } })
              expect((error!.data['conflicts'] as Conflict[]).map(key).toSorted()).toEqual(model.conflicts.toSorted())
              expect(await lab.database.resolve(target)).toBe(head)
              const kept = error!.data['branch'] as string
              expect(sorted((await lab.cells(name, { branch: kept })).slice(1))).toEqual(sorted(list(theirs)))
              await lab.database.merge(kept, { into: target, onConflict: 'theirs' })
            } else {
              const action = await saving
              seen.merged += Number(action.merged)
              seen.decided += model.conflicts.length
              expect(action.tableHash).toBeTruthy()
              expect(action.changed).toBe(action.toCommit !== head)
              if (action.changed)
                expect(sorted((await lab.cells(name, { at: action.fileCommit! })).slice(1))).toEqual(
                  sorted(list(theirs)),
                )
            }
            expect(sorted((await lab.cells(name, { branch: target })).slice(1))).toEqual(sorted(list(model.rows)))
          },
        ),
        parameters,
      )
      // Had the edits met nowhere, nothing would have been tested.
      expect(Math.min(seen.merged, seen.conflicts, seen.decided)).toBeGreaterThan(parameters.numRuns / 30)
      expect((await lab.database.status()).dirty).toEqual([])
    },
    patience,
  )

  test(
    'edits that do not meet commute: the same table, by its hash, in either order',
    async () => {
      await fc.assert(
        fc.asyncProperty(table, edit, edit, async (base, one, other) => {
          const [a, b] = [edited(base, one), edited(base, other)]
          fc.pre(mergeModel(base, a, b, 'ours').conflicts.length === 0)
          count++
          await lab.next()
          const hashes = []
          for (const [first, second] of [
            [a, b],
            [b, a],
          ] as const) {
            const target = `commute${hashes.length}`
            const { name, hash } = await begin(base, first, target)
            const action = await lab.database.save(name, lab.csv(columns, list(second)), {
              branch: { from: hash, mergeTo: target },
              allowEmpty: true,
            })
            const infos = await lab.database.tables({ at: target })
            hashes.push(infos.find((info) => info.name === name)!.hash)
            expect(await lab.database.resolve(target)).toBe(action.toCommit)
            await lab.database.deleteBranch(target)
          }
          expect(hashes[0]).toBe(hashes[1])
        }),
        parameters,
      )
    },
    patience,
  )
})
