import type { CellBatch, TextReadOptions, TextWriteOptions } from '../formats/format.ts'
import type { Owner } from '../system/owner.ts'
import type {
  Branch,
  ColumnType,
  Commit,
  Conflict,
  ConflictWord,
  DiffCounts,
  Hash,
  Progress,
  Row,
  RowDiff,
  SaveMode,
  Schema,
  TableDiff,
  Tag,
  Value,
} from '../types.ts'

/*
 * The seam. A verb speaks to a Session alone: what it asks for is named by what it does, and how an engine does it
 * is its own affair. A commit that is read is named by its hash, so that nothing moves meanwhile. Arguments and
 * results are plain data: a session may live in a worker or behind a socket.
 */

/** An opened database. */
export interface Engine {
  readonly name: string
  /** Where it is, fit to print (no password). */
  readonly location: string
  readonly capabilities: Capabilities
  /** Leases a session: one pinned connection, this caller's alone until it is released. */
  session(options?: SessionOptions): Promise<Session>
  /** Takes the heads that the database has for the acknowledged ones; absent if these are not noted outside it. */
  accept?(): Promise<void>
  close(): Promise<void>
}

/** A database that was made from a remote. */
export interface Cloned {
  location: string
  branches: string[]
}

export interface SessionOptions {
  /** Whether the session will write; then it may make the database. Default: false */
  write?: boolean | undefined
  /** Whether the work may stand still until its caller does something, such as a source's. Default: false */
  mayWait?: boolean | undefined
  /** Stops the running call, and refuses later ones. */
  signal?: AbortSignal | undefined
  onProgress?: ((progress: Progress) => void) | undefined
}

/** What can't be done here, each with its reason, in words for an error; absent if it can. */
export interface Capabilities {
  readOnly?: string
  /** Queries in SQL. */
  queries?: string
}

/** What an engine writes: of `Following` only what it does faster than derived.ts. */
export type EngineSession = Core & Partial<Following>

/** What a verb sees. */
export type Session = Core & Following

interface Core extends Refs, Tables, Reading, Differences, Writing, Care, Remotes {
  /** Runs work that must be finished once it is begun: the session's signal is not heeded meanwhile. */
  shield<T>(work: () => Promise<T>): Promise<T>
  /** Lets others have this session's place, if an engine bounds how many write: what is left may wait for its caller's sinks. */
  makeRoom?(): void
  /** Gives the session back; what is left open on it is closed. */
  release(): Promise<void>
}

interface Refs {
  branches(): Promise<Branch[]>
  head(branch: string): Promise<Hash | undefined>
  tags(): Promise<Tag[]>
  commit(hash: Hash): Promise<Commit | undefined>
  /** Commits from `from` back, newest first, each after all its children. */
  log(from: Hash, limit: number): Promise<Commit[]>
  createBranch(name: string, at: Hash): Promise<void>
  deleteBranch(name: string): Promise<void>
  createTag(name: string, at: Hash): Promise<void>
  deleteTag(name: string): Promise<void>
}

/** What follows from the other calls. */
export interface Following {
  /** The `generations`-th first parent of a commit, itself for 0; undefined if there is no such commit. */
  ancestor(commit: Hash, generations: number): Promise<Hash | undefined>
  /** Commits whose hash begins so, two at most; a whole hash also finds one that no branch leads to. */
  findCommits(prefix: string): Promise<Hash[]>
  /** The newest commit in `from`'s history at or before a date (ISO 8601, UTC). */
  commitBefore(from: Hash, date: string): Promise<Hash | undefined>
  /** Some commits of a history, those near `from` first; in which order is the engine's own affair. */
  nearCommits(from: Hash, limit: number): Promise<Commit[]>
  isAncestor(ancestor: Hash, descendant: Hash): Promise<boolean>
  /** undefined if the two have no commit in common. */
  mergeBase(a: Hash, b: Hash): Promise<Hash | undefined>
  /** Tables with uncommitted changes on a branch. Default: none, if nobody can leave them there */
  dirtyTables(branch: string): Promise<string[]>
  rowCount(commit: Hash, table: string): Promise<number>
  /** Rows by their key, with the columns of that commit; undefined if there is none. */
  rowsByKey(commit: Hash, table: string, keys: Row[]): Promise<(Record<string, Value> | undefined)[]>
  changedTables(from: Hash, to: Hash): Promise<TableDiff[]>
  countDiff(from: Hash, to: Hash, table: string): Promise<DiffCounts>
  /** The keys of the rows that differ in a table with one schema; undefined if they are more than `most`. */
  changedKeys(from: Hash, to: Hash, table: string, most: number): Promise<Row[] | undefined>
  /** Fills a stage with a table of a commit, its columns in the order given; one that it doesn't have is NULL. */
  stageTable(stage: number, commit: Hash, table: string, columns: string[]): Promise<void>
}

