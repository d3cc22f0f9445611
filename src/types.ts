/** A commit's or a table's hash: lowercase hexadecimal or base32, as the engine gives it. */
export type Hash = string

/** One cell as JavaScript sees it. Integers beyond 2^53 are bigint; NULL is null. */
export type Value = null | number | bigint | string | Uint8Array

/** One row, its cells in the order of the columns. */
export type Row = Value[]

/** Some rows of one table or query. */
export interface Batch {
  /** The columns' names. */
  columns: string[]
  /** Each with a cell for each column, in their order. */
  rows: Row[]
}

/** Of a second: seconds, milli-, micro- or nanoseconds. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns'

/**
 * What a column is declared to be; it decides how its cells are stored, and what Parquet, Arrow and JSON write it as.
 * `any` (the default) stores each cell as a number where its text is just what the number gives back, else as text.
 * `text` stores text only; `integer` and `real` refuse what is no such number; `decimal` stores cells with exactly `scale`
 * digits after the point as numbers. The other types come from Parquet and Arrow files, or are pinned: their cells are texts, such as
 * `2024-02-29` and Base64, and `timestamp` has a unit and perhaps a zone.
 */
export type ColumnType =
  | PinnedType
  | `integer(${8 | 16 | 32})`
  | `unsigned(${8 | 16 | 32 | 64})`
  | 'real(32)'
  | `decimal(${number},${number})`
  | 'boolean'
  | 'date'
  | `time(${TimeUnit})`
  | `duration(${TimeUnit})`
  | `timestamp(${TimeUnit})`
  | `timestamp(${TimeUnit}, ${string})`
  | 'bytes'
  | 'json'

/** The types that say how cells are stored, and no more. */
export type PinnedType = 'any' | 'text' | 'integer' | 'real' | `decimal(${number})`

/** One column of a table. */
export interface Column {
  /** As the header has it. */
  name: string
  /** How its cells are stored. */
  type: ColumnType
}

/** A table's columns, and the names of those that make its primary key. */
export interface Schema {
  /** In the table's order. */
  columns: Column[]
  /** Empty for a multiset of rows. */
  key: string[]
}

/** A branch, and its head. */
export interface Branch {
  /** As `branch` lists it. */
  name: string
  /** The commit that is its head. */
  hash: Hash
}

/** A name of one commit, which does not move. */
export interface Tag {
  /** As `tag` lists it. */
  name: string
  /** The commit that it names. */
  hash: Hash
}

/** Who made a branch or a tag, when and what for; each null if it was not written down. */
export interface RefNote {
  /** ISO 8601, UTC. */
  createdAt: string | null
  /** `Name <email>` */
  author: string | null
  /** What it is for, in its maker's words. */
  message: string | null
}

/** A branch, and what is known of its making. */
export interface NotedBranch extends Branch, RefNote {}

/** A tag, and what is known of its making. */
export interface NotedTag extends Tag, RefNote {}

/** One commit, as the log has it. */
export interface Commit {
  /** What names it. */
  hash: Hash
  /** Two for a merge, none for the first commit. */
  parents: Hash[]
  /** `Name <email>` */
  author: string
  /** ISO 8601, UTC. */
  date: string
  /** The message without its trailers. */
  message: string
  /** What the message ends in, by name: `Doltflow-Action`, `Doltflow-Run`, `Doltflow-Step` and others. */
  trailers: Record<string, string>
}

/** What became of a row. */
export type DiffKind = 'added' | 'modified' | 'removed'

/** One row's change. `before` and `after` are null if the row is not there; columns as the sides have them. */
export interface RowDiff {
  /** What became of the row. */
  kind: DiffKind
  /** The cells of the key's columns; of a table without a key, all that tells its rows apart. */
  key: Record<string, Value>
  /** The row before, by column. */
  before: Record<string, Value> | null
  /** The row after, by column. */
  after: Record<string, Value> | null
}

/** How many rows differ, by kind. */
export interface DiffCounts {
  /** Rows that only the second side has. */
  added: number
  /** Rows that both sides have, with other cells. */
  modified: number
  /** Rows that only the first side has. */
  removed: number
}

