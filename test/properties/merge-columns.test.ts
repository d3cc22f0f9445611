import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DoltflowError, type Conflict, type SaveOptions } from '../../dist/index.js'
import { missingDolt } from '../engines/dolt-server.ts'
import { Lab, patience, runs, sorted, type Cell } from './kit.ts'

/*
 * A delete against a cell in a new column was merged silently, and rows that were equal place by place were taken for
 * one change: each side may add columns here, of types of their own, and drop others.
 */

const parameters = runs('merge-columns')

const KEYS = ['1', '2', '3', 'x']
const OLD = ['a', 'b']
const NEW = ['c', 'd']
/** Cells by the key and the column. */
type Rows = Map<string, Record<string, Cell>>
interface Table {
  columns: string[]
  rows: Rows
}

const cell = fc.constantFrom<Cell[]>('p', null, '', '1', '2.50', '2.500', '01')
const line = fc.record({ a: cell, b: cell, c: cell, d: cell })
const base: fc.Arbitrary<Table> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), cell, cell), { selector: ([id]) => id, maxLength: KEYS.length })
  .map((rows) => ({ columns: OLD, rows: new Map(rows.map(([id, a, b]) => [id, { a, b }])) }))
/** What a side makes of the base: columns that it adds or drops, and each key's row deleted, kept, filled in or written anew. */
const side = fc.record({
  added: fc.subarray(NEW),
  dropped: fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: fc.subarray(OLD) }),
  rows: fc.array(fc.tuple(fc.constantFrom('kept', 'kept', 'deleted', 'filled', 'written'), line), {
    minLength: KEYS.length,
    maxLength: KEYS.length,
  }),
})
type Side = typeof side extends fc.Arbitrary<infer S> ? S : never

function edited({ rows }: Table, { added, dropped, rows: changes }: Side): Table {
  const columns = [...OLD.filter((name) => !dropped.includes(name)), ...added]
  const result: Rows = new Map()
  changes.forEach(([what, values], index) => {
    const id = KEYS[index]!
    const before = rows.get(id)
    if (what === 'deleted' || (!before && what !== 'written')) return
    const own = what === 'written' || what === 'filled' ? values : { ...values, c: null, d: null }
    const full: Record<string, Cell> = what === 'written' ? own : { ...own, ...before! }
    result.set(id, Object.fromEntries(columns.map((name) => [name, full[name]!])))
  })
  return { columns, rows: result }
}

/** Whether a side has new cells in a column that the other one dropped. */
function isFilled(before: Table, one: Table, other: Table): boolean {
  return OLD.some(
    (name) =>
      one.columns.includes(name) &&
      !other.columns.includes(name) &&
      [...one.rows].some(([id, row]) => row[name] !== (before.rows.get(id)?.[name] ?? null)),
  )
}

/** The promise: by row and cell; a column that one side alone has takes its cells; of a delete against an edit, the row. */
function mergeModel(before: Table, ours: Table, theirs: Table, policy: string): Table & { conflicts: string[] } {
  const columns = [
    ...OLD.filter((name) => ours.columns.includes(name) && theirs.columns.includes(name)),
    ...NEW.filter((name) => ours.columns.includes(name) || theirs.columns.includes(name)),
  ]
  const rows: Rows = new Map()
  const conflicts: string[] = []
  for (const id of KEYS) {
    const [b, o, t] = [before.rows.get(id), ours.rows.get(id), theirs.rows.get(id)]
    const was = (name: string) => b?.[name] ?? null
    const isChanged = (row: Record<string, Cell>) => columns.some((name) => name in row && row[name] !== was(name))
    const filled = (row: Record<string, Cell>) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))
    const preferred = policy === 'theirs' ? t : o
    if (o && t) {
      let clash = false
      const merged = columns.map((name): [string, Cell] => {
        const [here, there] = [o[name], t[name]]
        if (here === undefined || there === undefined) return [name, here ?? there ?? null]
        if (here === there || (b && there === was(name))) return [name, here]
        if (b && here === was(name)) return [name, there]
        clash = true
        return [name, preferred![name]!]
      })
      rows.set(id, Object.fromEntries(merged))
      if (clash) conflicts.push(id)
    } else if (b && (o ?? t)) {
      if (!isChanged((o ?? t)!)) continue
      conflicts.push(id)
      if (preferred) rows.set(id, filled(preferred))
    } else if (o ?? t) rows.set(id, filled((o ?? t)!))
  }
  return { columns, rows, conflicts }
}

