/** A commit's or a table's hash: lowercase hexadecimal or base32, as the engine gives it. */
export type Hash = string

/** One cell as JavaScript sees it. Integers beyond 2^53 are bigint; NULL is null. */
export type Value = null | number | bigint | string | Uint8Array

/** One row, its cells in the order of the columns. */
export type Row = Value[]

/** Some rows of one table or query. */
export interface Batch {
  columns: string[]
  rows: Row[]
}

/**
 * How a column stores its cells. `any` (the default) stores each cell as a number where its text is just what
 * the number gives back, else as text. `text` stores text only; `integer` and `real` refuse any other cell;
 * `decimal` stores cells with exactly `scale` digits after the point as numbers.
 */
export type ColumnType = 'any' | 'text' | 'integer' | 'real' | `decimal(${number})`

export interface Column {
  name: string
  type: ColumnType
}

/** A table's columns, and the names of those that make its primary key. */
export interface Schema {
  columns: Column[]
  key: string[]
}

export interface Branch {
  name: string
  hash: Hash
}

export interface Tag {
  name: string
  hash: Hash
}

export interface Commit {
  hash: Hash
  parents: Hash[]
  /** `Name <email>` */
  author: string
  /** ISO 8601, UTC. */
  date: string
  /** The message without its trailers. */
  message: string
  trailers: Record<string, string>
}

export type DiffKind = 'added' | 'modified' | 'removed'

/** One row's change. `before` and `after` are null where the row is not there; columns as the sides have them. */
export interface RowDiff {
  kind: DiffKind
  key: Record<string, Value>
  before: Record<string, Value> | null
  after: Record<string, Value> | null
}

export interface DiffCounts {
  added: number
  modified: number
  removed: number
}

/** A table that differs between two commits. */
export interface TableDiff extends DiffCounts {
  table: string
  change: 'added' | 'modified' | 'removed'
  schemaChanged: boolean
}

/** One row that two sides changed differently. A side is null where it has deleted the row, base where neither had it. */
export interface Conflict {
  table: string
  key: Record<string, Value>
  base: Record<string, Value> | null
  ours: Record<string, Value> | null
  theirs: Record<string, Value> | null
}

/** `fail` refuses; `ours` keeps the target branch's cells, `theirs` the saved ones, where the two truly conflict. */
export type ConflictPolicy = 'fail' | 'ours' | 'theirs'

export type SaveMode = 'replace' | 'append' | 'upsert'

/** How far a save or load is: rows and bytes read or written so far. */
export interface Progress {
  rows: number
  bytes: number
  /** Bytes in all, where they are known. */
  totalBytes?: number
}

/** Who last changed a row. */
export interface BlameRow {
  /** All its cells, where the table has no key. */
  key: Record<string, Value>
  commit: Commit
}