/** A table that differs between two commits. */
export interface TableDiff extends DiffCounts {
  /** The table's name. */
  table: string
  /** What became of the table. */
  change: 'added' | 'modified' | 'removed'
  /** Whether its columns or its key differ, too. */
  schemaChanged: boolean
}

/** One row that two sides changed differently. A side is null if it has deleted the row, base where neither had it. */
export interface Conflict {
  /** The row's table. */
  table: string
  /** The cells of the key's columns. */
  key: Record<string, Value>
  /** The row that both came from. */
  base: Record<string, Value> | null
  /** The row on the target branch. */
  ours: Record<string, Value> | null
  /** The row in what is saved. */
  theirs: Record<string, Value> | null
}

/** What decides a conflict: a side, the base, or a value of one's own. */
export type DecisionWord = 'ours' | 'theirs' | 'base' | 'value'

/** A cell that two sides changed differently; or a row, which one side deleted and the other changed. */
export interface ConflictCell {
  /** The row's table. */
  table: string
  /** The cells of the key's columns. */
  key: Record<string, Value>
  /** The cell's column; null for the row as a whole. */
  column: string | null
  /** What both came from: a cell, or a row. null: nothing. */
  base: Value | Record<string, Value>
  /** What the target branch has. */
  ours: Value | Record<string, Value>
  /** What is merged in has. */
  theirs: Value | Record<string, Value>
  /** What decides it, to be filled in; null: nothing yet. */
  decision: DecisionWord | null
  /** With the decision `value`: the cell, or of a row its cells by column. */
  value: Value | Record<string, Value>
}

/**
 * A decision, as `conflicts` lists conflicts. Without a column it is for all that conflicts in the row and has no decision
 * of its own. If `base`, `ours` or `theirs` are given, they must be what they are when it is merged.
 */
export interface ConflictDecision {
  /** The row's table. */
  table: string
  /** The cells of the key's columns. */
  key: Record<string, Value>
  /** The cell's column. Default: all that conflicts in the row */
  column?: string | null | undefined
  /** What both came from. Default: whatever it is */
  base?: Value | Record<string, Value> | undefined
  /** What the target branch has. Default: whatever it is */
  ours?: Value | Record<string, Value> | undefined
  /** What is merged in has. Default: whatever it is */
  theirs?: Value | Record<string, Value> | undefined
  /** What decides it. Default: `value` if there is one, else nothing, and it stays in conflict */
  decision?: DecisionWord | null | undefined
  /** With the decision `value`: the cell; of a row its cells by column, the others as the side has them that is left. */
  value?: Value | Record<string, Value> | undefined
}

/** `fail` refuses; `ours` keeps the target branch's cells, `theirs` the saved ones, where the two truly conflict. */
export type ConflictWord = 'fail' | 'ours' | 'theirs'

/**
 * What decides a column's cells that both sides changed: a side, or `base`, which takes both changes back. `newest` is of a
 * column of dates or numbers: the side with the later one has all that conflicts in the row. `sum` is the base plus both
 * changes. `fail` leaves the conflict.
 */
export type ConflictRule = ConflictWord | 'base' | 'newest' | 'sum'

/** Rules by column, `*` for all others; under a table's name, an object of such for this table alone. */
export type ConflictRules = Readonly<Record<string, ConflictRule | Readonly<Record<string, ConflictRule>>>>

/** What decides cells that both sides changed: one word for all, or rules by column and table. */
export type ConflictPolicy = ConflictWord | ConflictRules

/** What a save does with the rows that are there: `replace` them all, `append` to them, or `upsert` by key. */
export type SaveMode = 'replace' | 'append' | 'upsert'

/** How far a save or load is: rows and bytes read or written so far. */
export interface Progress {
  /** Rows so far. */
  rows: number
  /** Bytes so far. */
  bytes: number
  /** Bytes in all, where they are known. */
  totalBytes?: number
  /** Who is waited for, if nothing goes on. */
  waitsFor?: string
}

/** Who last changed a row. */
export interface BlameRow {
  /** All its cells, where the table has no key. */
  key: Record<string, Value>
  /** The commit that last changed it. */
  commit: Commit
}
