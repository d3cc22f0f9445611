import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Conflict, ConflictDecision, ConflictRules, DecisionWord, DoltflowError } from '../../dist/index.js'
import { memoryAndDoltlite } from './engines.ts'
import { Lab, patience, runs, sorted, type Cell, type Cells } from './kit.ts'

const { numRuns, seed } = runs('conflicts')

const columns = ['id', 'a', 'n', 'u']
const HEAD = ['table', 'key', 'column', 'base', 'ours', 'theirs', 'decision', 'value']
type Row = Cell[]
type Table = Map<string, Row>

const KEYS = ['1', '2', '03', 'x,"y']
const a = fc.constantFrom<Cell[]>('p', 'q', null, '', 'ours', '2.50', 'é\n')
const n = fc.constantFrom<Cell[]>('0', '7', '-3', '9007199254740993', '12', null, '05')
const u = fc.constantFrom<Cell[]>('2024-01-01', '2024-01-02', '2024-02-01T10:00:00', null, 'soon')
const row = fc.tuple(a, n, u)
const table: fc.Arbitrary<Table> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), row), {
    selector: ([id]) => id,
    minLength: 2,
    maxLength: KEYS.length,
  })
  .map((rows) => new Map(rows))
const edit = fc.record({
  deleted: fc.option(fc.constantFrom(...KEYS)),
  edited: fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(0, 1, 2), row), { minLength: 2, maxLength: 6 }),
  added: table,
})
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never

function edited(base: Table, { deleted, edited: changes, added }: Edit): Table {
  const rows: Table = new Map([...base].map(([id, cells]) => [id, [...cells]]))
  if (deleted !== null) rows.delete(deleted)
  for (const [id, column, cells] of changes) {
    const found = rows.get(id)
    if (found) found[column] = cells[column]!
  }
  for (const [id, cells] of [...added].slice(0, 1)) if (!base.has(id)) rows.set(id, [...cells])
  return rows
}

const rules = fc.constantFrom<(ConflictRules | undefined)[]>(
  undefined,
  undefined,
  { n: 'sum' },
  { u: 'newest' },
  { n: 'sum', u: 'newest', '*': 'theirs' },
  { a: 'base', '*': 'ours' },
  { n: 'fail', '*': 'theirs' },
)
const choices = fc.array(
  fc.tuple(
    fc.constantFrom<(DecisionWord | null)[]>('ours', 'theirs', 'base', 'value', null),
    fc.constantFrom('mine', '1', '007', null),
  ),
  { minLength: 12, maxLength: 12 },
)
type Choice = [DecisionWord | null, Cell]

/** One conflict, as a person decides it; without a column it is of the row. */
interface Unit {
  id: string
  column: string | null
  sides: { base: Cell | Row | null; ours: Cell | Row | null; theirs: Cell | Row | null }
  choice: Choice
}

/** The promise, in plain words. */
class Model {
  readonly units: Unit[] = []
  readonly rows: Table = new Map()
  /** Keys of rows in which something is undecided. */
  readonly open = new Set<string>()
  readonly #rules: ConflictRules
  readonly #choices: Choice[]

  constructor(base: Table, ours: Table, theirs: Table, given: ConflictRules | undefined, made: Choice[]) {
    this.#rules = given ?? {}
    this.#choices = [...made]
    for (const id of KEYS) {
      const merged = this.#row(id, base.get(id) ?? null, ours.get(id) ?? null, theirs.get(id) ?? null)
      if (merged) this.rows.set(id, merged)
    }
  }

  #row(id: string, base: Row | null, ours: Row | null, theirs: Row | null): Row | null {
    const same = (one: Row | null, other: Row | null) => JSON.stringify(one) === JSON.stringify(other)
    if (same(ours, theirs) || same(base, theirs)) return ours
    if (same(base, ours)) return theirs
    if (ours && theirs)
      return columns.slice(1).map((column, at) => {
        const [b, o, t] = [base?.[at] ?? null, ours[at]!, theirs[at]!]
        if (o === t || (base && b === t)) return o
        if (base && b === o) return t
        const unit = this.#unit(id, column, { base: b, ours: o, theirs: t }, base !== null)
        const [word, value] = unit.choice
        if (word !== null) return word === 'value' ? value : (unit.sides[word] as Cell)
        const ruled = this.#ruled(column, unit, base !== null, newer(ours[2]!, theirs[2]!))
        if (ruled === undefined) this.open.add(id)
        return ruled ?? null
      })
    const unit = this.#unit(id, null, { base, ours, theirs }, base !== null)
    const word = unit.choice[0] ?? (this.#rules['*'] as 'ours' | 'theirs' | undefined)
    if (word === undefined) this.open.add(id)
    return word === undefined ? null : (unit.sides[word as 'ours'] as Row | null)
  }

