import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DoltflowError, SchemaPolicy } from '../../dist/index.js'
import { Lab, patience, runs, sorted, type Cell, type Cells } from './kit.ts'

const lab = new Lab()
beforeAll(() => lab.start())
afterAll(() => lab.end())
const parameters = runs('schemas')

const KEYS = ['1', '2', '3', '04', 'x']
const cells = fc.constantFrom<Cell[]>('p', null, '', '7', '007', '0.50', '2.5')
/** A file: some columns in some order, and rows of them. */
const file = fc
  .tuple(fc.shuffledSubarray(['id', 'a', 'b', 'c', 'd'], { minLength: 2 }), fc.subarray(KEYS), fc.infiniteStream(cells))
  .map(([some, keys, stream]) => {
    const columns = some.includes('id') ? some : ['id', ...some]
    return {
      columns,
      rows: keys.map((key) => columns.map((name) => (name === 'id' ? key : (stream.next().value as Cell)))),
    }
  })
const policy = fc.constantFrom<SchemaPolicy[]>('evolve', 'evolve', 'replace', 'replace', 'strict')
const steps = fc.array(fc.tuple(file, policy), { minLength: 3, maxLength: 6 })

interface Table {
  columns: string[]
  rows: Cells
}

/** The promise, in plain words; undefined where a save is refused. */
function saved(before: Table | undefined, { columns, rows }: Table, how: SchemaPolicy): Table | undefined {
  if (!before || how === 'replace') return { columns, rows }
  const isMissing = before.columns.some((name) => !columns.includes(name))
  const isNew = columns.some((name) => !before.columns.includes(name))
  if (isMissing || (how === 'strict' && isNew)) return undefined
  const after = [...before.columns, ...columns.filter((name) => !before.columns.includes(name))]
  return { columns: after, rows: rows.map((row) => after.map((name) => row[columns.indexOf(name)]!)) }
}

/** Rows that differ, by key: a column that a side has not is NULL there. */
function differing(before: Table, after: Table): string[] {
  const byKey = ({ columns, rows }: Table) =>
    new Map(
      rows.map((row) => [row[columns.indexOf('id')]!, new Map(columns.map((name, index) => [name, row[index]!]))]),
    )
  const [old, fresh] = [byKey(before), byKey(after)]
  const names = [...new Set([...before.columns, ...after.columns])]
  return KEYS.filter((key) => {
    const [a, b] = [old.get(key), fresh.get(key)]
    return !a !== !b || names.some((name) => (a?.get(name) ?? null) !== (b?.get(name) ?? null))
  })
}

test(
  'saves of files with other columns make what the model says; every commit loads as it was; diffs across them are right',
  async () => {
    let count = 0
    const seen = { refused: 0, saved: 0, unchanged: 0 }
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (given, pick) => {
        await lab.next()
        const name = `t${count++}`
        const history: { at: string; table: Table }[] = []
        for (const [{ columns, rows }, how] of given) {
          const before = history.at(-1)?.table
          const model = saved(before, { columns, rows }, how)
          // Types are pinned, since what rows share a scale is not what is tested here.
          const types = Object.fromEntries(columns.map((column) => [column, 'any' as const]))
          const saving = lab.database.save(name, lab.csv(columns, rows), {
            key: 'id',
            schema: how,
            types,
            allowEmpty: true,
          })
          if (!model) {
            seen.refused++
            const error = await saving.then(
              () => undefined,
              (thrown: unknown) => thrown as DoltflowError,
            )
            expect(['COLUMN_MISSING', 'SCHEMA_STRICT']).toContain(error?.code)
            continue
          }
          const action = await saving
          if (action.changed) seen.saved++
          else seen.unchanged++
          const same = before && JSON.stringify(sortedTable(before)) === JSON.stringify(sortedTable(model))
          expect(action.changed).toBe(!same)
          history.push({ at: action.toCommit!, table: model })
        }
        for (const { at, table } of history) {
          const [header, ...rows] = await lab.cells(name, { at })
          expect(header).toEqual(table.columns)
          expect(sorted(rows)).toEqual(sorted(table.rows))
        }
        const [one, other] = [history[pick % history.length]!, history.at(-1)!]
        const changed: string[] = []
        const counts = { added: 0, modified: 0, removed: 0 }
        for await (const { kind, key, before, after } of lab.database.diff(name, one.at, other.at)) {
          counts[kind]++
          const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])]
          if (!before || !after || names.some((column) => (before[column] ?? null) !== (after[column] ?? null)))
            changed.push(String(key['id']))
        }
        expect(
          (await lab.database.diffCounts(name, one.at, other.at)) ?? { added: 0, modified: 0, removed: 0 },
        ).toMatchObject(counts)
        expect(changed.toSorted()).toEqual(differing(one.table, other.table).toSorted())
      }),
      { ...parameters, numRuns: Math.ceil(parameters.numRuns / 6) },
    )
    expect(Math.min(seen.refused, seen.saved)).toBeGreaterThan(parameters.numRuns / 30)
  },
  patience,
)

function sortedTable({ columns, rows }: Table): Table {
  return { columns, rows: sorted(rows) }
}
