import { mergeRow } from '../../engines/merge-row.ts'
import { rulesOf, type DecidingRules } from '../../model/conflict-rules.ts'
import { summed } from '../../model/exact-sum.ts'
import { laterOf } from '../../model/later.ts'
import type { ConflictPolicy, ConflictRule, Row, Value } from '../../types.ts'
import type { Decisions, OwnDecision } from './decisions.ts'
import type { RowConflict } from './row-conflict.ts'

/** What became of a row in conflict. */
export interface DecidedRow {
  /** null: it is not there any more. What is undecided is as ours has it. */
  row: Row | null
  /** The places of cells that nothing decides. */
  undecided: number[]
  /** Whether nothing decides the row, which one side deleted. */
  isOpen: boolean
}

type Plain = Exclude<ConflictRule, 'newest'>

/**
 * Decides a row in conflict: first decisions of its own, then policies, the first before the others. What none decides stays
 * in conflict.
 */
export function decideRow(
  conflict: RowConflict,
  decisions: Decisions,
  policies: readonly ConflictPolicy[],
): DecidedRow {
  const rules = policies.map((policy) => rulesOf(policy, conflict.table))
  const { ours, theirs } = conflict
  if (!ours || !theirs) return deletedRow(conflict, decisions.row(conflict), rules)
  const row = mergeRow(conflict, 'ours')!
  const undecided: number[] = []
  for (const place of conflict.places) {
    const own = decisions.cell(conflict, place)
    const value = own ? ownCell(conflict, place, own) : byRules(conflict, place, rules)
    if (value === undefined) undecided.push(place)
    else row[place] = value
  }
  return { row, undecided, isOpen: false }
}

function deletedRow(conflict: RowConflict, own: OwnDecision | undefined, rules: readonly DecidingRules[]): DecidedRow {
  const found = own?.word ?? rules.map(({ rest }) => rest).find((rule) => rule !== undefined)
  switch (found) {
    case 'ours':
    case 'theirs':
    case 'base': {
      const side = conflict[found]
      return { row: side && side.map((cell) => cell ?? null), undecided: [], isOpen: false }
    }
    case 'value': {
      const left = (conflict.ours ?? conflict.theirs)!
      const row = left.map((cell) => cell ?? null)
      for (const [name, cell] of own!.cells!) row[conflict.names.indexOf(name)] = cell
      return { row, undecided: [], isOpen: false }
    }
    default:
      return { row: null, undecided: [], isOpen: true }
  }
}

/** A cell as a decision has it; undefined if that says nothing of it. */
function ownCell(conflict: RowConflict, place: number, { word, cells }: OwnDecision): Value | undefined {
  return word === 'value' ? cells!.get(conflict.names[place]!) : (conflict[word]![place] ?? null)
}

function byRules(conflict: RowConflict, place: number, rules: readonly DecidingRules[]): Value | undefined {
  for (const { cell, newest, rest } of rules) {
    const rule = cell(conflict.names[place]!)
    const found = rule ?? newestSide(conflict, newest) ?? rest
    if (found === 'fail') return undefined
    if (found !== undefined) return byRule(conflict, place, found)
  }
  return undefined
}

function byRule({ base, ours, theirs, types }: RowConflict, place: number, rule: Plain): Value | undefined {
  switch (rule) {
    case 'ours':
      return ours![place]
    case 'theirs':
      return theirs![place]
    case 'base':
      return base ? (base[place] ?? null) : undefined
    case 'sum':
      return base ? summed(base[place] ?? null, ours![place]!, theirs![place]!, types[place]!) : undefined
    case 'fail':
      return undefined
  }
}

/** The side whose row is the later one; undefined if that can't be told. */
function newestSide(conflict: RowConflict, column: string | undefined): 'ours' | 'theirs' | undefined {
  if (column === undefined) return undefined
  const place = conflict.names.indexOf(column)
  if (place === -1) return undefined
  const later = laterOf(conflict.ours![place] ?? null, conflict.theirs![place] ?? null)
  return later === 1 ? 'ours' : later === -1 ? 'theirs' : undefined
}