interface Tables {
  tables(commit: Hash): Promise<string[]>
  schema(commit: Hash, table: string): Promise<Schema | undefined>
  /** Equal hashes mean equal data; undefined if there is no such table. */
  tableHash(commit: Hash, table: string): Promise<Hash | undefined>
}

/** A table, or the rows of a query. */
export type ReadTarget = { table: string } | Query

/** A query: its placeholders are `?`, with a value for each. It sees the tables at its commit, and functions that only compute. */
export interface Query {
  sql: string
  values?: Value[]
  limits?: QueryLimits
}

/** How much a query may take. */
export interface QueryLimits {
  /** How many rows it may give. */
  rows?: number
  /** How much memory it may need, in MB, if the engine can tell. */
  memoryMb?: number
}

/** An open result: its pages are fetched by its id, until one is undefined. */
export interface OpenResult {
  id: number
  columns: string[]
  /** The tables that a query reads, in the order of their names. */
  tables?: string[]
}

interface Reading {
  /** @throws {NotFoundError} TABLE_NOT_FOUND @throws {DoltflowError} SQL_FAILED, QUERY_LIMIT */
  openRows(commit: Hash, what: ReadTarget): Promise<OpenResult>
  nextRows(id: number): Promise<Row[] | undefined>
  /** Opens a table or a query as delimited UTF-8 text, without a header. */
  openText(commit: Hash, what: ReadTarget, options: TextWriteOptions): Promise<OpenResult>
  nextText(id: number): Promise<{ bytes: Uint8Array; rows: number } | undefined>
  /** Closes what was opened or staged; nothing happens if it is closed already. */
  close(id: number): Promise<void>
}

interface Differences {
  /** The rows that differ, in key order. */
  openDiff(from: Hash, to: Hash, table: string): Promise<OpenResult>
  nextDiff(id: number): Promise<RowDiff[] | undefined>
}

export interface StageOptions {
  text: TextReadOptions
  /** What the table is already; undefined for its first save. */
  schema: Schema | undefined
  /** Types that the caller pins, by column. */
  types: Record<string, ColumnType>
  /** Whether rows that the table has stay: then a column takes another type only if their cells are the same in it. Default: false */
  rowsStay?: boolean
  /** Whether the rows are for a table without a key: what tells them apart is their cells. */
  keyless: boolean
  /** Whether the rows are a table's own, so that its types are no check of them. Default: false */
  stored?: boolean
}

interface Writing {
  /**
   * Opens a stage: sources of one header are read into it, checked, typed and hashed, while no lock is held.
   * Then it can be built into commits, any number of times, until it is closed.
   */
  openStage(options: StageOptions): Promise<number>
  stageFile(stage: number, path: string): Promise<void>
  stageBytes(stage: number, chunk: Uint8Array): Promise<void>
  /** Ends a source given as bytes or cells; the next ones begin another. */
  stageEnd(stage: number): Promise<void>
  stageRows(stage: number, columns: string[], rows: Row[]): Promise<void>
  /** Adds rows of a source that a file format read from `path`, if it is a file; `stageEnd` ends the source. */
  stageCells(stage: number, batch: CellBatch, path?: string): Promise<void>
  finishStage(stage: number): Promise<StageResult>
  /** Applies a change on a branch of the caller's own and commits it; no commit if it changes nothing. */
  build(branch: string, change: Change, signature: Signature): Promise<Built>
  /**
   * Makes one commit of all that a branch of the caller's own has since one of its commits; none if that is nothing,
   * unless `always`. With `merging` it is a merge with that commit, on record alone: its data stay the branch's.
   * @throws {RefusedError} SCHEMA_CONFLICT if the engine can't put the two together; the branch stays as it is
   */
  squash(branch: string, since: Hash, signature: Squashed): Promise<Built>
  /**
   * Moves a branch from one commit to another; false if it has moved meanwhile.
   * @throws {RefusedError} BRANCH_DIRTY: never over uncommitted changes
   */
  fastForward(branch: string, from: Hash, to: Hash): Promise<boolean>
  /**
   * Merges a commit into a branch, three-way, by row and cell. With conflicts under the policy `fail`, nothing moves.
   * If the branch has all of it already there is no commit, unless `always`: then the merge itself is on record.
   * @throws {RefusedError} BRANCH_DIRTY, SCHEMA_CONFLICT
   */
  merge(branch: string, theirs: Hash, policy: ConflictWord, signature: MergeSignature): Promise<Merged>
  /** Appends a row to a table of its own on a branch of its own, as one commit; both are made if they are not. */
  appendRecord(plan: RecordPlan): Promise<void>
  /** Rows of such a table; none if there is no table. */
  records(branch: string, table: string, filter: RecordFilter): Promise<Record<string, Value>[]>
}