const list = ({ columns, rows }: Table) => [...rows].map(([id, row]) => [id, ...columns.map((name) => row[name]!)])

describe.each([
  { engine: 'doltlite', lab: new Lab(), numRuns: parameters.numRuns, missing: undefined },
  {
    engine: 'dolt',
    lab: new Lab((path) => `dolt:${path}`),
    numRuns: Math.ceil(parameters.numRuns / 5),
    missing: missingDolt(),
  },
])('$engine', ({ lab, numRuns, missing }) => {
  beforeAll(async () => void (await lab.start()))
  afterAll(() => lab.end())
  const file = (table: Table) => lab.csv(['id', ...table.columns], list(table))
  let count = 0

  test.skipIf(missing !== undefined)(
    'a merge of tables with new columns is what the model says, under each policy',
    async () => {
      const seen = { merged: 0, conflicts: 0, decided: 0, refused: 0 }
      await fc.assert(
        fc.asyncProperty(
          base,
          side,
          side,
          fc.constantFrom('fail', 'ours', 'theirs'),
          async (before, our, their, policy) => {
            await lab.next()
            const name = `t${++count}`
            const target = `work${count}`
            const [ours, theirs] = [edited(before, our), edited(before, their)]
            const model = mergeModel(before, ours, theirs, policy)
            const how = (table: Table): SaveOptions => ({
              allowEmpty: true,
              schema: OLD.every((one) => table.columns.includes(one)) ? 'evolve' : 'replace',
              types: Object.fromEntries(table.columns.filter((one) => OLD.includes(one)).map((one) => [one, 'any'])),
            })
            const first = await lab.database.save(name, file(before), {
              ...how(before),
              key: 'id',
              branch: { new: target },
            })
            await lab.database.save(name, file(ours), { ...how(ours), branch: target })
            const head = await lab.database.resolve(target)
            const now = async () => {
              const [header, ...rows] = await lab.cells(name, { branch: target })
              return sorted(rows.map((row) => ['id', ...model.columns].map((column) => row[header!.indexOf(column)]!)))
            }
            const branch = { from: first.toCommit!, mergeTo: target }
            const saving = lab.database.save(name, file(theirs), { ...how(theirs), branch, onConflict: policy })
            const error = await saving.then(
              () => undefined,
              (thrown: unknown) => thrown as DoltflowError,
            )
            const isLost = isFilled(before, ours, theirs) || isFilled(before, theirs, ours)
            // What the engines can't tell apart is refused, too, such as a column that is dropped beside a new one.
            if (isLost || (error?.code === 'SCHEMA_CONFLICT' && our.dropped.length + their.dropped.length > 0)) {
              seen.refused++
              expect(error).toMatchObject({ code: 'SCHEMA_CONFLICT' })
              expect(await lab.database.resolve(target)).toBe(head)
              return
            }
            if (policy === 'fail' && model.conflicts.length > 0) {
              seen.conflicts++
              expect(error).toMatchObject({ code: 'CONFLICT', data: { total: model.conflicts.length } })
              const found = (error!.data['conflicts'] as Conflict[]).map(({ key }) => String(key['id']))
              expect(found.toSorted()).toEqual(model.conflicts.toSorted())
              expect(await lab.database.resolve(target)).toBe(head)
              await lab.database.merge(error!.data['branch'] as string, { into: target, onConflict: 'ours' })
            } else {
              expect(error).toBeUndefined()
              seen.merged += Number((await saving).merged)
              seen.decided += model.conflicts.length
            }
            expect(await now()).toEqual(sorted(list(model)))
          },
        ),
        { ...parameters, numRuns },
      )
      expect(Math.min(...Object.values(seen))).toBeGreaterThan(numRuns / 30)
    },
    patience,
  )
})
