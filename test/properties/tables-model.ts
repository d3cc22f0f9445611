import fc from 'fast-check'
import type { Cell } from './kit.ts'

/*
 * Versions of a table whose columns differ: each adds columns to the one before, drops and renames others, puts all in
 * another order, gives one another type, or the table another key. And what a merge makes of three such versions.
 */

const IDS = ['1', '2', '3', 'x']
export const OLD = ['a', 'b']
const NEW = ['c', 'd']
/** A column that is always there, and may belong to the key. */
const PART = { name: 'part', cell: '7' }
/** Cells by the row's id and the column. */
type Rows = Map<string, Record<string, Cell>>
export interface Table {
  /** All of them, in their order. */
  columns: string[]
  key: string[]
  /** Columns of the type `text`; the others are `any`. */
  texts: string[]
  rows: Rows
}

const cell = fc.constantFrom<Cell[]>('p', null, '', '1', '2.50', '2.500', '01')
const line = fc.record({ a: cell, b: cell, c: cell, d: cell })
const order = fc.oneof(
  { weight: 1, arbitrary: fc.constant(['id', PART.name, ...OLD, ...NEW]) },
  { weight: 3, arbitrary: fc.shuffledSubarray(['id', PART.name, ...OLD, ...NEW], { minLength: 6 }) },
)
export const base: fc.Arbitrary<Table> = fc
  .tuple(
    order,
    fc.constantFrom<string[][]>(['id'], ['id', PART.name], [PART.name, 'id']),
    fc.uniqueArray(fc.tuple(fc.constantFrom(...IDS), cell, cell), { selector: ([id]) => id, maxLength: IDS.length }),
  )
  .map(([names, key, rows]) => ({
    columns: names.filter((name) => !NEW.includes(name)),
    key,
    texts: [],
    rows: new Map(rows.map(([id, a, b]) => [id, { id, part: PART.cell, a, b }])),
  }))
export const seldom = <T>(usual: T, arbitrary: fc.Arbitrary<T>, weight = 3): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary })
/** What a side makes of the base: columns that it moves, adds or drops, and each row deleted, kept, filled in or written anew. */
export const side = fc.record({
  order: fc.option(order, { freq: 2 }),
  added: fc.subarray(NEW),
  dropped: seldom<string[]>([], fc.subarray(OLD), 4),
  /** Whether the first column that it adds has the cells of the first one that it drops. */
  renames: fc.boolean(),
  isRekeyed: seldom(false, fc.constant(true), 20),
  rows: fc.array(fc.tuple(fc.constantFrom('kept', 'kept', 'deleted', 'filled', 'written'), line), {
    minLength: IDS.length,
    maxLength: IDS.length,
  }),
})
type Side = typeof side extends fc.Arbitrary<infer S> ? S : never

export function edited(
  before: Table,
  { order: own, added, dropped, renames, isRekeyed, rows: changes }: Side,
  texts: string[],
) {
  const kept = before.columns.filter((name) => !dropped.includes(name))
  const columns = own
    ? own.filter((name) => kept.includes(name) || added.includes(name))
    : [...kept, ...added.filter((name) => !kept.includes(name))]
  const rows: Rows = new Map()
  changes.forEach(([what, values], index) => {
    const id = IDS[index]!
    const old = before.rows.get(id)
    if (what === 'deleted' || (!old && what !== 'written')) return
    const cells = what === 'written' || what === 'filled' ? values : { ...values, c: null, d: null }
    const full: Record<string, Cell> = { ...cells, ...(what === 'written' ? {} : old), id, part: PART.cell }
    if (renames && added[0] && dropped[0]) full[added[0]] = full[dropped[0]]!
    rows.set(id, Object.fromEntries(columns.map((name) => [name, full[name]!])))
  })
  const key = isRekeyed ? (before.key.length === 1 ? ['id', PART.name] : ['id']) : before.key
  return { columns, key, rows, texts: texts.filter((name) => columns.includes(name)) }
}

/** Whether a side has new cells in a column that the other one dropped. */
export function isFilled(before: Table, one: Table, other: Table): boolean {
  return before.columns.some(
    (name) =>
      one.columns.includes(name) &&
      !other.columns.includes(name) &&
      [...one.rows].some(([id, row]) => row[name] !== (before.rows.get(id)?.[name] ?? null)),
  )
}

/** The promise: by row and cell; a column that one side alone has takes its cells; of a delete against an edit, the row. */
export function mergeModel(before: Table, ours: Table, theirs: Table, policy: string): Table & { conflicts: string[] } {
  const has = (one: Table, name: string) => one.columns.includes(name)
  const columns = ['id', PART.name, ...OLD, ...NEW].filter((name) =>
    has(before, name) ? has(ours, name) && has(theirs, name) : has(ours, name) || has(theirs, name),
  )
  const rows: Rows = new Map()
  const conflicts: string[] = []
  for (const id of IDS) {
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
  return { columns, key: ours.key, texts: ours.texts, rows, conflicts }
}

/** Whether a merge may be refused: where columns were dropped, of two types, or under two keys, engines can't tell all apart. */
export function mayBeRefused(before: Table, ours: Table, theirs: Table): boolean {
  const isDropped = [ours, theirs].some((one) => before.columns.some((name) => !one.columns.includes(name)))
  const isRetyped = [...OLD, ...NEW].some(
    (name) =>
      ours.columns.includes(name) &&
      theirs.columns.includes(name) &&
      ours.texts.includes(name) !== theirs.texts.includes(name),
  )
  return isDropped || isRetyped || [ours, theirs].some(({ key }) => String(key) !== String(before.key))
}

export const list = ({ columns, rows }: Pick<Table, 'columns' | 'rows'>) =>
  [...rows.values()].map((row) => columns.map((name) => row[name]!))