/** What keeps a database in order; what an engine doesn't need is absent. */
interface Care {
  /** Notes an acknowledged head outside the database, so that a database that lost it is noticed. */
  acknowledge?(branch: string, head: Hash | undefined): Promise<void>
  /**
   * Ends a move of a branch that was interrupted, if an engine does that in several steps: its working set is
   * still that of an earlier commit. What a person changed there is left alone. Gives whether there was such a move.
   */
  finishMove?(branch: string): Promise<boolean>
  /**
   * Shows other processes that this one lives, until the session is released: by a lock that the system frees when it dies,
   * or by a lease (a branch of `leaseName`) that is renewed meanwhile.
   */
  appear?(): Promise<void>
  /** Whether a process that appeared lives, in whatever container; undefined if no lock tells, and its lease alone can. */
  isAlive?(owner: Owner): Promise<boolean | undefined>
  /** Removes files that processes which are gone have left beside the database. */
  sweep?(): Promise<void>
  /** Drops what no branch or tag leads to. */
  gc(): Promise<void>
  /** Bytes on disk; undefined if they can't be told. */
  size?(): Promise<number | undefined>
}

export interface SourceLine {
  /** Which source, from 0. */
  source: number
  /** Its path, if it is a file. */
  path?: string
  /** From 1. */
  line: number
}

/** A column that a few text cells keep from being numbers, with one of them. */
export interface ColumnNote extends SourceLine {
  column: string
  numbers: number
  texts: number
  sample: string
}

export interface StageResult {
  columns: { name: string; type: ColumnType }[]
  rows: number
  bytes: number
  /** Of the sources' bytes, one after the other. */
  sha256: string
  notes: ColumnNote[]
}

/** How commits are signed. */
export interface Signature {
  message: string
  /** `Name <email>` */
  author: string
  /** ISO 8601, UTC, to the second. Default: now */
  date?: string
}

/** With `always` a merge that changes nothing is a commit, too; with `listAll` every conflicting row is listed, not the first alone. */
export type MergeSignature = Signature & { always?: boolean; listAll?: boolean }
export type Squashed = Signature & { always?: boolean; merging?: Hash }

export type Change =
  /**
   * The table gets the stage's rows, and the schema: another one than it has only with columns more at its end, or in
   * the mode `replace`. Rows of the keys `removed` go before. Of a table without a key the rows come back in the stage's
   * order where `inOrder` is set, and not in that in which they were first saved (of the mode `replace`).
   */
  | { kind: 'stage'; table: string; stage: number; mode: SaveMode; schema: Schema; removed?: Row[]; inOrder?: boolean }
  | { kind: 'drop'; table: string }
  /** The table as it was at a commit. */
  | { kind: 'restore'; table: string; from: Hash }
  /** The inverse of a commit. */
  | { kind: 'revert'; commit: Hash }

export interface Built {
  /** undefined if nothing changed. */
  commit: Hash | undefined
}

export type Merged = { commit: Hash; merged: boolean } | { conflicts: Conflict[]; total: number; tables: string[] }

export interface RecordPlan extends Signature {
  branch: string
  table: string
  /** The first is the key. */
  columns: { name: string; type: 'integer' | 'text' }[]
  /** Columns that rows are looked up by, together. */
  lookups: string[][]
  row: Value[]
}

export interface RecordFilter {
  where: Record<string, Value>
  /** By which columns they are ordered. */
  order: string[]
  newestFirst?: boolean
  limit?: number
}

interface Remotes {
  remotes(): Promise<{ name: string; url: string }[]>
  /** A remote's URL as this engine keeps it. @throws {UsageError} URL_INVALID, also for one with a password */
  remoteUrl(given: string): Promise<string>
  addRemote(name: string, url: string): Promise<void>
  removeRemote(name: string): Promise<void>
  /** Fetches all that a remote has; gives its branches. Its tags are made here; none of ours moves. @throws {DoltflowError} REMOTE_UNREACHABLE, REMOTE_REFUSED */
  fetch(remote: string): Promise<Branch[]>
  /** What was last seen of a remote, without asking it. */
  tracked(remote: string): Promise<Branch[]>
  /** Sends a branch; false if the remote's has commits that ours doesn't have. */
  push(remote: string, branch: string): Promise<boolean>
  /** Takes a branch off a remote. @throws {RefusedError} REMOTE_REFUSED, of the remote's default branch */
  deleteRemoteBranch(remote: string, branch: string): Promise<void>
  /** Sends every tag; gives their names. @throws {RefusedError} TAG_EXISTS if the remote has one of that name at another commit */
  pushTags(remote: string): Promise<string[]>
}

export interface EngineOptions {
  /** Whether the first write may make the database. Default: false */
  create?: boolean
  /** Whether calls may hold up the caller's thread: it has nothing else to do, and none of them is long. Default: false */
  mayBlock?: boolean
  /** Why nothing is written, whatever the caller may do. Default: what he may do counts */
  readOnly?: string
}