  #unit(id: string, column: string | null, sides: Unit['sides'], hasBase: boolean): Unit {
    let choice = this.#choices.shift() ?? ['ours', null]
    if ((choice[0] === 'base' && !hasBase) || (choice[0] === 'value' && column === null)) choice = ['theirs', null]
    const unit = { id, column, sides, choice }
    this.units.push(unit)
    return unit
  }

  /** undefined: nothing decides it. */
  #ruled(column: string, { sides }: Unit, hasBase: boolean, later: 'ours' | 'theirs' | undefined): Cell | undefined {
    const { base: b, ours: o, theirs: t } = sides as Record<string, Cell>
    const rule = this.#rules[column]
    if (rule === 'fail') return undefined
    if (rule === 'base') return hasBase ? b : undefined
    if (rule === 'sum') {
      const isWhole = (cell: Cell | undefined): cell is string => /^(0|-?[1-9]\d*)$/.test(cell ?? '')
      return hasBase && isWhole(b) && isWhole(o) && isWhole(t) ? String(BigInt(o) + BigInt(t) - BigInt(b)) : undefined
    }
    const side = (this.#rules['u'] === 'newest' ? later : undefined) ?? (this.#rules['*'] as 'ours' | undefined)
    return side && (sides[side] as Cell)
  }
}

function newer(ours: Cell, theirs: Cell): 'ours' | 'theirs' | undefined {
  const [o, t] = [ours, theirs].map((cell) =>
    cell?.startsWith('2024') ? Date.parse(cell.length > 10 ? `${cell}Z` : cell) : NaN,
  )
  return o! > t! ? 'ours' : t! > o! ? 'theirs' : undefined
}

const list = (rows: Table): Cells => [...rows].map(([id, cells]) => [id, ...cells])
const sideText = (unit: Unit, side: 'base' | 'ours' | 'theirs'): Cell => {
  const found = unit.sides[side]
  return Array.isArray(found)
    ? JSON.stringify(Object.fromEntries(columns.map((name, at) => [name, [unit.id, ...found][at]!])))
    : found
}
const lineOf = (name: string, unit: Unit): Cell[] => {
  const [word, value] = unit.choice
  const sides = (['base', 'ours', 'theirs'] as const).map((side) => sideText(unit, side))
  return [name, unit.id, unit.column, ...sides, word, word === 'value' ? value : null]
}
let count = 0

describe.each(memoryAndDoltlite(numRuns, seed))('$name', ({ url, parameters }) => {
  const lab = new Lab(url)
  beforeAll(() => lab.start())
  afterAll(() => lab.end())

  test(
    'what is decided is what is published, and what is not stays a conflict',
    async () => {
      const seen = { units: 0, decided: 0, open: 0, ruled: 0 }
      await fc.assert(
        fc.asyncProperty(
          table,
          edit,
          edit,
          rules,
          choices,
          fc.boolean(),
          async (base, our, their, onConflict, made, asFile) => {
            const [ours, theirs] = [edited(base, our), edited(base, their)]
            const model = new Model(base, ours, theirs, onConflict, made)
            fc.pre(model.units.length > 0)
            count++
            await lab.next()
            const [name, into, exp] = [`t${count}`, `into${count}`, `exp${count}`]
            const types = { id: 'text', a: 'any', n: 'any', u: 'any' } as const
            const save = (rows: Table, branch: string) =>
              lab.database.save(name, lab.csv(columns, list(rows)), { branch, allowEmpty: true })
            const first = await lab.database.save(name, lab.csv(columns, list(base)), {
              key: 'id',
              types,
              branch: { new: into },
            })
            await lab.database.createBranch(exp, first.toCommit!)
            await save(ours, into)
            await save(theirs, exp)
            const head = await lab.database.resolve(into)

            const listed = await lab.database.conflicts(exp, { into })
            const idOf = (id: unknown, column: string | null) => JSON.stringify([id, column])
            expect(listed.conflicts.map((one) => idOf(one.key['id'], one.column)).toSorted()).toEqual(
              model.units.map(({ id, column }) => idOf(id, column)).toSorted(),
            )
            const decisions = listed.conflicts.map((one): ConflictDecision => {
              const [decision, value] = model.units.find(
                ({ id, column }) => id === one.key['id'] && column === one.column,
              )!.choice
              return { ...one, decision, value: decision === 'value' ? value : null }
            })
            const resolve = asFile
              ? lab.csv(
                  HEAD,
                  model.units.map((unit) => lineOf(name, unit)),
                )
              : decisions
            seen.units += model.units.length
            seen.ruled += Number(onConflict !== undefined && model.units.some(({ choice }) => choice[0] === null))
            const merging = lab.database.merge(exp, { into, resolve, onConflict })
            if (model.open.size > 0) {
              seen.open++
              const error = await merging.then(
                () => undefined,
                (thrown: unknown) => thrown as DoltflowError,
              )
              expect(error).toMatchObject({ code: 'CONFLICT', data: { total: model.open.size } })
              const keys = (error!.data['conflicts'] as Conflict[]).map((one) => one.key['id'])
              expect(keys.toSorted()).toEqual([...model.open].toSorted())
              expect(await lab.database.resolve(into)).toBe(head)
              return
            }
            seen.decided++
            const { toCommit } = await merging
            expect(sorted((await lab.cells(name, { branch: into })).slice(1))).toEqual(sorted(list(model.rows)))
            const { commit } = await lab.database.show(toCommit!)
            expect(commit.parents).toEqual([head, await lab.database.resolve(exp)])
          },
        ),
        parameters,
      )
      expect(seen.units).toBeGreaterThan(parameters.numRuns)
      expect(Math.min(seen.decided, seen.open, seen.ruled)).toBeGreaterThan(parameters.numRuns / 20)
    },
    patience,
  )
})
