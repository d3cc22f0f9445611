import { createHash } from 'node:crypto'
import type { Hash } from '../types.ts'

/** A table that a step reads: which version, and what of it counts. */
export interface ConsumedTable {
  /** What the step calls it. */
  input: string
  /** Its name in the database. */
  table: string
  /** The ref that it was read at; null for the head of the step's branch. */
  ref: string | null
  /** The commit that it was read at. */
  commit: Hash
  /** Of the whole table; null if the commit doesn't have it. */
  hash: Hash | null
  /** Of the columns that count: the table's own hash if all do. Equal ones mean equal input. */
  content: string
  /** The columns that count; null for all. */
  columns: string[] | null
  /** Whether only the rows that changed are read. */
  changes: ConsumedChanges | null
}

/** Which changed rows of a table a step reads. */
export interface ConsumedChanges {
  /** Whether with the cells before. */
  before: boolean
  /** The commit since which; null for all rows. */
  since: Hash | null
  /** Why all rows, if it is all. */
  full: string | null
  /** The execution of the step that read the rows before these; null for the first. */
  after: string | null
}

/** A file that a step reads, or that its code is in. */
export interface Fingerprint {
  /** As it was named. */
  name: string
  /** sha256 of its bytes; of a folder of its files' names and bytes. */
  hash: string
  /** Whether the caller gave the hash, so that nothing is there to be looked at again. */
  isGiven?: true
}

/** A table that a step produced. */
export interface ProducedTable {
  /** Its name. */
  table: string
  /** A commit that holds exactly this. */
  commit: Hash
  /** The table's hash there; null if the step dropped it. */
  hash: Hash | null
  /** sha256 of the file that it was saved from; null if that was no file. */
  source: string | null
}

/** Why a step ran. */
export interface Cause {
  /** What sort of cause it is. */
  kind:
    | 'never-ran'
    | 'forced'
    | 'always-runs'
    | 'table'
    | 'file'
    | 'param'
    | 'code'
    | 'inputs'
    | 'outputs'
    | 'result-lost'
  /** The table's, file's, parameter's or output's name; null for the step as a whole. */
  name: string | null
  /** In words. */
  text: string
  /** More of it, by the kind: such as `added`, `modified`, `removed`, `columns` and `since` of a table. */
  data: Record<string, unknown>
}

/** What a step is made of: all that its result may depend on. */
export interface StepMade {
  step: string
  tables: readonly ConsumedTable[]
  files: readonly Fingerprint[]
  code: readonly Fingerprint[]
  /** By name, as JSON. */
  params: Readonly<Record<string, string>>
  /** The names of what it makes. */
  outputs: readonly string[]
  outFiles: readonly string[]
}

/** The key of a step: no time, no path, no commit is in it, so that the same content on another branch or clone has the same. */
export function stepKey({ step, tables, files, code, params, outputs, outFiles }: StepMade): string {
  const document = [
    1,
    step,
    tables.map(({ input, content }) => [input, content]).toSorted(byName),
    files.map(({ hash }) => hash),
    code.map(({ hash }) => hash),
    Object.entries(params).toSorted(byName),
    outputs.toSorted(),
    outFiles.length,
  ]
  return createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 40)
}

/** JSON whose objects have their members in the order of their names. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(byName))
      : member,
  )
}

function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : Number(String(a) > String(b))
}
